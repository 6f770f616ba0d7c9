//! Whether messages may be sent, out of what forms and apps write.

use serde_json::{Map, Value};

use super::Warning;
use super::warning::warn;
use crate::document::{Object, lists, plain_key};

/// Answers that give consent, as letters and digits alone.
const YES: &str = "yes|y|true|t|1|on|ok|okay|checked|optin|optedin|in|agree|agreed|iagree|yesiagree|accept|accepted|consent|\
     consented|given|granted|allowed|subscribed";

/// Answers that refuse it.
const NO: &str = "no|n|false|f|0|off|unchecked|optout|optedout|out|disagree|idonotagree|decline|declined|denied|refused|\
     revoked|withdrawn|unsubscribed|notallowed|none|never|dnd|null|notgiven";

/// The channels that an answer can name.
const CHANNELS: &str = "sms|email|whatsapp|call";

/// What separates the channels of a text.
const BETWEEN: &[char] = &[',', ';', '&', '/'];

/// Reads `consent`: a boolean, a word for one, or one for each channel. What is not clear is no consent, with a warning.
pub(super) fn read(fields: &Object<'_>, warnings: &mut Vec<Warning>) -> Option<Value> {
    let written = fields.value("consent")?;
    let mut unclear = Vec::new();
    let consent = match written {
        Value::Object(channels) => {
            let mut consents = Map::new();
            for (channel, written) in channels.iter().filter(|(_, written)| !written.is_null()) {
                consents.insert(channel.clone(), clear(written, &mut unclear));
            }
            Value::Object(consents)
        }
        written => named_channels(written).unwrap_or_else(|| clear(written, &mut unclear)),
    };
    if !unclear.is_empty() {
        let message = format!(
            "{} is not a clear consent and counts as none; write `true` or `false`, or one of them for each channel: \
             `{{\"sms\": true, \"email\": false}}`",
            unclear.join(", ")
        );
        warn(fields, "consent", "consent-unclear", message, warnings);
    }
    Some(consent)
}

fn clear(written: &Value, unclear: &mut Vec<String>) -> Value {
    let answer = match written {
        Value::Bool(consents) => return (*consents).into(),
        Value::String(text) => plain_key(text),
        Value::Number(number) if number.as_f64() == Some(1.0) => "1".to_owned(),
        Value::Number(number) if number.as_f64() == Some(0.0) => "0".to_owned(),
        _ => String::new(),
    };
    let consents = lists(YES, &answer);
    if !consents && !lists(NO, &answer) {
        unclear.push(format!(
            "`{}`",
            written.as_str().map_or(written.to_string(), str::to_owned)
        ));
    }
    consents.into()
}

/// The channels that a list or a text names: `["sms", "email"]`, `SMS, Email`.
fn named_channels(written: &Value) -> Option<Value> {
    let mut channels = Map::new();
    match written {
        Value::String(text) => {
            for name in text.split(BETWEEN) {
                add_channel(name, &mut channels)?;
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                add_channel(entry.as_str()?, &mut channels)?;
            }
        }
        _ => return None,
    }
    (!channels.is_empty()).then_some(channels.into())
}

/// Adds a channel; nothing where that is none.
fn add_channel(name: &str, channels: &mut Map<String, Value>) -> Option<()> {
    let name = plain_key(name);
    let is_channel = lists(CHANNELS, &name);
    channels.insert(name, true.into());
    is_channel.then_some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Document, Problems};

    fn of(consent: Value) -> (Option<Value>, usize) {
        let (problems, mut warnings) = (Problems::new(Document::Event), Vec::new());
        let lead = json!({ "consent": consent });
        let fields = Object::root(&lead, &problems).unwrap();
        let consent = read(&fields, &mut warnings);
        assert!(problems.are_none());
        (consent, warnings.len())
    }

    #[test]
    fn answers_in_words_and_numbers_are_read() {
        for yes in [
            json!(true),
            json!("yes"),
            json!("on"),
            json!(1),
            json!("1"),
            json!("TRUE"),
            json!("Opted in"),
            json!("opt-in"),
        ] {
            assert_eq!(of(yes.clone()), (Some(true.into()), 0), "{yes}");
        }
        for no in [
            json!(false),
            json!("no"),
            json!("off"),
            json!(0),
            json!("opted out"),
            json!("None"),
            json!("unsubscribed"),
        ] {
            assert_eq!(of(no.clone()), (Some(false.into()), 0), "{no}");
        }
        assert_eq!(
            of(json!({ "sms": "yes", "email": 0 })),
            (Some(json!({ "sms": true, "email": false })), 0)
        );
        assert_eq!(
            of(json!(["SMS", "Email"])),
            (Some(json!({ "sms": true, "email": true })), 0)
        );
        assert_eq!(of(json!("sms")), (Some(json!({ "sms": true })), 0));
        assert_eq!((of(json!(null)), of(json!(""))), ((None, 0), (None, 0)));
    }

    #[test]
    fn what_is_not_clear_is_no_consent_and_a_warning() {
        for unclear in [
            json!("maybe"),
            json!("yes?no"),
            json!(2),
            json!([]),
            json!(["sms", "fax"]),
            json!("{{contact.sms}}"),
        ] {
            assert_eq!(of(unclear.clone()), (Some(false.into()), 1), "{unclear}");
        }
        let (consent, warnings) = of(json!({ "sms": "maybe", "email": "yes", "call": {} }));
        assert_eq!(
            (consent, warnings),
            (Some(json!({ "sms": false, "email": true, "call": false })), 1)
        );
    }
}
