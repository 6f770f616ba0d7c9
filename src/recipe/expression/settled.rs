//! What an expression is worth whatever happens: as far as what is known before any event decides it.

use super::evaluation::{Scope, truth};
use super::tree::Operator;
use super::{Expression, Path, PathStep};

impl Expression {
    /// Whether it counts as true or not, whatever stands under names that `known` does not have; nothing when that
    /// depends on them.
    pub fn settled(&self, known: Scope<'_>) -> Option<bool> {
        match self {
            Self::Not(of) => of.settled(known).map(|truth| !truth),
            Self::Binary(Operator::And, of, _) => match of.each_ref().map(|of| of.settled(known)) {
                [Some(false), _] | [_, Some(false)] => Some(false),
                [Some(true), Some(true)] => Some(true),
                _ => None,
            },
            Self::Binary(Operator::Or, of, _) => match of.each_ref().map(|of| of.settled(known)) {
                [Some(true), _] | [_, Some(true)] => Some(true),
                [Some(false), Some(false)] => Some(false),
                _ => None,
            },
            whole => {
                let mut depends = false;
                whole.paths(&mut |path| depends |= !is_known(path, known));
                if depends {
                    return None;
                }
                whole.evaluate(known).ok().as_ref().map(truth)
            }
        }
    }
}

fn is_known(path: &Path, known: Scope<'_>) -> bool {
    known.values.contains_key(&path.root) && !path.steps.iter().any(|step| matches!(step, PathStep::Index(_)))
}

/// The scope in which only this is known.
#[cfg(test)]
fn only(values: &serde_json::Map<String, serde_json::Value>) -> Scope<'_> {
    Scope {
        values,
        calling_code: "1",
        zone: None,
        times: &crate::knock::USUAL_TIMES,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::recipe::expression::parse;

    #[test]
    fn what_known_options_decide_is_decided() {
        let values = json!({ "options": { "tags": [], "task": "Call" } });
        let settled = |text: &str| parse(text).unwrap().settled(only(values.as_object().unwrap()));
        assert_eq!(settled("options.tags"), Some(false));
        assert_eq!(settled("options.tags and lead.phone"), Some(false));
        assert_eq!(settled("lead.phone and options.tags"), Some(false));
        assert_eq!(settled("options.task and lead.phone"), None);
        assert_eq!(settled("options.task or lead.phone"), Some(true));
        assert_eq!(settled("not options.tags and options.task == 'Call'"), Some(true));
        assert_eq!(settled("lead.phone"), None);
    }
}
