//! The spellings that are read, and those that are asked about.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// June 4, 2030, 2 PM in Chicago.
const INSTANT: i64 = 1_906_830_000;
const LOCAL: &str = "2030-06-04 14:00:00";

fn read(value: impl Into<Value>, order: Option<DateOrder>) -> Result<Written, Flaw> {
    let times = WrittenTimes {
        date_order: order,
        ..WrittenTimes::default()
    };
    times.read(&value.into()).map(|(written, _)| written)
}

/// What a text is read as: seconds since 1970, or a local time.
fn worth(text: &str, order: Option<DateOrder>) -> String {
    match read(text, order) {
        Ok(Written::Instant { time, .. }) => time.timestamp().to_string(),
        Ok(Written::Local(time)) => time.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn spellings_of_one_instant_are_that_instant() {
    let spellings = [
        "2030-06-04T14:00:00-05:00",
        "2030-06-04T14:00-05:00",
        "2030-06-04 14:00:00-05:00",
        "2030-06-04 14:00:00 -05:00",
        "2030-06-04 14:00-05:00",
        "2030-06-04T14:00:00-0500",
        "2030-06-04T14:00:00-05",
        "2030-06-04t14:00:00.000-05:00",
        "2030-06-04T14:00:00.000000000000-05:00",
        "2030-06-04T14:00:00,5-05:00",
        "2030-06-04T14-05:00",
        "2030-06-04T19:00:00Z",
        "2030-06-04T19:00Z",
        "2030-06-04 19:00:00 z",
        "2030-06-04 19:00:00 UTC",
        "2030-06-04 19:00:00 +0000 UTC",
        "2030-06-04T19:00:00+00:00",
        "2030-06-04T19:00:00+0000",
        "2030-06-04T19:00:00+00",
        "2030-06-04T21:00:00+02:00",
        "2030-06-05T00:30:00+05:30",
        "20300604T190000Z",
        "20300604T1900Z",
        "20300604T140000-0500",
        "20300604190000Z",
        "2030-06-04T14:00:00-05:00[America/Chicago]",
        "2030-06-04T13:00-06:00[America/Denver]",
        "2030-06-04T14:00[America/Chicago]",
        "2030-06-04T19:00Z[UTC]",
        "2030-06-04T14:00:00-05:00[America/Chicago][u-ca=iso8601]",
        "2030-06-04 14:00 America/Chicago",
        "Tue, 04 Jun 2030 14:00:00 -0500",
        "Tue, 4 Jun 2030 14:00 -0500",
        "04 Jun 30 14:00:00 -0500",
        "Tue, 04 Jun 2030 19:00:00 GMT",
        "Tue, 04 Jun 2030 14:00:00 CDT",
        "Tue, 04 Jun 2030 14:00:00 -0500 (CDT)",
        "Tue Jun 04 2030 14:00:00 GMT-0500 (Central Daylight Time)",
        "Tue Jun 04 2030 14:00:00 GMT-0500",
        "Tue Jun  4 14:00:00 CDT 2030",
        "6/4/2030, 2:00:00 PM CDT",
        "June 4, 2030 2:00 PM CDT",
        "June 4, 2030 at 3:00 PM EDT",
        "June 4, 2030 1 pm MDT",
        "June 4, 2030 noon PDT",
        "June 4, 2030 2:00 PM (CDT)",
        "June 4, 2030 2:00 PM Central Time",
        "June 4, 2030 2:00 PM Central Daylight Time",
        "June 4, 2030 2 PM CT",
        "June 4, 2030 12:00 PM Mountain Standard Time",
        "2030-06-04 14:00:00 GMT-5",
        "2030-06-04 14:00:00 UTC-05:00",
        "04/Jun/2030:14:00:00 -0500",
        "1906830000",
        "1906830000.0",
        "1906830000000",
        "1906830000000000",
        "1906830000000000000",
        "  '2030-06-04T14:00:00-05:00\u{200b} ",
        "\"2030-06-04T14:00:00\u{2212}05:00\"",
    ];
    for text in spellings {
        assert_eq!(worth(text, Some(DateOrder::MonthFirst)), INSTANT.to_string(), "{text}");
    }
    for number in [
        json!(1_906_830_000),
        json!(1_906_830_000_000_u64),
        json!(1_906_830_000.0),
    ] {
        let Ok(Written::Instant { time, basis }) = read(number.clone(), None) else {
            panic!("{number} is no instant");
        };
        assert_eq!((time.timestamp(), basis), (INSTANT, Basis::Epoch), "{number}");
    }
}

#[test]
fn spellings_of_one_local_time_are_that_time() {
    let spellings = [
        "2030-06-04T14:00:00",
        "2030-06-04T14:00",
        "2030-06-04t14:00",
        "2030-06-04 14:00",
        "2030-06-04 14:00:00.000",
        "2030-06-04 2:00 PM",
        "2030-06-04 2pm",
        "2030-06-04, 14:00",
        "2030-06-04T1400",
        "20300604T140000",
        "20300604T1400",
        "20300604 1400",
        "20300604140000",
        "203006041400",
        "2030/06/04 14:00",
        "2030/6/4 2:00 p.m.",
        "2030.06.04 14:00",
        "2030-Jun-04 14:00",
        "04.06.2030 14:00",
        "4.6.2030, 14:00",
        "04.06.30 14:00",
        "4 June 2030 14:00",
        "4 de junio de 2030 14:00",
        "martes, 4 de junio del 2030 a las 2pm",
        "4 juin 2030 14h00",
        "Dienstag, 4. Juni 2030 um 14:00 Uhr",
        "2030-06-04 200pm",
        "2030-06-04 0200 PM",
        "2030-06-04 2pm local time",
        "4 June 2030, 2:00 pm",
        "4. June 2030 14h00",
        "4-Jun-2030 14:00",
        "04-JUN-30 14:00",
        "04 Jun 2030 14h",
        "Jun-04-2030 14:00",
        "June 4, 2030 2:00 PM",
        "June 4 2030 2PM",
        "JUNE 4TH 2030 02:00PM",
        "Jun. 4, 2030, 2:00 PM",
        "Jun 4 2030 2 p.m.",
        "Jun 4, 2030 2 P.M.",
        "Jun 4, 2030 2p",
        "Jun 4, 2030 @ 2:00pm",
        "Jun 4, 2030 - 2:00pm",
        "Jun 4, 2030 at 2.00pm",
        "Tuesday, June 4th, 2030 at 2:00 PM",
        "Tuesday June 4, 2030 14:00",
        "Tue, Jun 4, 2030, 2:00:00 PM",
        "Tues 4 June 2030 14:00",
        "Tue Jun  4 14:00:00 2030",
        "2:00 PM, June 4, 2030",
        "2:00 PM on the 4th of June 2030",
        "14:00 4 June 2030",
        "14:00 on Tuesday, June 4, 2030",
        "14:00 PM June 4, 2030",
        "2030 June 4 14:00",
        "6/4/2030, 2:00:00\u{202f}PM",
        "06/04/2030\u{a0}02:00\u{a0}PM",
        "06/04/2030 14:00",
        "6/4/2030 2:00 PM",
        "6/4/2030 2pm",
        "6-4-2030 2pm",
        "06-04-2030 14:00:00",
        "6.4.2030 2:00 pm",
        "6/4/30 14:00",
        "6/4/30 2:00 PM",
        "06/04/30 2 PM",
        "Tue 6/4/2030 2:00 PM",
        "Tuesday, 6/4/2030 2:00 PM",
        "47638.5833",
        "47638.583333333336",
    ];
    for text in spellings {
        let order = match text.starts_with("04.06") || text.starts_with("4.6") {
            true => DateOrder::DayFirst,
            false => DateOrder::MonthFirst,
        };
        assert_eq!(worth(text, Some(order)), LOCAL, "{text}");
    }
    for text in [
        "04/06/2030 14:00",
        "4/6/30 2:00 PM",
        "04-06-2030 2pm",
        "04.06.2030 2:00 PM",
    ] {
        assert_eq!(worth(text, Some(DateOrder::DayFirst)), LOCAL, "{text}");
    }
    assert_eq!(read(json!(47638.5833), None), read("47638.5833", None));
}

#[test]
fn what_can_be_two_times_is_asked() {
    let asked = [
        ("03/04/2030 2:00 PM", Flaw::Order(3, 4)),
        ("3-4-30 14:00", Flaw::Order(3, 4)),
        ("3/4 2pm", Flaw::Order(3, 4)),
        ("6.4.2030 2:00 PM", Flaw::Order(6, 4)),
        ("6.4.2030 10:00", Flaw::Order(6, 4)),
        ("04.06.2030 14:00", Flaw::Order(4, 6)),
        ("2030-06-14 2-4pm", Flaw::Period),
        ("6/13/2030 5:00", Flaw::Half),
        ("May 5, 2030 7:30", Flaw::Half),
        ("30/06/04 14:00", Flaw::Year),
        ("Monday, June 4, 2030 2:00 PM", Flaw::Weekday("Tuesday")),
        ("Monday 13/06/2030 2pm", Flaw::Weekday("Thursday")),
        ("next Tuesday at 10", Flaw::Next),
        ("tomorrow at 3", Flaw::Half),
        ("tomorrow 3:00", Flaw::Half),
        ("June 14 at 2:00", Flaw::Half),
        ("13/06/2030 at 2", Flaw::Half),
        ("June 4, 2030 at midnight", Flaw::Midnight),
        ("2030-06-04 2:00 PM - 3:00 PM", Flaw::Period),
        ("2030-06-04 2:00 PM to 3:00 PM", Flaw::Period),
        ("2030-06-04 09:00-10:00", Flaw::Period),
        ("13/06/2030 11:00-1:00", Flaw::Period),
        ("2030-06-04 11:00-01:00", Flaw::Period),
        ("13/06/2030 11:00 AM-1:00 PM", Flaw::Period),
        (
            "2030-06-04T14:00-05:00[America/Denver]",
            Flaw::ZoneDiffers("America/Denver".to_owned()),
        ),
        (
            "2030-06-04T14:00[America/Denvr]",
            Flaw::Zone("america/denvr".to_owned()),
        ),
        ("1999-12-31T14:00", Flaw::OutOfRange),
        ("2200-01-01", Flaw::OutOfRange),
        ("0001-01-01T00:00:00", Flaw::OutOfRange),
        ("1970-01-01T00:00:00Z", Flaw::OutOfRange),
        ("0", Flaw::Number),
        ("1", Flaw::Number),
        ("999999999", Flaw::Number),
        ("7258118400000", Flaw::Number),
        ("06042030", Flaw::Number),
    ];
    for (text, flaw) in asked {
        assert_eq!(read(text, None), Err(flaw), "{text}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    let texts = [
        "",
        " ",
        "soon",
        "T",
        "Z",
        "-",
        "é+05:00",
        "🏠",
        "2030-13-03T10:00:00Z",
        "2030-02-30 10:00",
        "2030-06-03T25:00Z",
        "2030-06-03T24:00",
        "2030-06-03T10:60",
        "2030-06-03T10:00+15:00",
        "2030-06-03 10:00 +05:60",
        "2030-06",
        "2030-06-03-04",
        "2030-06-03T10:0",
        "2030-06-03T10:00:0",
        "2030-06-03 13:00 AM",
        "2030-06-03 00:30 PM",
        "2030-06-03 AM",
        "32/06/2030",
        "06/32/2030",
        "13/13/2030",
        "0/4/2030",
        "June 2030",
        "June 31, 2030",
        "June June 4 2030",
        "June 4, 203",
        "4 2030",
        "2:00 PM XYZ",
        "2030-06-03 10:00 [",
        "2030-06-03 10:00 (home)",
        "2030-06-03 10:00 for Ann",
        "78704 Oak",
        "tomorrow today",
        "yesterday at 2pm",
        "1.2.3.4",
        "12345678901234567890123",
        "10:00:00:00",
        "+5125550142",
        "(512) 555-0142",
    ];
    for text in texts {
        assert!(read(text, None).is_err(), "{text}: {:?}", read(text, None));
    }
    assert_eq!(read(json!({}), None), Err(Flaw::Invalid));
    assert_eq!(read("2030-06-04".repeat(100), None), Err(Flaw::Invalid));
}

#[test]
fn unambiguous_days_need_no_setting() {
    for text in [
        "13/06/2030 2pm",
        "06/13/2030 2pm",
        "13.06.2030 14:00",
        "6/13/30 14:00",
        "13/6/30 2 PM",
    ] {
        assert_eq!(worth(text, None), "2030-06-13 14:00:00", "{text}");
    }
    assert_eq!(worth("04/04/2030 2pm", None), "2030-04-04 14:00:00");
}

#[test]
fn another_order_than_the_usual_one_is_noted() {
    let times = |order| WrittenTimes {
        date_order: Some(order),
        ..WrittenTimes::default()
    };
    let differs = |text: &str, order| times(order).read(&text.into()).unwrap().1;
    assert!(differs("13/06/2030 2pm", DateOrder::MonthFirst));
    assert!(differs("06/13/2030 2pm", DateOrder::DayFirst));
    assert!(!differs("06/13/2030 2pm", DateOrder::MonthFirst));
    assert!(!differs("04/04/2030 2pm", DateOrder::DayFirst));
    assert!(!differs("2030-06-13 2pm", DateOrder::DayFirst));
}

#[test]
fn parts_of_a_time_are_read_alone() {
    let date = NaiveDate::from_ymd_opt(2030, 6, 4).unwrap();
    for text in [
        "2030-06-04",
        "20300604",
        "June 4, 2030",
        "Tuesday, 4 June 2030",
        "4 juin 2030",
        "47638",
        "47638.0",
    ] {
        assert_eq!(read(text, None), Ok(Written::Date(date)), "{text}");
    }
    let time = NaiveTime::from_hms_opt(14, 0, 0).unwrap();
    for text in ["2pm", "2:00 PM", "14:00", "1400", "0.5833", "2 p.m.", "14h00"] {
        assert_eq!(read(text, None), Ok(Written::TimeOfDay(time, Mark::None)), "{text}");
    }
    assert!(matches!(
        read("2:00 PM CDT", None),
        Ok(Written::TimeOfDay(_, Mark::Abbreviation(..)))
    ));
    let ahead = |day| {
        Ok(Written::Relative {
            day,
            time: Some(time),
            mark: Mark::None,
        })
    };
    assert_eq!(read("tomorrow 2pm", None), ahead(Day::Ahead(1)));
    assert_eq!(read("Today at 14:00", None), ahead(Day::Ahead(0)));
    assert_eq!(
        read("this Tuesday at 2pm", None),
        ahead(Day::Coming(chrono::Weekday::Tue))
    );
}

#[test]
fn days_count_from_the_day_on_which_they_are_said() {
    let today = NaiveDate::from_ymd_opt(2030, 11, 30).unwrap();
    let seen = |text: &str| match read(text, Some(DateOrder::MonthFirst)) {
        Ok(Written::Relative { day, .. }) => day.seen_from(today).map(|date| date.to_string()),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(seen("tomorrow 2pm"), Ok("2030-12-01".to_owned()));
    assert_eq!(seen("Tuesday 2pm"), Ok("2030-12-03".to_owned()));
    assert_eq!(seen("Saturday 2pm"), Err(Flaw::Next), "it is a Saturday");
    assert_eq!(seen("Jan 4 2pm"), Ok("2031-01-04".to_owned()));
    assert_eq!(seen("1/4 2pm"), Ok("2031-01-04".to_owned()));
    assert_eq!(seen("November 30 at 2pm"), Ok("2030-11-30".to_owned()));
    assert_eq!(seen("November 29 at 2pm"), Err(Flaw::NoYear));
    assert_eq!(seen("Monday, Jan 4 2pm"), Err(Flaw::Weekday("Saturday")));
}

#[test]
fn an_abbreviation_of_the_other_season_is_noted() {
    let basis = |text: &str| match read(text, None) {
        Ok(Written::Instant { basis, .. }) => basis,
        other => panic!("{text}: {other:?}"),
    };
    let cdt = FixedOffset::west_opt(5 * 3600).unwrap();
    assert_eq!(basis("June 4, 2030 2:00 PM CST"), Basis::OtherSeason(cdt));
    assert_eq!(basis("June 4, 2030 2:00 PM CDT"), Basis::Offset);
    assert_eq!(basis("January 4, 2030 2:00 PM CST"), Basis::Offset);
    assert_eq!(basis("January 4, 2030 2:00 PM EDT"), Basis::OtherSeason(cdt));
    assert_eq!(basis("2030-06-04T14:00Z"), Basis::Utc);
    assert_eq!(basis("2030-06-04T14:00+00:00"), Basis::Utc);
}

#[test]
fn lengths_are_read_in_minutes() {
    for text in [
        "90",
        "90.0",
        "90 minutes",
        "90min",
        "90m",
        "1:30",
        "01:30:00",
        "1.5 hours",
        "1h 30m",
        "1 hr 30 min",
        "1 hour, 30 minutes",
        "1 hour and 30 minutes",
        "PT90M",
        "pt1h30m",
        "5400 s",
    ] {
        assert_eq!(minutes(text), Some(90), "{text}");
    }
    for text in [
        "", "0", "-90", "long", "1:3", "1:60", "1:30:30", "30m 1h", "1h 1h", "PT", "90 days", "1e9", "90 90",
    ] {
        assert_eq!(minutes(text), None, "{text}");
    }
}

#[test]
fn a_format_reads_what_it_says_and_nothing_else() {
    let times = |format: &str| WrittenTimes {
        formats: vec![Format::parse(format).unwrap()],
        ..WrittenTimes::default()
    };
    let table = [
        ("%m/%d/%Y %I:%M %p", "03/04/2030 2:00 PM", "2030-03-04 14:00:00"),
        ("%d/%m/%Y %I:%M%p", "3/4/2030 2:00 p.m.", "2030-04-03 14:00:00"),
        ("%Y%m%d%H%M", "203006041400", "2030-06-04 14:00:00"),
        ("%d.%m.%y um %H Uhr", "4.6.30 um 14 Uhr", "2030-06-04 14:00:00"),
        ("%A, %d-%b-%y %T", "Tuesday, 04-Jun-30 14:00:00", "2030-06-04 14:00:00"),
        ("%-m/%-d/%Y at %-I %p", "6/4/2030  at 2 PM", "2030-06-04 14:00:00"),
        ("%y%m%d %R", "300604 14:00", "2030-06-04 14:00:00"),
        ("%F %T%.3f", "2030-06-04 14:00:00.000", "2030-06-04 14:00:00"),
        ("%H:%M %d/%m/%Y", "14:00 04/06/2030", "2030-06-04 14:00:00"),
    ];
    for (format, text, expected) in table {
        let read = times(format).read(&text.into());
        let Ok((Written::Local(time), _)) = &read else {
            panic!("{format} of {text}: {read:?}");
        };
        assert_eq!(time.to_string(), expected, "{format} of {text}");
    }
    let read = |format: &str, text: &str| times(format).read(&text.into()).map(|(written, _)| written);
    assert!(matches!(
        read("%d/%m/%Y %H:%M %z", "04/06/2030 14:00 -05:00"),
        Ok(Written::Instant { .. })
    ));
    assert!(matches!(
        read("%d/%m/%Y %H:%M %Z", "04/06/2030 14:00 CDT"),
        Ok(Written::Instant { .. })
    ));
    assert!(matches!(read("%d/%m/%Y", "04/06/2030"), Ok(Written::Date(_))));
    assert!(matches!(read("%H%M", "1400"), Ok(Written::TimeOfDay(..))));
    // What has another format is read as usual, and what has it is not.
    assert!(matches!(read("%d/%m/%Y", "2030-06-04T14:00"), Ok(Written::Local(_))));
    assert_eq!(read("%d/%m/%Y", "03/04/2030 14:00"), Err(Flaw::Order(3, 4)));
    assert_eq!(read("%d/%m/%Y", "06/13/2030"), Err(Flaw::Invalid));
    assert_eq!(read("%A %d/%m/%Y", "Monday 04/06/2030"), Err(Flaw::Weekday("Tuesday")));
}

#[test]
fn a_format_that_cannot_work_says_why() {
    let table = [
        ("", "names no part of a time"),
        ("MM/DD/YYYY hh:mm a", "names no part of a time"),
        ("%m/%d/%Y %I:%M", "no `%p`"),
        ("%m/%d %H:%M", "not all of it"),
        ("%Q", "`%Q` is not known"),
        ("%Y-%m-%d %", "ends with `%`"),
        ("%m/%m/%Y", "twice"),
        ("%Y-%m-%d %M", "no hour"),
        ("%A", "neither a date nor an hour"),
    ];
    for (format, wrong) in table {
        let error = Format::parse(format).unwrap_err();
        assert!(error.contains(wrong), "{format}: {error}");
    }
}

/// Ways to write a date, and the order that the configuration has to name for them.
const DATES: &[(&str, Option<DateOrder>)] = &[
    ("%Y-%m-%d", None),
    ("%Y/%m/%d", None),
    ("%Y.%-m.%-d", None),
    ("%Y-%b-%d", None),
    ("%B %-d, %Y", None),
    ("%b %-d %Y", None),
    ("%b. %-d, %Y", None),
    ("%-d %B %Y", None),
    ("%-d. %B %Y", None),
    ("%d-%b-%Y", None),
    ("%d-%b-%y", None),
    ("%b-%d-%Y", None),
    ("%A, %B %-d, %Y", None),
    ("%a, %d %b %Y", None),
    ("the %-d of %B %Y", None),
    ("%m/%d/%Y", Some(DateOrder::MonthFirst)),
    ("%-m/%-d/%y", Some(DateOrder::MonthFirst)),
    ("%m-%d-%Y", Some(DateOrder::MonthFirst)),
    ("%a %-m/%-d/%Y", Some(DateOrder::MonthFirst)),
    ("%d/%m/%Y", Some(DateOrder::DayFirst)),
    ("%-d.%-m.%Y", Some(DateOrder::DayFirst)),
    ("%d.%m.%y", Some(DateOrder::DayFirst)),
];

const TIMES: &[&str] = &[
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.000",
    "%-I:%M %p",
    "%I:%M%p",
    "%-I:%M:%S %P",
    "%-I.%M %p",
    "%Hh%M",
];

const BETWEEN: &[&str] = &[" ", ", ", " at ", " @ ", " - ", "  ", "\u{202f}", "\u{a0}"];

/// What may stand behind a time, and the seconds east of Greenwich that it means.
const MARKS: &[(&str, Option<i32>)] = &[
    ("", None),
    ("Z", Some(0)),
    (" UTC", Some(0)),
    (" GMT", Some(0)),
    (" -0500", Some(-5 * 3600)),
    (" +05:30", Some(19_800)),
    (" GMT-0700", Some(-7 * 3600)),
    (" UTC+2", Some(2 * 3600)),
    (" -0500 (Central Daylight Time)", Some(-5 * 3600)),
];

proptest! {
    /// Any date and any time of day that are written in any of the usual ways, in any order and case, are that time.
    #[test]
    fn any_spelling_of_a_time_is_that_time(
        (days, minutes) in (0..35_000_i64, 0..1440_i64),
        (date, order) in prop::sample::select(DATES),
        time in prop::sample::select(TIMES),
        between in prop::sample::select(BETWEEN),
        (mark, offset) in prop::sample::select(MARKS),
        case in 0..3_u8,
        is_time_first in any::<bool>(),
    ) {
        // Nobody writes `2:00 PMZ`.
        let time = if mark == "Z" { "%H:%M:%S" } else { time };
        let start = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap().and_time(NaiveTime::MIN);
        let local = start + chrono::TimeDelta::days(days) + chrono::TimeDelta::minutes(minutes);
        let (date, time) = (local.format(date), local.format(time));
        let text = match is_time_first && between != " - " {
            true => format!("{time}{mark} {date}"),
            false => format!("{date}{between}{time}{mark}"),
        };
        let text = match case {
            0 => text.to_uppercase(),
            1 => text.to_lowercase(),
            _ => text,
        };
        let expected = match offset {
            None => Written::Local(local),
            Some(seconds) => {
                let offset = FixedOffset::east_opt(seconds).unwrap();
                let basis = if seconds == 0 { Basis::Utc } else { Basis::Offset };
                let time = local.and_local_timezone(offset).unwrap();
                Written::Instant { time, basis }
            }
        };
        prop_assert_eq!(read(text.as_str(), order), Ok(expected), "{}", text);
    }

    /// Where nothing says which comes first, two numbers that can be both are never read.
    #[test]
    fn a_date_that_can_be_two_is_never_guessed(
        (one, other) in (1..=12_u32, 1..=12_u32),
        between in prop::sample::select(&["/", "-"][..]),
        time in prop::sample::select(&["14:00", "2:00 PM", "2pm"][..]),
    ) {
        let text = format!("{one}{between}{other}{between}2030 {time}");
        match read(text.as_str(), None) {
            Ok(Written::Local(time)) => prop_assert!(one == other && time.month() == one && time.day() == one),
            read => prop_assert_eq!(read, Err(Flaw::Order(one, other))),
        }
    }

    /// What a format writes it reads, whatever else its numbers could mean.
    #[test]
    fn a_format_reads_what_it_writes(
        (days, minutes) in (0..35_000_i64, 0..1440_i64),
        format in prop::sample::select(&[
            "%d/%m/%Y %H:%M", "%m/%d/%y %I:%M %p", "%Y%m%d%H%M", "%d%m%Y %R", "%H:%M %d.%m.%Y", "%A %e %B %Y, %l %M%P",
            "%F %T", "%D %T",
        ][..]),
    ) {
        let start = NaiveDate::from_ymd_opt(2001, 1, 1).unwrap().and_time(NaiveTime::MIN);
        let local = start + chrono::TimeDelta::days(days) + chrono::TimeDelta::minutes(minutes);
        let text = local.format(format).to_string();
        let times = WrittenTimes { formats: vec![Format::parse(format).unwrap()], ..WrittenTimes::default() };
        prop_assert_eq!(times.read(&text.clone().into()), Ok((Written::Local(local), false)), "{}", text);
    }

    /// Whatever stands there, it is read or refused with a sentence.
    #[test]
    fn any_text_is_read_or_refused(text in "([0-9]{1,4}|[ :/.,+()\\[\\]TtZ-]|am|PM|June|Tue|CST|noon|next|tomorrow|é|🏠){0,12}") {
        if let Err(flaw) = read(text.as_str(), None) {
            prop_assert!(!flaw.message(&text).is_empty() && !flaw.code().is_empty());
        }
    }
}
