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
            &mut catalog::action_keys().into_iter(),
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
pub(super) fn hint(name: &str, known: &mut dyn Iterator<Item = &str>, otherwise: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => otherwise.to_owned(),
    }
}

/// What was meant by a name that none of these is; all of them when none is near.
pub(super) fn hint_of_all(name: &str, of: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    let mut names = Vec::new();
    for name in known {
        names.push(name);
    }
    let otherwise = match names.is_empty() {
        true => "there is nothing in it".to_owned(),
        false => format!("{of} has `{}`", names.join("`, `")),
    };
    hint(name, &mut names.into_iter(), &otherwise)
}
