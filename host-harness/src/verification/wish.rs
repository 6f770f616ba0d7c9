//! What is to be tried.

use std::time::Duration;

use knockcal::zone::Zone;

/// What is to be tried.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Id or name of the calendar.
    pub calendar: String,
    /// How long the effect of a request may take to show, as the configuration says.
    pub settle: Duration,
    /// The zone of the visits, as the configuration says.
    pub zone: Option<Zone>,
    /// Name of this trial, unlike all others.
    pub name: String,
}

impl Wish {
    /// E-mail address of the contact that is made: nobody else has it.
    pub fn email(&self) -> String {
        format!("knockcal-verification-{}@example.com", self.name)
    }
}
