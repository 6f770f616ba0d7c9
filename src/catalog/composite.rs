//! Actions that are made of several calls.

use crate::api::Effect;
use crate::shape::{Field, Kind, Rule};

/// An action that is made of several calls.
#[derive(Debug)]
pub struct Composite {
    /// Key of the action: `slot.find_next`.
    pub key: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// What else is worth knowing.
    pub about: &'static str,
    /// What it does to the account.
    pub effect: Effect,
    /// Its input.
    pub fields: &'static [Field],
    /// What must hold between fields.
    pub rules: &'static [Rule],
    /// Its answer.
    pub reply: Kind,
    /// Key of the trigger whose recipes carry it out; empty of what is code.
    pub trigger: &'static str,
    /// The actions that it uses.
    pub needs: &'static [&'static str],
    /// How many requests it takes, in words.
    pub price: &'static str,
    /// An input that works, JSON. Its ids are those of the emulator's own seed.
    pub example: &'static str,
    /// Whether it can be used today. What cannot waits for recipes.
    pub ready: bool,
}
