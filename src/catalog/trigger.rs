//! Something that can happen.

use crate::shape::Field;

/// Something that can happen, and begin a recipe.
///
/// What an event says of itself (its id, when it happened, which location it belongs to) is no part of its data.
#[derive(Debug)]
pub struct Trigger {
    /// Its key: `knocker.lead_booked`.
    pub key: &'static str,
    /// What happened, in a few words: `A visit was agreed at the door`.
    pub title: &'static str,
    /// What else is worth knowing; may be empty.
    pub about: &'static str,
    /// How it is known.
    pub source: Source,
    /// GHL's scope that the credential needs to know it; empty where it needs none.
    pub scope: &'static str,
    /// The fields of the event's data.
    pub fields: &'static [Field],
    /// Data of such an event, JSON.
    pub example: &'static str,
    /// Whether events of it can be handled today.
    pub ready: bool,
}

/// How something is known.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// Active Knocker says it, or a program in between.
    Knocker,
    /// GHL sends a webhook of this type.
    Webhook(&'static str),
    /// GHL sends a webhook of this type, and what was known before shows that it means this.
    Derived(&'static str),
    /// This action of the catalog, asked again and again, shows it.
    Polled(&'static str),
    /// It turns out while something is booked.
    Booking,
    /// The host says it.
    Host,
}

impl Source {
    /// In words: webhook `AppointmentCreate` of GHL.
    pub fn words(self) -> String {
        match self {
            Self::Knocker => "Active Knocker".to_owned(),
            Self::Webhook(kind) => format!("webhook `{kind}` of GHL"),
            Self::Derived(kind) => format!("webhook `{kind}` of GHL, compared with what was known before"),
            Self::Polled(action) => format!("`{action}`, asked again and again"),
            Self::Booking => "Knockcal, while it books".to_owned(),
            Self::Host => "the host".to_owned(),
        }
    }
}

impl Trigger {
    /// Nothing is said of it yet.
    pub(super) const BLANK: Self = Self {
        key: "",
        title: "",
        about: "",
        source: Source::Host,
        scope: "",
        fields: &[],
        example: "{}",
        ready: false,
    };
}
