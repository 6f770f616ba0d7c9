//! What an expression may be worth where something in it may be anything.
//!
//! A few values stand for anything: texts, numbers, lists, objects. An expression is worked out for each of them, and
//! only what fails for all of them surely fails.

use serde_json::{Value, json};

use super::evaluation::{Scope, negative, operate, truth};
use super::tree::Operator;
use super::{Expression, ExpressionError, FilterCall, Path, PathStep};

/// The most values that stand for what an expression may be worth.
const MOST: usize = 16;

/// The filters that take something out of what they are given: of anything that is anything.
const TAKE_OUT: [&str; 4] = ["first", "last", "find", "get"];

/// What something may be worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Possible {
    /// Values that stand for all that it may be.
    pub values: Vec<Value>,
    /// Whether it depends on what may be anything; else there is one value, and it is that.
    pub is_open: bool,
}

/// Whether what stands at a path may be anything.
pub type MayBeAnything<'a> = &'a dyn Fn(&Path) -> bool;

impl Possible {
    /// What may be anything, and is there.
    pub fn anything() -> Self {
        Self {
            values: vec![
                "text".into(),
                "10".into(),
                "2030-06-04T10:00:00-05:00".into(),
                "(512) 555-0142".into(),
                1.into(),
                true.into(),
                json!(["text"]),
                json!([1]),
                json!([{}]),
                json!({}),
            ],
            is_open: true,
        }
    }

    /// Just this.
    pub fn only(value: Value) -> Self {
        Self {
            values: vec![value],
            is_open: false,
        }
    }

    /// One of several values, each once.
    pub fn of(values: &mut dyn Iterator<Item = Value>, is_open: bool) -> Self {
        let mut kept = Vec::new();
        for value in values {
            if kept.len() < MOST && !kept.contains(&value) {
                kept.push(value);
            }
        }
        Self { values: kept, is_open }
    }
}

impl Expression {
    /// What it may be worth.
    ///
    /// # Errors
    /// When it fails whatever stands at the unknown paths.
    pub fn possible(&self, scope: Scope<'_>, unknown: MayBeAnything<'_>) -> Result<Possible, ExpressionError> {
        match self {
            Self::Literal(value) => Ok(Possible::only(value.clone())),
            Self::Path(path) => path.possible(scope, unknown),
            Self::List(of) => {
                let mut entries = Vec::new();
                for of in of {
                    entries.push(of.possible(scope, unknown)?);
                }
                Ok(lists(&entries))
            }
            Self::Not(of) => {
                let of = of.possible(scope, unknown)?;
                Ok(Possible::of(
                    &mut of.values.iter().map(|value| (!truth(value)).into()),
                    of.is_open,
                ))
            }
            Self::Negative(of, span) => {
                let possible = of.possible(scope, unknown)?;
                each(&possible, |value| negative(&Self::Literal(value.clone()), value, *span))
            }
            Self::Defined(of, wanted) => {
                let of = of.possible(scope, unknown)?;
                Ok(match of.is_open {
                    true => Possible::of(&mut [true.into(), false.into()].into_iter(), true),
                    false => {
                        let mut defined = of.values.iter().map(|value| (value.is_null() != *wanted).into());
                        Possible::of(&mut defined, false)
                    }
                })
            }
            Self::Choice(of) => {
                let [value, condition, other] = &**of;
                let condition = condition.possible(scope, unknown)?;
                if condition.is_open {
                    return either(value.possible(scope, unknown), other.possible(scope, unknown));
                }
                match condition.values.iter().any(truth) {
                    true => value.possible(scope, unknown),
                    false => other.possible(scope, unknown),
                }
            }
            Self::Binary(operator, of, span) => {
                let [left_of, right_of] = &**of;
                let left = left_of.possible(scope, unknown)?;
                let is_true = left.values.iter().any(truth);
                match operator {
                    Operator::Or | Operator::And if left.is_open => either(Ok(left), right_of.possible(scope, unknown)),
                    Operator::Or if is_true => Ok(left),
                    Operator::And if !is_true => Ok(left),
                    Operator::Or | Operator::And => right_of.possible(scope, unknown),
                    operator => binary(*operator, of, left, right_of.possible(scope, unknown)?, *span),
                }
            }
            Self::Filtered(of, call) => call.possible(of.possible(scope, unknown)?, scope, unknown),
        }
    }
}

impl Path {
    /// What may stand there.
    ///
    /// # Errors
    /// When an index in it surely has no value.
    pub fn possible(&self, scope: Scope<'_>, unknown: MayBeAnything<'_>) -> Result<Possible, ExpressionError> {
        let mut is_open = unknown(self);
        for step in &self.steps {
            if let PathStep::Index(index) = step {
                is_open |= index.possible(scope, unknown)?.is_open;
            }
        }
        Ok(match is_open {
            true => Possible::anything(),
            false => Possible::only(self.find(scope)?.unwrap_or_default()),
        })
    }
}

impl FilterCall {
    /// What may become of a value.
    ///
    /// # Errors
    /// When the filter takes none of what the value may be.
    pub fn possible(
        &self,
        mut of: Possible,
        scope: Scope<'_>,
        unknown: MayBeAnything<'_>,
    ) -> Result<Possible, ExpressionError> {
        let mut arguments = Vec::new();
        for argument in &self.arguments {
            arguments.push(argument.possible(scope, unknown)?);
        }
        let is_taken_from_anything = of.is_open && TAKE_OUT.contains(&self.filter.name);
        if of.is_open && self.filter.takes_nothing {
            of.values.push(Value::Null);
        }
        let rows = lists(&arguments);
        let is_open = of.is_open || rows.is_open;
        let (mut made, mut failed) = (Vec::new(), Vec::new());
        for value in &of.values {
            for row in rows.values.iter().filter_map(Value::as_array) {
                match self.apply_with(value.clone(), row, scope) {
                    Ok(value) => made.push(value),
                    Err(error) => failed.push((value, error)),
                }
            }
        }
        if made.is_empty() {
            // A filter that says of every text that just this text does not fit may well take another one.
            let texts = || {
                failed
                    .iter()
                    .filter_map(|(value, error)| Some((value.as_str()?, error)))
            };
            let names = |text: &str, error: &ExpressionError| {
                let start: String = text.chars().take(20).collect();
                error.message.contains(&start)
            };
            let depends = of.is_open && texts().next().is_some() && texts().all(|(text, error)| names(text, error));
            return match failed.into_iter().next() {
                Some((_, error)) if !depends => Err(error),
                _ => Ok(Possible::anything()),
            };
        }
        if is_open {
            made.retain(|value| !value.is_null());
        }
        Ok(match is_taken_from_anything || made.is_empty() {
            true => Possible::anything(),
            false => Possible::of(&mut made.into_iter(), is_open),
        })
    }
}

/// One of the two, whichever does not fail: which of them counts depends on what may be anything.
fn either(
    one: Result<Possible, ExpressionError>,
    other: Result<Possible, ExpressionError>,
) -> Result<Possible, ExpressionError> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(Possible::of(&mut one.values.into_iter().chain(other.values), true)),
        (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(Possible { is_open: true, ..only }),
        (Err(error), Err(_)) => Err(error),
    }
}

/// What may be made of each value.
fn each(of: &Possible, make: impl Fn(&Value) -> Result<Value, ExpressionError>) -> Result<Possible, ExpressionError> {
    let (mut made, mut failed) = (Vec::new(), None);
    for value in &of.values {
        match make(value) {
            Ok(value) => made.push(value),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) if made.is_empty() => Err(error),
        _ => Ok(Possible::of(&mut made.into_iter(), of.is_open)),
    }
}

fn binary(
    operator: Operator,
    of: &[Expression; 2],
    left: Possible,
    right: Possible,
    span: (usize, usize),
) -> Result<Possible, ExpressionError> {
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for one in &left.values {
        for other in &right.values {
            match operate(operator, one, other, of, span) {
                Ok(value) => made.push(value),
                Err(error) => failed.push(error),
            }
        }
    }
    if !made.is_empty() {
        return Ok(Possible::of(&mut made.into_iter(), left.is_open || right.is_open));
    }
    // What is wrong is not what may be anything, but what stands beside it.
    let is_about = |error: &ExpressionError, possible: &Possible, of: &Expression| {
        possible.is_open && error.message.starts_with(&of.name())
    };
    let telling = |error: &&ExpressionError| !is_about(error, &left, &of[0]) && !is_about(error, &right, &of[1]);
    let error = failed.iter().find(telling).or(failed.first()).cloned();
    Err(error.unwrap_or(ExpressionError {
        span,
        message: "this has no value".to_owned(),
    }))
}

/// Lists with one of the values of each.
fn lists(entries: &[Possible]) -> Possible {
    let count = entries.iter().map(|entry| entry.values.len()).max().unwrap_or(1);
    let list = |nth: usize| {
        let mut values = Vec::new();
        for entry in entries {
            let nth = nth.checked_rem(entry.values.len()).unwrap_or_default();
            values.push(entry.values.get(nth).cloned().unwrap_or_default());
        }
        Value::Array(values)
    };
    Possible::of(&mut (0..count).map(list), entries.iter().any(|entry| entry.is_open))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::recipe::expression::parse;

    fn scope(values: &serde_json::Map<String, Value>) -> Scope<'_> {
        Scope {
            values,
            calling_code: "1",
            zone: None,
            times: &crate::knock::USUAL_TIMES,
        }
    }

    fn possible(text: &str) -> Result<Possible, String> {
        let values =
            json!({ "lead": { "phone": "(512) 555-0142", "age": 41 }, "tables": { "regions": { "7": "South" } } });
        let unknown = |path: &Path| path.root == "data";
        let tree = parse(text).unwrap();
        let possible = tree.possible(scope(values.as_object().unwrap()), &unknown);
        possible.map_err(|error| error.message)
    }

    #[test]
    fn what_can_work_for_some_data_is_accepted() {
        let table = [
            "data.roof_age > 10",
            "data.roof_age >= data.other",
            "data.flag == true and data.count + 1 > 2",
            "data.price * data.count - 3",
            "-data.count",
            "'x' in data.tags",
            "data.kind in ['a', 'b']",
            "data.kind not in ['a', 'b']",
            "data.items|first ~ 'x'",
            "(data.items|first) + 1",
            "data.answers|find('key', 'phone')|get('value') ~ '!'",
            "data.answers|where('kind', 'x')|first|get('n') + 1",
            "data.tags|join(', ')",
            "data.when|plus_minutes(data.minutes)|day",
            "data.amount|number > 12.5",
            "data.when|datetime('%m/%d/%Y %I:%M %p')|plus_minutes(data.minutes)",
            "data.day ~ ' ' ~ data.hour|datetime",
            "(data.day ~ ' ' ~ data.hour)|datetime|day",
            "data.phone|e164 ~ 'x'",
            "data.rules|working_hours",
            "data['Roof age'] > 10",
            "data.list[0].name ~ 'x'",
            "data.list[-1] + 1",
            "tables.regions[data.zip] ~ 'x'",
            "tables.regions[data.zip] + 1",
            "data.name if data.name is defined else lead.phone",
            "data.x|default(0) + 1",
            "data.x|default('none') ~ 'y'",
            "lead.phone + 1 if data.x else 1",
            "1 if data.x else lead.phone + 1",
            "data.x and lead.phone + 1",
            "not data.x",
            "data.x or lead.phone",
            "data.x and data.x > 1",
            "[data.x, lead.phone]|join(', ')",
            "data.x|split(',')|first|number + 1",
        ];
        for text in table {
            assert!(possible(text).is_ok(), "{text}: {:?}", possible(text));
        }
    }

    #[test]
    fn what_surely_fails_is_refused_with_what_is_wrong() {
        let table = [
            (
                "data.x + lead.phone",
                "`lead.phone` is text, and this is for numbers; texts are joined by `~`",
            ),
            (
                "data.x > lead",
                "`data.x` is text and `lead` is an object: neither is more than the other",
            ),
            ("data.x in lead.age", "`lead.age` is a number: nothing can be in it"),
            (
                "(data.x ~ 'a') + 1",
                "this is text, and this is for numbers; texts are joined by `~`",
            ),
            ("data.x|plus_days('a')", "`plus_days`: `\"a\"` is not a whole number"),
            ("data.x|upper|first", "`first`: text is no list"),
            ("data.x|replace('', 'x')", "`replace`: an empty text cannot be replaced"),
            (
                "lead.phone + 1 if data.x else lead.phone * 2",
                "`lead.phone` is text, and this is for numbers; texts are joined by `~`",
            ),
        ];
        for (text, message) in table {
            assert_eq!(possible(text), Err(message.to_owned()), "{text}");
        }
    }

    /// Expressions over two keys of the customer's data.
    fn expression() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("data.a".to_owned()),
            Just("data['b c']".to_owned()),
            Just("data.a[0]".to_owned()),
            Just("1".to_owned()),
            Just("'x'".to_owned()),
            Just("['x', 'y']".to_owned()),
            Just("lead.age".to_owned()),
        ];
        leaf.prop_recursive(3, 12, 2, |inner| {
            const OPERATORS: [&str; 12] = ["+", "-", "*", "~", "<", ">", "==", "!=", "in", "not in", "and", "or"];
            const FILTERS: [&str; 10] = [
                "upper",
                "number",
                "length",
                "first",
                "join('-')",
                "default(1)",
                "text",
                "list",
                "round",
                "get('k')",
            ];
            prop_oneof![
                (inner.clone(), prop::sample::select(&OPERATORS[..]), inner.clone())
                    .prop_map(|(one, operator, other)| format!("({one} {operator} {other})")),
                (inner.clone(), prop::sample::select(&FILTERS[..]))
                    .prop_map(|(one, filter)| format!("({one})|{filter}")),
                (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            ]
        })
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!("text")),
            Just(json!("41")),
            (0..50).prop_map(|number| json!(number)),
            Just(json!(true)),
            Just(json!(["a", "b"])),
            Just(json!([3, 4])),
            Just(json!([{ "k": 1 }])),
            Just(json!({ "k": "v" })),
        ]
    }

    proptest! {
        /// What works for some data is accepted: a check refuses nothing that can work.
        #[test]
        fn what_works_for_some_data_is_accepted(text in expression(), a in value(), b in value()) {
            let unknown = |path: &Path| path.root == "data";
            let known = json!({ "lead": { "age": 41 } });
            let here = json!({ "lead": { "age": 41 }, "data": { "a": a, "b c": b } });
            let tree = parse(&text).unwrap();
            let scope_of_run = scope(here.as_object().unwrap());
            // That something may be absent is looked at apart.
            let mut is_there = true;
            tree.paths(&mut |path| is_there &= path.trace(scope_of_run).absent.is_none());
            if is_there && tree.evaluate(scope_of_run).is_ok() {
                let accepted = tree.possible(scope(known.as_object().unwrap()), &unknown);
                prop_assert!(accepted.is_ok(), "{text}: {accepted:?}");
            }
        }

        /// Where nothing is unknown, a check says what a run says.
        #[test]
        fn what_is_known_is_worth_what_it_is_worth(text in expression(), a in value(), b in value()) {
            let here = json!({ "lead": { "age": 41 }, "data": { "a": a, "b c": b } });
            let tree = parse(&text).unwrap();
            let scope = scope(here.as_object().unwrap());
            let possible = tree.possible(scope, &|_| false);
            let worth = tree.evaluate(scope);
            prop_assert_eq!(possible.map(|possible| possible.values), worth.map(|value| vec![value]), "{}", text);
        }
    }
}
