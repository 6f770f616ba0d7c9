//! What a recipe sees, described.

use serde_json::Value;

use crate::catalog::{self, Action};
use crate::ghl::appointment;
use crate::recipe::{CURRENT_CALENDARS, CUSTOM_FIELD_IDS, Configuration, KNOWN_CALENDARS, Recipe, Statement, Step};
use crate::shape::{Field, Kind, field};

/// What a recipe sees: names, and what stands under them.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) roots: Vec<Root>,
    /// Whether the event is about the booking of its subject.
    about_booking: bool,
}

/// A name that a recipe sees.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) name: String,
    pub(super) what: What,
    /// Whether it is always there.
    pub(super) always: bool,
}

/// What stands under a name.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Something of this kind.
    Kind(Kind),
    /// What a step answered, and beside it the `id` of what it is about.
    Answer(Kind),
    /// Just this.
    Value(Value),
}

/// What stands beside the fields of every event.
const BESIDE: &[Field] = &[
    field("event")
        .of(Kind::Object(&[
            field("id").required(),
            field("subject").required(),
            field("trigger").required(),
            field("notify").of(Kind::Boolean).required(),
            field("occurredAt").of(Kind::Time).required(),
        ]))
        .required(),
    field("data").of(Kind::Anything).required(),
    field("connection")
        .of(Kind::Object(&[
            field("location_id").required(),
            field("time_zone").of(Kind::Zone),
        ]))
        .required(),
    field(CUSTOM_FIELD_IDS)
        .of(Kind::Object(&[
            field("contact").of(Kind::Anything).required(),
            field("opportunity").of(Kind::Anything).required(),
        ]))
        .required(),
    field(KNOWN_CALENDARS).of(CALENDARS).required(),
    field(CURRENT_CALENDARS).of(CALENDARS).required(),
];

/// All calendars of the location.
const CALENDARS: Kind = Kind::List(&Kind::Object(&[
    field("id").required(),
    field("name").required(),
    field("calendarType").required(),
    field("isActive").of(Kind::Boolean).required(),
    field("team").of(Kind::TEXTS).required(),
]));

/// The booking of the subject, as far as it is known.
const BOOKING: Field = field("booking").of(Kind::Object(&[
    field("appointmentId").required(),
    field("contactId").required(),
    field("calendarId").required(),
    field("startTime").of(Kind::Time),
    field("endTime").of(Kind::Time),
    field("assignedUserId"),
    field("appointmentStatus"),
    field("title"),
    field("address"),
    field("leftOut").about(&"The paragraphs of its description that hold what its contact cannot."),
    field("attachedTo").about(&"The subject whose visit it is, if it is another's."),
    field("sameVisit")
        .of(Kind::Boolean)
        .about(&"Whether that one is of the same contact and begins at the same time."),
    field("differs").about(&"The fields of which that one does not say what was agreed now."),
]));

const PERSON: Kind = Kind::Object(&[
    field("firstName"),
    field("lastName"),
    field("name"),
    field("email").of(Kind::Email),
    field("phone"),
    field("consent").of(Kind::Anything),
    field("fullName"),
]);

const REP: Field = field("rep").of(Kind::Object(&[field("id"), field("name"), field("email")]));

const ADDRESS: Field = field("address").of(Kind::Object(&[
    field("street"),
    field("unit"),
    field("city"),
    field("state"),
    field("postalCode"),
    field("country"),
    field("line").required(),
]));

/// `knocker.lead_booked`, once it is read.
const LEAD_BOOKED: &[Field] = &[
    field("startTime").of(Kind::Time).required(),
    field("endTime").of(Kind::Time),
    field("timeZone").of(Kind::Zone),
    field("calendarId"),
    field("calendarName"),
    field("title"),
    field("recurrence"),
    field("description"),
    field("notes"),
    field("leftOut"),
    field("lead").of(PERSON).required(),
    field("guests").of(Kind::List(&PERSON)),
    REP,
    ADDRESS,
    field("calendar")
        .of(Kind::Object(&[field("id").required(), field("name")]))
        .required(),
    field("assignee").of(Kind::Object(&[field("userId").required()])),
];

/// `knocker.booking_changed`, once it is read.
const BOOKING_CHANGED: &[Field] = &[
    field("startTime").of(Kind::Time),
    field("endTime").of(Kind::Time),
    field("timeZone").of(Kind::Zone),
    field("cancelled").of(Kind::Boolean).required(),
    field("status").of(Kind::OneOf(&["confirmed", "showed", "noshow", "cancelled"])),
    field("title"),
    field("description"),
    field("notes"),
    REP,
    ADDRESS,
    field("assignee").of(Kind::Object(&[field("userId").required()])),
];

/// `knocker.availability_updated`, once it is read.
const AVAILABILITY_UPDATED: &[Field] = &[
    REP,
    field("userId"),
    field("busy").of(Kind::List(&Kind::Object(&[
        field("startTime").of(Kind::Time).required(),
        field("endTime").of(Kind::Time).required(),
        field("title"),
    ]))),
    field("from").of(Kind::Time),
    field("to").of(Kind::Time),
    field("openHours").of(Kind::List(&Kind::Object(&[
        field("day").required(),
        field("hours").of(Kind::List(&Kind::Object(&[
            field("from").required(),
            field("to").required(),
        ]))),
    ]))),
    field("timeZone").of(Kind::Zone),
    field("assignee").of(Kind::Object(&[field("userId").required()])),
];

/// `knocker.group_updated`, once it is read.
const GROUP_UPDATED: &[Field] = &[
    field("groupId"),
    field("groupName"),
    field("slug"),
    field("description"),
    field("active").of(Kind::Boolean),
    field("deleted").of(Kind::Boolean).required(),
];

impl Sight {
    /// What a recipe sees before its first step.
    pub(super) fn of(recipe: &Recipe, configuration: &Configuration) -> Self {
        let mut sight = Self {
            roots: Vec::new(),
            about_booking: is_about_booking(&recipe.trigger),
        };
        for field in BESIDE.iter().chain(fields(&recipe.trigger)) {
            sight.add(field.name, What::Kind(field.kind), field.required);
        }
        if recipe.trigger == catalog::EVENT_FAILED {
            sight.add("lead", What::Kind(PERSON), false);
        }
        // Those that a connection adds come after the booking is made or found.
        let own = !recipe.pointer.is_empty() && recipe.name != recipe.trigger;
        sight.add(BOOKING.name, What::Kind(BOOKING.kind), own && sight.about_booking);
        sight.add("options", What::Value(Value::Object(recipe.options.clone())), true);
        for name in &recipe.left_out {
            sight.add(name, What::Kind(Kind::Anything), false);
        }
        sight.add("tables", What::Value(Value::Object(configuration.tables.clone())), true);
        sight
    }

    /// Adds what a step answers.
    pub(super) fn add_answer(&mut self, step: &Step) {
        if step.says == Some(Statement::Value) {
            self.roots.retain(|root| root.name != step.name);
            self.add(&step.name, What::Kind(Kind::Anything), false);
        }
        let Some(action) = catalog::action(&step.action) else {
            return;
        };
        let reads = action.effect() == crate::api::Effect::Read;
        // A step that does not apply answers nothing, and one that is repeated answers for its last turn. Of two with
        // one name the second is what is done otherwise.
        let certain = step.when.is_none() && step.for_each.is_none();
        let always = certain || self.root(&step.name).is_some();
        self.roots.retain(|root| root.name != step.name);
        let what = match action {
            Action::Operation(operation) if operation.answers_id() => What::Answer(operation.reply),
            action => What::Kind(action.reply()),
        };
        self.add(&step.name, what, always && !reads);
    }

    /// Whether a step changes the booking of the subject: when there is none yet, the change waits for it.
    pub(super) fn changes_its_booking(&self, step: &Step) -> bool {
        self.about_booking && step.action == appointment::UPDATE.key
    }

    fn add(&mut self, name: &str, what: What, always: bool) {
        self.roots.push(Root {
            name: name.to_owned(),
            what,
            always,
        });
    }

    /// What stands under a name.
    pub(super) fn root(&self, name: &str) -> Option<&Root> {
        self.roots.iter().find(|root| root.name == name)
    }
}

/// Whether events of this trigger are about the booking of their subject.
fn is_about_booking(trigger: &str) -> bool {
    matches!(trigger, "knocker.lead_booked" | "knocker.booking_changed")
}

/// The fields of an event, as recipes see them.
pub(super) fn fields(trigger: &str) -> &'static [Field] {
    match trigger {
        "knocker.lead_booked" => LEAD_BOOKED,
        "knocker.booking_changed" => BOOKING_CHANGED,
        "knocker.group_updated" => GROUP_UPDATED,
        "knocker.availability_updated" => AVAILABILITY_UPDATED,
        other => catalog::trigger(other).map_or(&[], |trigger| trigger.fields),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::knock::Incoming;
    use crate::recipe::Context;

    /// The dotted names of all fields of an object.
    fn described(fields: &[Field], at: &str, names: &mut BTreeSet<String>) {
        for field in fields {
            names.insert(format!("{at}{}", field.name));
            if let Kind::Object(within) = field.kind {
                described(within, &format!("{at}{}.", field.name), names);
            }
        }
    }

    fn seen(value: &Value, at: &str, names: &mut BTreeSet<String>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            names.insert(format!("{at}{name}"));
            if name != "data" && name != "tables" {
                seen(value, &format!("{at}{name}."), names);
            }
        }
    }

    #[test]
    fn what_is_described_is_what_recipes_see() {
        let booked = json!({
            "startTime": "2030-06-04T10:00:00", "endTime": "2030-06-04T11:00:00", "timeZone": "America/Chicago",
            "calendarId": "c", "title": "Roof", "recurrence": "FREQ=WEEKLY;COUNT=4", "description": "Hail", "notes": "Dog",
            "lead": { "firstName": "Ann", "lastName": "Lee", "name": "Ann Lee", "phone": "+15125550142 x12",
                      "email": "ann@example.com", "consent": true },
            "attendees": ["Bob Lee <bob@example.com>"],
            "rep": { "id": "7", "name": "Dana", "email": "dana@example.com" },
            "address": { "street": "12 Oak St", "unit": "#4", "city": "Austin", "state": "TX", "postalCode": "78704", "country": "US" },
        });
        let changed = json!({
            "startTime": "2030-06-05T14:00:00", "endTime": "2030-06-05T15:00:00", "timeZone": "America/Chicago",
            "status": "showed", "title": "Roof", "description": "Hail", "notes": "Dog",
            "rep": { "id": "7", "name": "Dana", "email": "dana@example.com" },
            "address": { "street": "12 Oak St", "unit": "#4", "city": "Austin", "state": "TX", "postalCode": "78704", "country": "US" },
        });
        let configuration = json!({ "location_id": "here", "time_zone": "America/Chicago", "calendar_id": "c" });
        let configuration = Configuration::read(&configuration.to_string()).unwrap();
        let available = json!({
            "rep": { "id": "7", "name": "Dana", "email": "dana@example.com" }, "userId": "u",
            "busy": [{ "startTime": "2030-06-04T12:00:00", "endTime": "2030-06-04T13:00:00", "title": "Dentist" }],
            "openHours": [{ "day": "monday", "from": "09:00", "to": "17:00" }], "timeZone": "America/Chicago",
            "from": "2030-06-04T00:00:00-05:00", "to": "2030-06-05T00:00:00-05:00",
        });
        let updated = json!({
            "groupId": "g", "groupName": "North", "slug": "north", "description": "Visits", "permissions": "none",
        });
        for (trigger, data) in [
            ("knocker.lead_booked", booked),
            ("knocker.booking_changed", changed),
            ("knocker.group_updated", updated),
            ("knocker.availability_updated", available),
        ] {
            let incoming = Incoming {
                id: Some("1".to_owned()),
                trigger: trigger.to_owned(),
                subject: Some("pin-1".to_owned()),
                occurred_at: "2030-06-01T10:00:00-05:00".to_owned(),
                expires_at: None,
                notify: true,
                data_json: data.to_string(),
            };
            let event = configuration.event(&incoming, &[]).unwrap();
            let context = Context::new(&event, &configuration);
            let (mut there, mut said) = (BTreeSet::new(), BTreeSet::new());
            seen(&Value::Object(context.scope().values.clone()), "", &mut there);
            described(BESIDE, "", &mut said);
            described(fields(trigger), "", &mut said);
            // Found out while the event is carried out.
            said.retain(|name| {
                ![
                    "calendar",
                    "calendar.id",
                    "calendar.name",
                    "assignee",
                    "assignee.userId",
                    KNOWN_CALENDARS,
                    CURRENT_CALENDARS,
                    CUSTOM_FIELD_IDS,
                    "customFieldIds.contact",
                    "customFieldIds.opportunity",
                ]
                .contains(&name.as_str())
            });
            said.insert("tables".to_owned());
            // An event has either an id or a name of its calendar that counts.
            said.remove("calendarName");
            assert_eq!(there, said, "{trigger}");
        }
    }
}
