//! A secret that does not print itself.

use std::fmt;

/// A secret. Printing it, by mistake or in a log, shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// Takes a secret that can stand in a header: not empty, visible ASCII, at most 4 KiB. Else says what is wrong
    /// with it, without quoting it.
    pub fn new(value: String) -> Result<Self, &'static str> {
        if value.is_empty() {
            return Err("is empty");
        }
        if value.len() > 4096 {
            return Err("is longer than 4096 bytes");
        }
        if value.trim() != value {
            return Err("begins or ends with a space or a line break");
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("has characters that cannot stand in a header");
        }
        Ok(Self(value))
    }

    /// The secret itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue")
    }
}

impl fmt::Display for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
