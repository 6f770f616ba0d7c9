//! Reads that rules decide by: what cannot be read is never taken for something that is not there.

use serde_json::Value;

use super::call::Call;
use super::stop::Stop;
use crate::api::{Operation, Server};
use crate::ghl::Refusal;

/// The code of what waits for a person because a rule may not read what it decides by.
pub(super) const CANNOT_LOOK: &str = "cannot-look";

impl Call<'_> {
    /// Reads what a rule decides by; nothing only where GHL itself says that there is no such thing.
    ///
    /// `what` says what is decided, as in `whether the visit still takes place`. What cannot be read now defers the
    /// event. What may not be read leaves it to a person.
    pub(super) fn look_up(
        &mut self,
        operation: &'static Operation,
        input: &Value,
        what: &str,
    ) -> Result<Option<Value>, Stop> {
        match self.try_read(operation, input)? {
            Ok(reply) => Ok(Some(reply)),
            Err(refusal) if refusal.kind.is_missing() => Ok(None),
            Err(refusal) => Err(cannot_look(operation, &refusal, what)),
        }
    }

    /// Reads a list that a rule decides by. That what it is asked about is not there is no empty list.
    pub(super) fn look_through(
        &mut self,
        operation: &'static Operation,
        input: &Value,
        what: &str,
    ) -> Result<Value, Stop> {
        self.try_read(operation, input)?
            .map_err(|refusal| cannot_look(operation, &refusal, what))
    }
}

/// That a rule may not read what it decides by.
fn cannot_look(operation: &Operation, refusal: &Refusal, what: &str) -> Stop {
    let help = match operation.server {
        Server::Ghl => refusal.kind.help(operation.scope),
        Server::Knocker => "Active Knocker refuses the request".to_owned(),
    };
    Stop::undecided(
        CANNOT_LOOK,
        format!(
            "{what} cannot be decided, because GHL refuses the read (`{}`, {}): {help}; then run the event again",
            operation.key, refusal.words
        ),
    )
}
