//! What a request sends, held against what its operation takes.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::body::{Field, Rule, complaints};
use super::reply::Refusal;
use super::target::Query;

/// What the body of a request must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// An object with these properties, or nothing at all.
    Object(&'static [Field]),
    /// A list of objects with these properties.
    List(&'static [Field]),
    /// An object with whatever properties.
    Free,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sent {
    Object(Map<String, Value>),
    List(Vec<Value>),
}

impl Sent {
    /// Reads a body. An object without properties when it is absent or not announced as JSON, as GHL does not look at
    /// it then, and nothing at all when it is no JSON or not of a shape.
    pub(super) fn read(request: &Request<Bytes>, shape: Shape) -> Option<Self> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_json = kind.to_ascii_lowercase().starts_with("application/json");
        let absent = request.body().is_empty() || !is_json;
        match shape {
            Shape::List(_) if absent => None,
            Shape::List(_) => serde_json::from_slice(request.body()).ok().map(Self::List),
            _ if absent => Some(Self::Object(Map::new())),
            _ => serde_json::from_slice(request.body()).ok().map(Self::Object),
        }
    }

    /// The properties, when it is an object.
    pub(super) fn fields(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Object(fields) => Some(fields),
            Self::List(_) => None,
        }
    }

    /// The values, when it is a list.
    pub(super) fn list(&self) -> &[Value] {
        match self {
            Self::Object(_) => &[],
            Self::List(values) => values,
        }
    }
}

impl Shape {
    /// The refusal of a body that cannot be read.
    pub(super) fn unreadable(self) -> Refusal {
        Refusal::bad_request(match self {
            Self::List(_) => "Validation failed (parsable array expected)",
            Self::Object(_) | Self::Free => "Unexpected token in JSON",
        })
    }

    /// Refuses a body with a property too many, too few, or of the wrong kind.
    pub(super) fn check(self, sent: &Sent) -> Result<(), Refusal> {
        refuse(match (self, sent) {
            (Self::Object(fields), Sent::Object(object)) => complaints(object, fields),
            (Self::List(fields), Sent::List(values)) => {
                let values = values.iter().enumerate();
                let wrong = values.flat_map(|(place, value)| {
                    let wrong = match value.as_object() {
                        Some(object) => complaints(object, fields),
                        None => vec!["an unknown value was passed to the validate function".to_owned()],
                    };
                    wrong.into_iter().map(move |words| format!("[{place}] {words}"))
                });
                wrong.collect()
            }
            _ => Vec::new(),
        })
    }
}

/// Refuses a query without a parameter that must be there, or with one of the wrong kind. One that nobody knows is
/// nobody's concern.
pub(super) fn check_query(query: &Query, params: &[Field]) -> Result<(), Refusal> {
    let wrong = params.iter().flat_map(|param| {
        let value = value(query, param);
        param.complaints(value.as_ref())
    });
    refuse(wrong.collect())
}

/// The value of a parameter as its rule wants it, where its text can be read so.
fn value(query: &Query, param: &Field) -> Option<Value> {
    let all = query.all(param.name);
    if let Rule::Each(_) = param.rule {
        return (!all.is_empty()).then(|| json!(all));
    }
    let text = *all.first()?;
    let read = match param.rule {
        Rule::Number { .. } | Rule::OneNumberOf(_) => text.parse::<f64>().ok().map(Value::from),
        Rule::Flag => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    read.or(Some(Value::from(text)))
}

fn refuse(wrong: Vec<String>) -> Result<(), Refusal> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid_fields(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::request;
    use http::Method;

    const FIELDS: &[Field] = &[Field::required("channel", Rule::OneOf(&["email", "sms"]))];

    fn sent(shape: Shape, body: Option<Value>) -> Result<Sent, Value> {
        let request = request(Method::POST, "/", body);
        let sent = Sent::read(&request, shape).ok_or_else(|| shape.unreadable().body["message"].clone())?;
        let checked = shape.check(&sent).map(|()| sent);
        checked.map_err(|refusal| refusal.body["message"].clone())
    }

    #[test]
    fn a_body_has_the_shape_of_its_operation() {
        let right = json!({ "channel": "sms" });
        let list = json!([right, { "channel": "fax" }, 1]);
        assert!(sent(Shape::Object(FIELDS), Some(right.clone())).is_ok());
        assert_eq!(sent(Shape::Object(&[]), None), Ok(Sent::Object(Map::new())));
        assert_eq!(sent(Shape::Object(&[]), Some(json!({}))), Ok(Sent::Object(Map::new())));
        assert!(sent(Shape::Free, Some(json!({ "filters": [1] }))).is_ok());
        assert_eq!(
            sent(Shape::Object(FIELDS), Some(list.clone())),
            Err(json!("Unexpected token in JSON"))
        );
        assert_eq!(
            sent(Shape::List(FIELDS), Some(json!([right]))),
            Ok(Sent::List(vec![right.clone()]))
        );
        let unfit = Err(json!("Validation failed (parsable array expected)"));
        assert_eq!(sent(Shape::List(FIELDS), Some(right)), unfit);
        assert_eq!(sent(Shape::List(FIELDS), None), unfit);
        let wrong = json!([
            "[1] channel must be one of the following values: email, sms",
            "[2] an unknown value was passed to the validate function",
        ]);
        assert_eq!(sent(Shape::List(FIELDS), Some(list)), Err(wrong));
    }

    #[test]
    fn parameters_are_held_to_their_rules() {
        let params = &[
            Field::required("userId", Rule::Text),
            Field::optional("limit", Rule::between(1.0, 500.0)),
            Field::optional("deleted", Rule::Flag),
            Field::optional("model", Rule::OneOf(&["contact", "all"])),
            Field::optional("userIds", Rule::TEXTS),
        ];
        for (query, words) in [
            ("userId=1&limit=500&deleted=false&model=all&userIds[]=a&more=1", vec![]),
            (
                "limit=501&deleted=no&model=none",
                vec![
                    "userId should not be empty",
                    "userId must be a string",
                    "limit must not be greater than 500",
                    "deleted must be a boolean value",
                    "model must be one of the following values: contact, all",
                ],
            ),
            (
                "userId=1&limit=ten",
                vec!["limit must be a number conforming to the specified constraints"],
            ),
        ] {
            let checked = check_query(&Query::parse(Some(query)), params);
            let said = checked
                .err()
                .map_or(json!([]), |refusal| refusal.body["message"].clone());
            assert_eq!(said, json!(words), "{query}");
        }
    }
}
