//! The roads by which Knockcal reads back what it made: how far each lags behind, and whether the reference that it knows
//! its appointments by comes back as it was written.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{appointment_in, description, reference_in};
use super::finding::{Lag, Verdict, whole_ms};
use super::look::{Look, Seen, Sight, Wanted};
use super::patience::Patience;
use super::trial::{Over, Trial};

/// The road whose answers have the description.
pub(super) const ITSELF: &str = "appointment.get";

/// The roads that list it among others.
pub(super) const LISTS: [&str; 2] = ["event.list", OF_CONTACT];

/// The one that lists the appointments of a contact.
pub(super) const OF_CONTACT: &str = "contact.list_appointments";

/// How far around its start an appointment is looked for in its calendar.
const AROUND_MS: i64 = 24 * 60 * 60 * 1000;

impl<P: Patience> Trial<'_, P> {
    /// How long the appointment takes to show on each road, and what comes back.
    pub(super) async fn read_back(&mut self, appointment: &str, input: &Value) -> Result<(), Over> {
        let shows = |answer: &Value| appointment_in(answer, appointment).is_some();
        let [in_calendar, of_contact] = LISTS;
        let roads = [
            (ITSELF, json!({ "eventId": appointment })),
            (in_calendar, window(input)),
            (of_contact, json!({ "contactId": input.get("contactId") })),
        ];
        let looks = roads.map(|(action, input)| Look {
            action,
            input,
            wanted: Wanted::Answer(&shows),
        });
        let seen = self.account.look(&looks).await;
        self.go_on()?;
        let lags: Vec<Lag> = looks
            .iter()
            .zip(&seen)
            .map(|(look, seen)| lag(look.action, seen))
            .collect();
        let (verdict, detail) = judge_lags(&lags, self.wish.settle);
        self.notebook.report.lags = lags;
        self.find("read lag", verdict, detail);
        let seen: Vec<_> = looks.iter().map(|look| look.action).zip(seen).collect();
        let itself = seen.iter().find(|(action, _)| *action == ITSELF);
        let reference = self.judge_reference(itself.map(|(_, seen)| &seen.sight));
        self.judge_forms(appointment, input, &reference.unwrap_or_default(), &seen);
        Ok(())
    }
}

impl<P: Patience> Trial<'_, P> {
    /// The reference, if it came back with the appointment.
    fn judge_reference(&mut self, sight: Option<&Sight>) -> Option<String> {
        let skipped = match sight {
            Some(Sight::Shown(answer)) => {
                let description = answer.as_ref().and_then(description).unwrap_or_default();
                let reference = reference_in(&description);
                match &reference {
                    Ok(reference) => self.find("reference", Verdict::Ok, format!("`{reference}` came back")),
                    Err(why) => self.find("reference", Verdict::Failed, why.clone()),
                }
                return reference.ok();
            }
            Some(Sight::Unreadable(_)) => "the appointment cannot be read",
            Some(Sight::NotShown) | None => "the appointment did not show",
        };
        self.find("reference", Verdict::Skipped, skipped);
        None
    }
}

/// Where an appointment is looked for in its calendar.
pub(super) fn window(appointment: &Value) -> Value {
    let start = appointment.get("startTime").and_then(Value::as_str);
    let start = start.and_then(|start| chrono::DateTime::parse_from_rfc3339(start).ok());
    let at = start.map_or(0, |start| start.timestamp_millis());
    json!({
        "calendarId": appointment.get("calendarId"), "startTime": at - AROUND_MS, "endTime": at + AROUND_MS,
    })
}

fn lag(read: &'static str, seen: &Seen) -> Lag {
    let (shown_after_ms, unreadable) = match &seen.sight {
        Sight::Shown(_) => (Some(whole_ms(seen.after)), None),
        Sight::NotShown => (None, None),
        Sight::Unreadable(why) => (None, Some(why.clone())),
    };
    Lag {
        read,
        shown_after_ms,
        unreadable,
    }
}

/// What the lags mean for the time that the configuration lets things settle.
fn judge_lags(lags: &[Lag], settle: Duration) -> (Verdict, String) {
    let unreadable: Vec<_> = lags.iter().filter_map(|lag| lag.unreadable.as_deref()).collect();
    if !unreadable.is_empty() {
        let detail = format!(
            "what was written cannot be read back: {}; without that, an appointment whose answer was lost cannot be found \
             again",
            unreadable.join("; ")
        );
        return (Verdict::Failed, detail);
    }
    let (settle_ms, settle) = (whole_ms(settle), humantime::format_duration(settle));
    let slowest = lags.iter().map(|lag| lag.shown_after_ms).collect::<Option<Vec<_>>>();
    match slowest.and_then(|lags| lags.into_iter().max()) {
        None => (
            Verdict::Failed,
            format!("the appointment did not show everywhere within {settle}; make `settle_seconds` longer"),
        ),
        Some(lag) if lag > settle_ms => (
            Verdict::Failed,
            format!(
                "{lag} ms at most, longer than `settle_seconds` ({settle}); make that at least twice as long as this"
            ),
        ),
        Some(lag) if lag.saturating_mul(2) > settle_ms => (
            Verdict::Warning,
            format!("{lag} ms at most, near `settle_seconds` ({settle}); make that longer"),
        ),
        Some(lag) => (
            Verdict::Ok,
            format!("{lag} ms at most, well below `settle_seconds` ({settle})"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lags: &[Option<u64>], settle_seconds: u64) -> Verdict {
        let lags: Vec<_> = lags
            .iter()
            .map(|shown_after_ms| Lag {
                read: ITSELF,
                shown_after_ms: *shown_after_ms,
                unreadable: None,
            })
            .collect();
        judge_lags(&lags, Duration::from_secs(settle_seconds)).0
    }

    #[test]
    fn a_lag_longer_than_the_time_to_settle_fails_and_one_near_it_warns() {
        assert_eq!(judged(&[Some(10), Some(4_900)], 10), Verdict::Ok);
        assert_eq!(judged(&[Some(10), Some(5_100)], 10), Verdict::Warning);
        assert_eq!(judged(&[Some(10), Some(10_000)], 10), Verdict::Warning);
        assert_eq!(judged(&[Some(10), Some(10_001)], 10), Verdict::Failed);
        assert_eq!(judged(&[Some(10), None], 10), Verdict::Failed);
    }

    #[test]
    fn what_cannot_be_read_is_no_matter_of_time() {
        let refused = Lag {
            read: ITSELF,
            shown_after_ms: None,
            unreadable: Some("GHL answered 403".to_owned()),
        };
        let (verdict, detail) = judge_lags(&[refused], Duration::from_secs(10));
        assert_eq!(verdict, Verdict::Failed);
        assert!(detail.contains("403") && !detail.contains("settle_seconds"), "{detail}");
    }
}
