//! What a configuration names is looked up here: it is there, or the answer says what is.

use crate::api::Server;
use crate::catalog::{self, Action};
use crate::document::nearest;

/// The action with a key, for a configuration that says where Active Knocker is or not; else the code of the problem
/// and a sentence.
pub(super) fn action(key: &str, has_knocker: bool) -> Result<Action, (&'static str, String)> {
    let Some(action) = catalog::action(key) else {
        let hint = hint(
            key,
            catalog::actions().map(Action::key),
            "`knock catalog` shows them all",
        );
        return Err(("unknown-action", format!("`{key}` is no action; {hint}")));
    };
    let mut operations = action.operations().into_iter();
    if !has_knocker && operations.any(|operation| operation.server == Server::Knocker) {
        let message = format!("`{key}` calls Active Knocker; say where it is, with `base_url` in `[knocker]`");
        return Err(("no-server", message));
    }
    Ok(action)
}

/// What was meant by a name that is not among the known ones; `otherwise` when none is near.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_owned(),
    }
}

/// All of these names, where one of them is meant.
pub(super) fn all<'a>(of: &str, names: impl Iterator<Item = &'a str>) -> String {
    match names.collect::<Vec<_>>().as_slice() {
        [] => "there is nothing in it".to_owned(),
        names => format!("{of} has `{}`", names.join("`, `")),
    }
}
