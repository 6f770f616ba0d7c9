//! The forms in which GHL may show values, for every test that must hold under all of them.

use host_harness::emulator::{AddressForm, Shows, TextForm, TimeForm, TitleForm};

/// Forms at the same time. Together they hold every form there is.
const PROFILES: [(&str, &str); 5] = [
    (
        "crlf",
        r#"{ "text": "crlf", "title": "suffixed", "address": "with_country", "time": "offset_without_colon",
             "slot_taken": "This time slot is already booked" }"#,
    ),
    (
        "html",
        r#"{ "text": "html", "title": "suffixed", "time": "utc", "slot_taken": "Slot is not available",
             "slot_taken_status": 409 }"#,
    ),
    (
        "entities",
        r#"{ "text": "entities", "address": "left_out", "time": "without_offset",
             "slot_taken": "The selected time slot is unavailable" }"#,
    ),
    (
        "non-breaking",
        r#"{ "text": "non_breaking", "address": "with_country", "time": "epoch_ms",
             "slot_taken": "The user is not available at this time", "slot_taken_status": 422 }"#,
    ),
    (
        "collapsed",
        r#"{ "text": "collapsed", "title": "suffixed", "address": "with_country",
             "left_out": ["locationId", "dateAdded", "dateUpdated", "users"] }"#,
    ),
];

/// The profiles, each with its name.
pub(crate) fn profiles() -> Vec<(&'static str, Shows)> {
    let read = |json| serde_json::from_str(json).unwrap();
    PROFILES.into_iter().map(|(name, json)| (name, read(json))).collect()
}

/// Each form by itself, beginning with all values as they were sent.
pub(crate) fn single_forms() -> Vec<Shows> {
    let texts = TextForm::ALL.into_iter().map(|text| Shows {
        text,
        ..Shows::default()
    });
    let titles = TitleForm::ALL.into_iter().skip(1).map(|title| Shows {
        title,
        ..Shows::default()
    });
    let addresses = AddressForm::ALL.into_iter().skip(1).map(|address| Shows {
        address,
        ..Shows::default()
    });
    let times = TimeForm::ALL.into_iter().skip(1).map(|time| Shows {
        time,
        ..Shows::default()
    });
    texts.chain(titles).chain(addresses).chain(times).collect()
}

/// Each form by itself, and the profiles.
pub(crate) fn all_forms() -> Vec<Shows> {
    let profiles = profiles().into_iter().map(|(_, shows)| shows);
    single_forms().into_iter().chain(profiles).collect()
}

#[test]
fn profiles_hold_every_form() {
    let profiles: Vec<Shows> = profiles().into_iter().map(|(_, shows)| shows).collect();
    for form in single_forms() {
        let holds = |shows: &Shows| {
            (form.text == TextForm::default() || form.text == shows.text)
                && (form.title == TitleForm::default() || form.title == shows.title)
                && (form.address == AddressForm::default() || form.address == shows.address)
                && (form.time == TimeForm::default() || form.time == shows.time)
        };
        assert!(profiles.iter().any(holds), "{form:?}");
    }
}
