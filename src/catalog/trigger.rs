//! Something that can happen.

use crate::shape::Field;

/// Something that can happen.
#[derive(Debug)]
pub struct Trigger {
    pub key: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub source: Source,
    pub scope: &'static str,
    pub fields: &'static [Field],
    pub example: &'static str,
    pub ready: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Source {
    Inbound,
}

impl Source {
    pub fn words(self) -> String {
        String::new()
    }
}

pub fn triggers() -> impl Iterator<Item = &'static Trigger> {
    std::iter::empty()
}
