//! What there is: the calendar, what a recipe may read besides, free slots. Nothing is made.

use knockcal::ghl::calendar::Calendar;
use serde_json::{Value, json};

use super::finding::Verdict;
use super::patience::Patience;
use super::trial::{Over, Trial};

impl<P: Patience> Trial<'_, P> {
    /// The calendar is there, and the credential may read it. Answers its id.
    pub(super) async fn find_calendar(&mut self) -> Result<String, Over> {
        let listed = self
            .needed("credential and calendars", "calendar.list", json!({}))
            .await?;
        let calendars: Vec<(Calendar, &Value)> = listed
            .get("calendars")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|listed| Some((Calendar::read(listed)?, listed)))
            .collect();
        let wanted = self.wish.calendar.clone();
        let is_wanted = |calendar: &Calendar| {
            calendar.id == wanted || Calendar::plain_name(&calendar.name) == Calendar::plain_name(&wanted)
        };
        let Some((calendar, listed)) = calendars.iter().find(|(calendar, _)| is_wanted(calendar)) else {
            let names: Vec<_> = calendars.iter().map(|(calendar, _)| calendar.name.as_str()).collect();
            let detail = format!("no calendar is called `{wanted}`; there are `{}`", names.join("`, `"));
            self.find("calendar", Verdict::Failed, detail);
            return Err(Over);
        };
        let unit = listed.get("slotDurationUnit").and_then(Value::as_str);
        let detail = format!(
            "`{}` ({}), {} on its team, slots of {} {}",
            calendar.name,
            calendar.kind,
            calendar.team.len(),
            listed.get("slotDuration").unwrap_or(&Value::Null),
            unit.filter(|unit| !unit.is_empty()).unwrap_or("mins"),
        );
        match calendar.active {
            true => self.find("calendar", Verdict::Ok, detail),
            false => self.find("calendar", Verdict::Warning, detail + "; it is not active"),
        }
        Ok(calendar.id.clone())
    }

    /// What the configuration names is there, and every read that a rule in use decides by is allowed: without one of them
    /// the rules do not hold.
    pub(super) async fn probe(&mut self) -> Result<(), Over> {
        let probed = self.account.read("connection.probe", json!({})).await;
        self.go_on()?;
        let probed = match probed {
            Ok(probed) => probed,
            Err(trouble) => {
                self.find("reads", Verdict::Failed, trouble.about("connection.probe"));
                return Ok(());
            }
        };
        let findings = probed.get("findings").and_then(Value::as_array);
        let judged: Vec<_> = findings.into_iter().flatten().filter_map(judge_probed).collect();
        let worst = judged.iter().map(|(verdict, _)| *verdict).max();
        let details: Vec<_> = judged.into_iter().map(|(_, detail)| detail).collect();
        match worst {
            Some(worst) => self.find("reads", worst, details.join("; ")),
            None => self.find(
                "reads",
                Verdict::Ok,
                "every read that the recipes in use need is allowed",
            ),
        }
        Ok(())
    }

    /// Two free slots: one to book, one to move to.
    pub(super) async fn find_slots(&mut self, calendar: &str) -> Result<(String, Option<String>), Over> {
        let input = json!({ "calendarId": calendar, "days": 31, "count": 2 });
        let found = self.needed("free slots", "slot.find_next", input).await?;
        let slots: Vec<String> =
            serde_json::from_value(found.get("slots").cloned().unwrap_or_default()).unwrap_or_default();
        let mut slots = slots.into_iter();
        match (slots.next(), slots.next()) {
            (Some(first), second) => {
                self.find("free slots", Verdict::Ok, format!("the next one is {first}"));
                Ok((first, second))
            }
            (None, _) => {
                let detail = "none in the next 31 days; give a calendar that can be booked with `--calendar`";
                self.find("free slots", Verdict::Failed, detail);
                Err(Over)
            }
        }
    }
}

/// What a finding of the probe means for the rules; nothing of a mere note.
fn judge_probed(finding: &Value) -> Option<(Verdict, String)> {
    let text = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or_default();
    let verdict = match (text("severity"), text("code")) {
        ("error", _) | ("warning", "scope-refused") => Verdict::Failed,
        ("warning", _) => Verdict::Warning,
        _ => return None,
    };
    Some((verdict, text("message").to_owned()))
}
