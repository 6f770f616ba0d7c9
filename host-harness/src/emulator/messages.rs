//! `/conversations/messages`.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::body::{Field, Rule};
use super::call::Call;
use super::contact::Contact;
use super::document::{Document, DocumentKind};
use super::reply::{Outcome, Refusal};
use super::route::Route;

pub(super) const ROUTES: &[Route] = &[
    Route::post(
        "message.send",
        "/conversations/messages",
        "conversations/message.write",
        send,
    )
    .fields(SEND),
    Route::delete(
        "message.cancel_scheduled",
        "/conversations/messages/{messageId}/schedule",
        "conversations/message.write",
        cancel_scheduled,
    ),
];

const CHANNELS: &[&str] = &[
    "SMS",
    "RCS",
    "Email",
    "WhatsApp",
    "IG",
    "FB",
    "Custom",
    "Live_Chat",
    "TIKTOK",
];

/// The specification requires `subType` and `status` as well; GHL was seen to do without.
const SEND: &[Field] = &[
    Field::required("type", Rule::OneOf(CHANNELS)),
    Field::required("contactId", Rule::Text),
    Field::optional("subType", Rule::Anything),
    Field::optional("status", Rule::OneOf(&["delivered", "failed", "pending", "read"])),
    Field::optional("message", Rule::Text),
    Field::optional("html", Rule::Text),
    Field::optional("subject", Rule::Text),
    Field::optional("attachments", Rule::TEXTS),
    Field::optional("appointmentId", Rule::Text),
    Field::optional("emailFrom", Rule::Text),
    Field::optional("emailTo", Rule::Text),
    Field::optional("emailCc", Rule::TEXTS),
    Field::optional("emailBcc", Rule::TEXTS),
    Field::optional("emailReplyMode", Rule::OneOf(&["reply", "reply_all"])),
    Field::optional("replyMessageId", Rule::Text),
    Field::optional("templateId", Rule::Text),
    Field::optional("threadId", Rule::Text),
    Field::optional("scheduledTimestamp", Rule::NUMBER),
    Field::optional("conversationProviderId", Rule::Text),
    Field::optional("customSubtypeId", Rule::Text),
    Field::optional("fromNumber", Rule::Text),
    Field::optional("toNumber", Rule::Text),
    Field::optional("forward", Rule::Table),
    Field::optional("usesNativeSchedulingAi", Rule::Flag),
    Field::optional("optimizationPeriod", Rule::OneOf(&["24h", "48h", "72h"])),
];

/// Sends a message, now or when it is scheduled for, and opens the conversation that it is in.
fn send(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact(call.text("contactId").unwrap_or_default())?;
    let channel = call.text("type").unwrap_or_default();
    if let Some(id) = call.text("appointmentId") {
        let appointment = call.store.now().appointment(id);
        appointment.ok_or_else(|| Refusal::missing("Appointment", id))?;
    }
    check_content(call, channel)?;
    check_reach(call, contact, channel)?;
    let scheduled = call.body.get("scheduledTimestamp").filter(|at| !at.is_null());
    let status = match scheduled {
        Some(at) if !is_to_come(at, call.now) => {
            // The words are ours: GHL's were not recorded.
            return Err(Refusal::bad_request("scheduledTimestamp must be in the future"));
        }
        Some(_) => "scheduled",
        None => "pending",
    };
    let contact_id = Value::from(contact.id.as_str());
    let conversation = conversation_with(call, &contact_id);
    let mut message = call.body.clone();
    for (name, value) in [
        ("conversationId", conversation.clone()),
        ("messageType", channel.into()),
        ("direction", "outbound".into()),
        ("status", status.into()),
    ] {
        message.insert(name.to_owned(), value);
    }
    let message = call.create(DocumentKind::Message, message);
    let id = message.get("id").cloned().unwrap_or_default();
    Ok(json!({ "conversationId": conversation, "messageId": id }))
}

/// An e-mail says something in its `html` alone.
fn check_content(call: &Call<'_>, channel: &str) -> Result<(), Refusal> {
    let text = if channel == "Email" { "html" } else { "message" };
    let says_something = call.text(text).is_some_and(|text| !text.is_empty());
    let attachments = call.body.get("attachments").and_then(Value::as_array);
    let by_template = call.text("templateId").is_some();
    if says_something || by_template || attachments.is_some_and(|attachments| !attachments.is_empty()) {
        return Ok(());
    }
    Err(Refusal::empty_message())
}

/// Refuses a message to a contact that wants none, or cannot be reached by that channel.
fn check_reach(call: &Call<'_>, contact: &Contact, channel: &str) -> Result<(), Refusal> {
    if contact.refuses(channel) {
        let words = format!("Cannot send message as DND is active for {channel}.");
        return Err(Refusal::bad_request(&words));
    }
    // The words are ours: GHL's were not recorded.
    match channel {
        "Email" if contact.email.is_none() && call.text("emailTo").is_none() => {
            Err(Refusal::bad_request("Missing email address"))
        }
        "SMS" | "RCS" | "WhatsApp" if contact.phone.is_none() && call.text("toNumber").is_none() => {
            Err(Refusal::bad_request("Missing phone number"))
        }
        _ => Ok(()),
    }
}

/// The id of the conversation with a contact, which is opened when there is none.
fn conversation_with(call: &mut Call<'_>, contact_id: &Value) -> Value {
    let conversations = call.store.now().documents(DocumentKind::Conversation);
    let mut ids = conversations.filter(|conversation| conversation.get("contactId") == Some(contact_id));
    let id = ids.next().and_then(|conversation| conversation.get("id").cloned());
    drop(ids);
    id.unwrap_or_else(|| {
        let fields = Map::from_iter([("contactId".to_owned(), contact_id.clone())]);
        let conversation = call.create(DocumentKind::Conversation, fields);
        conversation.get("id").cloned().unwrap_or_default()
    })
}

/// Whether a time in seconds is still to come.
fn is_to_come(seconds: &Value, now: DateTime<Utc>) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "instants of this era fit")]
    let now = now.timestamp() as f64;
    seconds.as_f64().is_some_and(|seconds| seconds > now)
}

/// Whether a message waits for its time.
fn is_scheduled(message: &Document, now: DateTime<Utc>) -> bool {
    let at = message.get("scheduledTimestamp");
    message.get("status").is_some_and(|status| status == "scheduled") && at.is_some_and(|at| is_to_come(at, now))
}

fn cancel_scheduled(call: &mut Call<'_>) -> Outcome {
    let message = call.document(DocumentKind::Message, call.id())?;
    if !is_scheduled(message, call.now) {
        return Err(Refusal::not_scheduled());
    }
    let cancelled = Map::from_iter([("status".to_owned(), "cancelled".into())]);
    call.amend(DocumentKind::Message, call.id(), cancelled)?;
    // The words are ours: GHL's were not recorded.
    Ok(json!({ "status": 200, "message": "Scheduled message cancelled successfully" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Answer, MONDAY, Trial};
    use crate::emulator::{Seed, SeedContact};

    fn send(trial: &mut Trial, more: Value) -> Answer {
        let mut body = json!({ "type": "SMS", "contactId": Seed::PAT, "message": "See you on Tuesday" });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        trial.post("/conversations/messages", body)
    }

    fn in_seconds(seconds: i64) -> i64 {
        MONDAY / 1_000 + seconds
    }

    #[test]
    fn all_messages_to_a_contact_are_in_one_conversation() {
        let mut trial = Trial::demo();
        let first = send(&mut trial, json!({}));
        assert_eq!(first.status, 200, "{}", first.body);
        let second = send(&mut trial, json!({ "type": "Email", "html": "<p>See you</p>" }));
        assert_eq!(first.body["conversationId"], second.body["conversationId"]);
        assert_ne!(first.body["messageId"], second.body["messageId"]);
        let conversations: Vec<_> = trial.ghl.documents(DocumentKind::Conversation).collect();
        assert_eq!(conversations.len(), 1);
        assert_eq!(conversations[0]["contactId"], Seed::PAT);
        let sent: Vec<_> = trial.ghl.documents(DocumentKind::Message).collect();
        assert_eq!(
            (&sent[0]["status"], &sent[1]["messageType"]),
            (&json!("pending"), &json!("Email"))
        );
    }

    #[test]
    fn a_message_can_be_cancelled_until_its_time_comes() {
        let mut trial = Trial::demo();
        let at = json!({ "scheduledTimestamp": in_seconds(60) });
        let paths = [(); 2].map(|()| {
            let id = send(&mut trial, at.clone()).body["messageId"].clone();
            format!("/conversations/messages/{}/schedule", id.as_str().unwrap())
        });
        trial.now_ms += 59_000;
        assert_eq!(trial.delete(&paths[0]).status, 200);
        let message = trial.ghl.documents(DocumentKind::Message).next().unwrap();
        assert_eq!(message["status"], "cancelled");
        trial.now_ms += 1_000;
        let sent_at_once = send(&mut trial, json!({})).body["messageId"].clone();
        let sent_at_once = format!("/conversations/messages/{}/schedule", sent_at_once.as_str().unwrap());
        for path in paths.iter().chain([&sent_at_once]) {
            let answer = trial.delete(path);
            let words = json!("Failed cancel the scheduled message");
            assert_eq!((answer.status, &answer.body["message"]), (404, &words));
        }
        assert_eq!(trial.delete("/conversations/messages/none/schedule").status, 400);
    }

    #[test]
    fn a_contact_is_left_in_peace_on_the_channels_it_wants_nothing_on() {
        let mut trial = Trial::demo();
        let pat = format!("/contacts/{}", Seed::PAT);
        let email = json!({ "type": "Email", "html": "<p>See you</p>" });
        let by_sms = json!({ "dndSettings": { "SMS": { "status": "active" } } });
        assert_eq!(trial.put(&pat, by_sms).status, 200);
        let answer = send(&mut trial, json!({}));
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["message"], "Cannot send message as DND is active for SMS.");
        assert_eq!(send(&mut trial, email.clone()).status, 200);
        assert_eq!(trial.put(&pat, json!({ "dnd": true })).status, 200);
        assert_eq!(send(&mut trial, email).status, 400);
        assert_eq!(trial.ghl.documents(DocumentKind::Message).count(), 1);
    }

    #[test]
    fn a_message_says_something_to_somebody() {
        let mut seed = Seed::demo();
        seed.contacts.push(SeedContact {
            id: Some("mute".into()),
            ..SeedContact::default()
        });
        let mut trial = Trial::of(seed);
        let nothing = "There is no message or attachments for this message. Skip sending.";
        for (more, status, words) in [
            (json!({ "type": "Email" }), 422, json!(nothing)),
            (json!({ "message": "" }), 422, json!(nothing)),
            (json!({ "contactId": "mute" }), 400, json!("Missing phone number")),
            (
                json!({ "scheduledTimestamp": in_seconds(0) }),
                400,
                json!("scheduledTimestamp must be in the future"),
            ),
            (
                json!({ "body": "Hello" }),
                422,
                json!(["property body should not exist"]),
            ),
        ] {
            let answer = send(&mut trial, more);
            assert_eq!((answer.status, &answer.body["message"]), (status, &words));
        }
        for (more, words) in [
            (json!({ "contactId": "nobody" }), "Contact with id nobody not found"),
            (json!({ "appointmentId": "none" }), "Appointment with id none not found"),
        ] {
            assert_eq!(send(&mut trial, more).body["error"], words);
        }
    }
}
