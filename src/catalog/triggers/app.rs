//! Where the app is installed.

use crate::catalog::{Source, Trigger};
use crate::shape::{Field, Kind, field};

/// The triggers of this family. GHL documents them as `AppInstall` and `AppUninstall`, and sends other types.
pub(super) static TRIGGERS: &[Trigger] = &[
    Trigger {
        key: "app.installed",
        title: "The app was installed",
        about: "Without `locationId`, in the whole agency.",
        source: Source::Webhook("INSTALL"),
        fields: INSTALLATION,
        example: r#"{"appId": "KnockcalForTeams0app", "companyId": "SummitAgency00000cmp", "locationId": "ve9EPM428h8vShlRW1KT", "userId": "Dana00Whitfield00usr", "planId": "Standard000000000pln", "trial": {"onTrial": true, "trialDuration": 14, "trialStartDate": "2030-06-01T15:00:00.000Z"}}"#,
        ..Trigger::BLANK
    },
    Trigger {
        key: "app.uninstalled",
        title: "The app was removed",
        source: Source::Webhook("UNINSTALL"),
        fields: INSTALLATION,
        example: r#"{"appId": "KnockcalForTeams0app", "companyId": "SummitAgency00000cmp", "locationId": "ve9EPM428h8vShlRW1KT"}"#,
        ..Trigger::BLANK
    },
];

const INSTALLATION: &[Field] = &[
    field("appId"),
    field("companyId").about(&"The agency."),
    field("locationId"),
    field("userId").about(&"Who did it."),
    field("planId"),
    field("trial").of(Kind::Object(&[
        field("onTrial").of(Kind::Boolean),
        field("trialDuration").of(Kind::COUNT).about(&"In days."),
        field("trialStartDate").of(Kind::Time),
    ])),
];
