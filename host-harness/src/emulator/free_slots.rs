//! `GET /calendars/{calendarId}/free-slots`.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::appointment::with_offset;
use super::call::{Call, instant, zone};
use super::hours::Span;
use super::reply::{Outcome, Refusal};
use super::route::Route;
use super::slots::Diary;

pub(super) const ROUTES: &[Route] = &[Route::get(
    "slots.list_free",
    "/calendars/{calendarId}/free-slots",
    "calendars.readonly",
    list_free,
)];

/// The longest range GHL takes.
const LONGEST: TimeDelta = TimeDelta::days(31);

fn list_free(call: &mut Call<'_>) -> Outcome {
    let [from, to] = call.query_millis(["startDate", "endDate"])?;
    let asked = Span {
        start: instant(from),
        end: instant(to),
    };
    let shown_in = match call.query.get("timezone") {
        None => call.store.zone,
        Some(name) => zone(name)?,
    };
    let calendar = call.seen_calendar(call.id())?;
    if asked.end - asked.start > LONGEST {
        // The words are ours: GHL's were not recorded.
        return Err(Refusal::bad_request("Date range cannot be more than 31 days"));
    }
    let mut days: Map<String, Value> = Map::new();
    if !calendar.active || asked.end <= asked.start {
        return Ok(Value::Object(days));
    }

    let members: Vec<&str> = ["userId", "userIds"]
        .into_iter()
        .flat_map(|name| call.query.all(name))
        .collect();
    let let_in = |member: &str| members.is_empty() || members.contains(&member);
    let diary = Diary::of(call.store, call.seen(), calendar, asked, None);
    for slot in diary.free_slots(asked, let_in) {
        if calendar.is_in_range(slot.start, call.now) {
            show(&mut days, slot.start, shown_in);
        }
    }
    Ok(Value::Object(days))
}

fn show(days: &mut Map<String, Value>, start: DateTime<Utc>, zone: Tz) {
    let date = start.with_timezone(&zone).date_naive().to_string();
    let day = days.entry(date).or_insert_with(|| json!({ "slots": [] }));
    if let Some(slots) = day.get_mut("slots").and_then(Value::as_array_mut) {
        slots.push(Value::from(with_offset(start, zone)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{Trial, tuesday};
    use crate::emulator::{Calendar, CalendarKind, OpenHours, Seed};

    const TUESDAY: &str = "2026-03-03T00:00:00-06:00";

    /// A calendar that is open around the clock.
    fn always_open(slot_minutes: u32) -> Trial {
        let mut seed = Seed::demo();
        seed.calendars.push(Calendar {
            slot_minutes,
            open_hours: vec![OpenHours {
                days: (0..=6).collect(),
                from: "00:00".parse().unwrap(),
                to: "24:00".parse().unwrap(),
            }],
            ..Calendar::new("always", "Always", CalendarKind::Event, &[])
        });
        Trial::of(seed)
    }

    fn slots<'a>(free: &'a Value, date: &str) -> Vec<&'a str> {
        let slots = free[date]["slots"].as_array();
        let slots = slots.map(Vec::as_slice).unwrap_or_default();
        slots.iter().filter_map(Value::as_str).collect()
    }

    fn count(trial: &mut Trial, calendar: &str) -> usize {
        let free = trial.free(calendar, TUESDAY, 1);
        slots(&free, "2026-03-03").len()
    }

    #[test]
    fn slots_are_a_map_by_date_with_the_trace_beside() {
        let free = Trial::demo().free(Seed::ROOF_INSPECTIONS, "2026-03-07T00:00:00-06:00", 2);
        let tuesday = slots(&free, "2026-03-07");
        assert_eq!(tuesday.len(), 10);
        assert_eq!(tuesday[0], "2026-03-07T08:00:00-06:00");
        assert!(free["traceId"].is_string());
        assert_eq!(free.get("2026-03-08"), None, "Sunday is closed");
    }

    #[test]
    fn a_day_of_23_hours_has_23_slots_of_an_hour() {
        let free = always_open(60).free("always", "2026-03-08T00:00:00-06:00", 1);
        let day = slots(&free, "2026-03-08");
        assert_eq!(day.len(), 23);
        assert_eq!(day[1], "2026-03-08T01:00:00-06:00");
        assert_eq!(day[2], "2026-03-08T03:00:00-05:00");
    }

    #[test]
    fn a_day_of_25_hours_has_25_slots_of_an_hour() {
        let mut trial = always_open(60);
        let free = trial.free("always", "2026-11-01T00:00:00-05:00", 2);
        let day = slots(&free, "2026-11-01");
        assert_eq!(day.len(), 25);
        assert_eq!(day[1], "2026-11-01T01:00:00-05:00");
        assert_eq!(day[2], "2026-11-01T01:00:00-06:00");
        // The hour that comes twice can be booked twice.
        for start in [day[1], day[2]] {
            assert_eq!(trial.book("always", start).status, 200);
        }
    }

    #[test]
    fn an_opening_that_the_clocks_leave_out_begins_after_the_gap() {
        let mut seed = Seed::demo();
        seed.calendars.push(Calendar {
            open_hours: vec![OpenHours {
                days: vec![0],
                from: "02:30".parse().unwrap(),
                to: "04:00".parse().unwrap(),
            }],
            ..Calendar::new("early", "Early", CalendarKind::Event, &[])
        });
        let free = Trial::of(seed).free("early", "2026-03-08T00:00:00-06:00", 1);
        let expected = ["2026-03-08T03:00:00-05:00", "2026-03-08T03:30:00-05:00"];
        assert_eq!(slots(&free, "2026-03-08"), expected);
    }

    #[test]
    fn keys_and_offsets_follow_the_zone_that_is_asked_for() {
        let mut trial = Trial::demo();
        let from = 1_772_517_600_000_i64;
        let target = format!(
            "/calendars/{}/free-slots?startDate={from}&endDate={}&timezone=Asia%2FTokyo",
            Seed::ROOF_INSPECTIONS,
            from + 24 * 60 * 60 * 1000
        );
        let free = trial.get(&target).body;
        assert_eq!(slots(&free, "2026-03-03")[0], "2026-03-03T23:00:00+09:00");
        assert_eq!(slots(&free, "2026-03-04").len(), 9);
        let nowhere = trial.get(&target.replace("Tokyo", "Nowhere"));
        assert_eq!(nowhere.status, 422);
    }

    #[test]
    fn more_than_31_days_and_seconds_are_no_range() {
        let mut trial = Trial::demo();
        let mut status = |from: i64, to: i64| {
            let calendar = Seed::ROOF_INSPECTIONS;
            let query = format!("startDate={from}&endDate={to}");
            let answer = trial.get(&format!("/calendars/{calendar}/free-slots?{query}"));
            (answer.status, answer.body.as_object().unwrap().len())
        };
        let day = 24 * 60 * 60 * 1000;
        let from = 1_772_517_600_000;
        assert_eq!(status(from, from + 31 * day).0, 200);
        assert_eq!(status(from, from + 31 * day + 1).0, 400);
        for out_of_bounds in [i64::MIN, -62_135_596_800_000, 253_402_300_799_999, i64::MAX] {
            status(out_of_bounds, out_of_bounds.saturating_add(day));
            status(out_of_bounds.saturating_sub(day), out_of_bounds);
        }
        // Seconds are 1970, where there is nothing but a trace id.
        assert_eq!(status(from / 1000, (from + day) / 1000), (200, 1));
        let answer = trial.get(&format!(
            "/calendars/{}/free-slots?startDate=today",
            Seed::ROOF_INSPECTIONS
        ));
        assert_eq!(answer.status, 422);
        assert_eq!(answer.body["message"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_round_robin_is_free_while_one_member_is() {
        let mut trial = Trial::demo();
        let hour = tuesday("10:00");
        let roof = Seed::ROOF_INSPECTIONS;
        assert_eq!(count(&mut trial, roof), 10);
        // Dana is taken in a calendar of her own.
        assert_eq!(trial.book(Seed::DANA_CLOSER, hour.clone()).status, 200);
        assert_eq!(count(&mut trial, roof), 10);
        assert_eq!(trial.book(roof, hour.clone()).status, 200);
        assert_eq!(count(&mut trial, roof), 9);
        let marcus = trial.ghl.appointments().last().unwrap();
        assert_eq!(marcus.assigned_user_id.as_deref(), Some(Seed::MARCUS));
        assert_eq!(trial.book(roof, hour).status, 400);
    }

    #[test]
    fn a_collective_is_free_while_all_members_are() {
        let mut trial = Trial::demo();
        let estimates = Seed::ESTIMATE_TEAM;
        let before = count(&mut trial, estimates);
        let mut body = Trial::booking(Seed::ROOF_INSPECTIONS, tuesday("10:00"));
        body["assignedUserId"] = json!(Seed::MARCUS);
        assert_eq!(trial.post("/calendars/events/appointments", body).status, 200);
        // Starts at 9:00 (its buffer), 9:30, 10:00 and 10:30 are gone.
        assert_eq!(count(&mut trial, estimates), before - 4);
        assert_eq!(trial.book(estimates, tuesday("14:00")).status, 200);
        let both = trial.ghl.appointments().last().unwrap();
        assert_eq!(both.users, [Seed::MARCUS, Seed::RILEY]);
    }

    #[test]
    fn a_class_has_seats() {
        let mut trial = Trial::demo();
        for seat in 1..=9 {
            let answer = trial.book(Seed::SOLAR_WORKSHOP, tuesday("17:00"));
            assert_eq!(answer.status, if seat <= 8 { 200 } else { 400 });
        }
        assert_eq!(count(&mut trial, Seed::SOLAR_WORKSHOP), 1);
    }

    #[test]
    fn a_day_can_be_full_and_buffers_are_kept() {
        let mut seed = Seed::demo();
        for calendar in &mut seed.calendars {
            calendar.per_day = Some(2);
            calendar.pre_buffer_minutes = 15;
        }
        let mut trial = Trial::of(seed);
        let house = Seed::OPEN_HOUSE;
        assert_eq!(count(&mut trial, house), 16);
        assert_eq!(trial.book(house, tuesday("10:00")).status, 200);
        assert_eq!(count(&mut trial, house), 13);
        assert_eq!(trial.book(house, tuesday("10:30")).status, 400);
        assert_eq!(trial.book(house, tuesday("11:00")).status, 200);
        assert_eq!(count(&mut trial, house), 0);
        assert_eq!(trial.book(house, tuesday("15:00")).status, 400);
    }

    #[test]
    fn slots_are_offered_neither_too_soon_nor_too_far_ahead() {
        let mut seed = Seed::demo();
        for calendar in &mut seed.calendars {
            calendar.allow_booking_after_minutes = 120;
            calendar.allow_booking_for_days = Some(1);
        }
        let mut trial = Trial::of(seed);
        // It is Monday, eight o'clock.
        let free = trial.free(Seed::ROOF_INSPECTIONS, "2026-03-02T00:00:00-06:00", 7);
        assert_eq!(slots(&free, "2026-03-02")[0], "2026-03-02T10:00:00-06:00");
        assert_eq!(slots(&free, "2026-03-03"), ["2026-03-03T08:00:00-06:00"]);
        assert_eq!(free.as_object().unwrap().len(), 3);
        assert_eq!(
            trial.book(Seed::ROOF_INSPECTIONS, "2026-03-02T09:00:00-06:00").status,
            400
        );
        let mut body = Trial::booking(Seed::ROOF_INSPECTIONS, "2026-03-02T09:00:00-06:00");
        body["ignoreDateRange"] = json!(true);
        assert_eq!(trial.post("/calendars/events/appointments", body).status, 200);
    }

    #[test]
    fn members_narrow_the_slots() {
        let mut trial = Trial::demo();
        let mut body = Trial::booking(Seed::ROOF_INSPECTIONS, tuesday("10:00"));
        body["assignedUserId"] = json!(Seed::DANA);
        assert_eq!(trial.post("/calendars/events/appointments", body).status, 200);
        let from = 1_772_517_600_000_i64;
        let mut of = |who: String| {
            let to = from + 24 * 60 * 60 * 1000;
            let target = format!(
                "/calendars/{}/free-slots?startDate={from}&endDate={to}&{who}",
                Seed::ROOF_INSPECTIONS
            );
            slots(&trial.get(&target).body, "2026-03-03").len()
        };
        assert_eq!(of(format!("userId={}", Seed::DANA)), 9);
        assert_eq!(of(format!("userId={}", Seed::MARCUS)), 10);
        assert_eq!(of(format!("userId={}", Seed::RILEY)), 0);
        assert_eq!(of(format!("userIds[]={}&userIds[]={}", Seed::DANA, Seed::MARCUS)), 10);
    }
}
