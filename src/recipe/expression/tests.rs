//! The language as its tables: what an expression is worth, and what is said of one that is wrong.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{ExpressionError, FILTERS, Scope, parse, parse_filters};
use crate::knock::USUAL_TIMES;
use crate::zone::Zone;

fn values() -> Map<String, Value> {
    let values = json!({
        "lead": { "firstName": "Ann", "lastName": "Lee", "phone": "(512) 555-0142", "age": 41, "email": null },
        "rep": { "id": "7", "name": "Dana  " },
        "tags": ["roof", "hail"],
        "tables": { "regions": { "787": "South", "Süd-Ost": "3" } },
        "teams": [{ "team": ["d", "m"] }, { "team": ["m"] }, {}],
        "rules": [{ "type": "wday", "day": "Monday", "intervals": [{ "from": "9:00", "to": "12:00" }] }],
        "groups": [{ "slug": "south" }, { "slug": "north", "name": "North" }],
        "plans": [{ "startTime": "2030-06-04T10:00:00-05:00", "endTime": "2030-06-04T11:00:00-05:00" }],
        "zip": "787",
        "start": "2030-06-04T10:00:00-05:00",
        "eve": "2030-03-09T02:30:00-06:00",
        "amount": "$12,500.00",
        "none_of_it": [],
        "odd": "Zoë 🏠 O'Neil"
    });
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

fn worth(text: &str) -> Result<Value, ExpressionError> {
    let values = values();
    let zone = Zone::named("America/Chicago");
    let scope = Scope {
        values: &values,
        calling_code: "1",
        zone: zone.as_ref(),
        times: &USUAL_TIMES,
    };
    parse(text)?.evaluate(scope)
}

#[test]
fn expressions_are_worth_what_jinja_says() {
    let table = [
        // What stands there by itself.
        ("'a'", json!("a")),
        (r#""it's""#, json!("it's")),
        (r"'a\'b\n'", json!("a'b\n")),
        ("12", json!(12)),
        ("1.5", json!(1.5)),
        ("true and none", json!(null)),
        ("[1, 'a', lead.age]", json!([1, "a", 41])),
        ("[]", json!([])),
        // Paths.
        ("lead.firstName", json!("Ann")),
        ("lead['firstName']", json!("Ann")),
        ("tags[1]", json!("hail")),
        ("tags[5]", json!(null)),
        ("lead.email", json!(null)),
        ("lead.nobody.at.all", json!(null)),
        ("tables.regions[zip]", json!("South")),
        ("tables.regions['Süd-Ost']", json!("3")),
        // Operators, the loosest first.
        ("lead.email or lead.phone", json!("(512) 555-0142")),
        ("lead.email and lead.phone", json!(null)),
        ("not lead.email", json!(true)),
        ("not 1 == 2", json!(true)),
        ("true or false and false", json!(true)),
        ("(true or false) and false", json!(false)),
        ("1 == 1.0", json!(true)),
        ("'a' != 'b'", json!(true)),
        // Forms write everything as text.
        ("zip == 787", json!(true)),
        ("zip != 787", json!(false)),
        ("zip in [786, 787.0]", json!(true)),
        ("787 in ['787']", json!(true)),
        ("787 in '786, 787'", json!(true)),
        ("'0787' == 787", json!(true)),
        ("'-1.50' == -1.5", json!(true)),
        ("zip > 786", json!(true)),
        ("'787 ' == 787", json!(true)),
        ("'78a' == 78", json!(false)),
        ("'7e2' == 700", json!(false)),
        ("'' == 0", json!(false)),
        ("'true' == true", json!(true)),
        ("'FALSE' == false", json!(true)),
        ("'yes' == true", json!(false)),
        ("'false' and 1", json!("false")),
        ("not 'False'", json!(true)),
        ("not 'no'", json!(false)),
        ("start == '2030-06-04T15:00:00Z'", json!(true)),
        ("start < '2030-06-04T15:00:01+00:00'", json!(true)),
        ("lead.age >= 41", json!(true)),
        ("'roof' in tags", json!(true)),
        ("'hai' in tags", json!(false)),
        ("'ail' in 'hail'", json!(true)),
        ("zip in tables.regions", json!(true)),
        ("'x' not in tags", json!(true)),
        ("'x' in lead.email", json!(false)),
        ("lead.firstName ~ ' ' ~ lead.age", json!("Ann 41")),
        ("1 + 2 * 3 - 4", json!(3)),
        ("7 / 2", json!(3.5)),
        ("8 / 2", json!(4)),
        ("7 % 4", json!(3)),
        ("-lead.age + 1", json!(-40)),
        ("lead.email is defined", json!(false)),
        ("lead.email is not defined", json!(true)),
        ("'old' if lead.age > 40 else 'young'", json!("old")),
        ("'old' if lead.age > 50", json!(null)),
        ("1 if false else 2 if false else 3", json!(3)),
        // Filters.
        ("lead.phone|e164", json!("+15125550142")),
        ("'nobody'|e164", json!(null)),
        ("rep.name|trim|upper", json!("DANA")),
        ("odd|lower", json!("zoë 🏠 o'neil")),
        ("odd|truncate(5)", json!("Zoë 🏠")),
        ("odd|length", json!(12)),
        ("odd|slug", json!("zo-o-neil")),
        ("'🏠'|slug", json!(null)),
        ("zip|replace('7', '77')", json!("77877")),
        ("'a; b;;c'|split(';')", json!(["a", "b", "c"])),
        ("lead.email|default('none')", json!("none")),
        ("lead.email|lower", json!(null)),
        ("[lead.firstName, lead.email, 'x']|join(', ')", json!("Ann, x")),
        ("['a', 'b']|paragraphs", json!("a\n\nb")),
        ("['a', 'b']|lines", json!("a\nb")),
        ("none_of_it|lines", json!(null)),
        ("tags|first ~ tags|last", json!("roofhail")),
        ("none_of_it|first", json!(null)),
        ("'a'|list", json!(["a"])),
        ("groups|find('slug', 'north')|get('name')", json!("North")),
        ("groups|find('slug', 'west')|get('name')", json!(null)),
        ("groups|find('name', ' NORTH ')|get('slug')", json!("north")),
        ("groups|find('slug', lead.email)", json!(null)),
        ("groups|without('slug', 'south')|length", json!(1)),
        ("groups|where('slug', 'south')|length", json!(1)),
        ("groups|where('slug', 'nowhere')", json!([])),
        ("groups|where('missing', none)|length", json!(2)),
        ("groups|where('slug', none)|length", json!(0)),
        ("groups|without('missing', true)|length", json!(2)),
        ("groups|plus(groups)|length", json!(4)),
        ("groups|among('slug', ['south', 'west'])|length", json!(1)),
        ("groups|among('slug', none_of_it)", json!([])),
        ("teams|having('team', 'm')|length", json!(2)),
        ("teams|having('team', none)", json!([])),
        ("rules|working_hours", json!(["wday monday 0540-0720"])),
        ("lead.email|working_hours", json!(null)),
        (
            "plans|overlapping('2030-06-04T15:30:00Z', '2030-06-04T16:00:00Z')|length",
            json!(1),
        ),
        (
            "plans|overlapping('2030-06-04T16:00:00Z', '2030-06-04T17:00:00Z')",
            json!([]),
        ),
        ("lead.age|text", json!("41")),
        ("amount|number / 2", json!(6250.0)),
        ("2.5|round", json!(3)),
        ("-2.4|round", json!(-2)),
        ("start|date", json!("2030-06-04")),
        ("start|day", json!("Tuesday, June 4")),
        ("start|time", json!("10:00")),
        ("'2030-06-04T20:05:00Z'|time_12", json!("3:05 PM")),
        ("start|plus_minutes(-30)", json!("2030-06-04T09:30:00-05:00")),
        ("'2030-06-04 14:00'|plus_minutes(90)", json!("2030-06-04T15:30:00")),
        ("'13/06/2030 11:30 PM'|plus_minutes('45')", json!("2030-06-14T00:15:00")),
        ("'June 4, 2030 2:00 PM'|plus_days(1)", json!("2030-06-05T14:00:00")),
        ("'June 4, 2030'|plus_days(-4)", json!("2030-05-31")),
        ("'June 4, 2030 2:00 PM'|date", json!("2030-06-04")),
        ("'June 4, 2030 2:00 PM'|time", json!("14:00")),
        ("'2030-06-04T14:00'|time_12", json!("2:00 PM")),
        ("'2 pm'|time", json!("14:00")),
        ("47638|day", json!("Tuesday, June 4")),
        ("'1950-02-03'|date", json!("1950-02-03")),
        ("'June 4, 2030 2:00 PM'|datetime", json!("2030-06-04T14:00:00")),
        (
            "'06/04/2030 2:00 PM'|datetime('%m/%d/%Y %I:%M %p')",
            json!("2030-06-04T14:00:00"),
        ),
        (
            "'06/04/2030 2:00 PM -0500'|datetime('%d/%m/%Y %I:%M %p %z')",
            json!("2030-04-06T14:00:00-05:00"),
        ),
        ("'06/04/2030'|datetime('%d/%m/%Y')", json!("2030-04-06")),
        ("1906830000000|datetime", json!("2030-06-04T19:00:00+00:00")),
    ];
    for (text, expected) in table {
        assert_eq!(worth(text), Ok(expected), "{text}");
    }
}

#[test]
fn a_day_later_is_the_same_time_of_day_also_when_the_clocks_change() {
    // The clocks of Chicago jump from 2:00 to 3:00 on 2030-03-10, and back from 2:00 to 1:00 on 2030-11-03.
    let table = [
        ("'2030-03-09T10:00:00-06:00'|plus_days(1)", "2030-03-10T10:00:00-05:00"),
        ("eve|plus_days(1)", "2030-03-10T03:00:00-05:00"),
        ("'2030-11-02T01:30:00-05:00'|plus_days(1)", "2030-11-03T01:30:00-05:00"),
        ("'2030-11-03T10:00:00-06:00'|plus_days(-1)", "2030-11-02T10:00:00-05:00"),
        ("'2030-03-09T16:00:00Z'|plus_minutes(1440)", "2030-03-10T16:00:00+00:00"),
        ("'2030-03-09T10:00'|plus_days(1)", "2030-03-10T10:00:00"),
        ("'2030-03-10T01:30'|plus_minutes(60)", "2030-03-10T03:30:00"),
        ("'2030-11-03T00:30'|plus_minutes(120)", "2030-11-03T01:30:00"),
    ];
    for (text, expected) in table {
        assert_eq!(worth(text), Ok(json!(expected)), "{text}");
    }
}

#[test]
fn what_is_wrong_is_underlined() {
    let long = format!("'{}'", "x".repeat(2_000));
    let nested = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    let huge = format!(
        "('{}'|replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'))",
        "x".repeat(1_000)
    );
    let table = [
        ("", "", "a value is missing at the end"),
        ("lead.", "", "the name of a field is missing at the end"),
        ("lead..phone", ".", "`.` stands where the name of a field is expected"),
        (
            "lead phone",
            "phone",
            "`phone` stands where an operator, or the end, is expected",
        ),
        (
            "status = 'x'",
            "=",
            "one `=` assigns, and nothing can be assigned here; `==` compares",
        ),
        ("(1 + 2", "", "`)` is missing at the end"),
        ("1 +", "", "a value is missing at the end"),
        ("or 1", "or", "`or` stands where a value is expected"),
        ("'open", "'open", "a text begins here with ' and does not end"),
        (
            "{{ lead }}",
            "{",
            "`{` means nothing here: no brackets stand around an expression",
        ),
        ("lead.phone|e165", "e165", "`e165` is no filter; did you mean `e164`?"),
        ("lead.phone|", "", "the name of a filter is missing at the end"),
        (
            "zip|truncate",
            "truncate",
            "the filter `truncate` takes 1 in brackets, like `truncate(80)`",
        ),
        (
            "zip|trim(1)",
            "trim(1)",
            "the filter `trim` takes nothing in brackets, like `trim`",
        ),
        (
            "now()",
            "now",
            "`now` is no function; there are none, but filters: `value|now`",
        ),
        (&long, &long, "has 2002 bytes, more than the 2000 that it may have"),
        (&nested, "(", "more than 40 things stand in each other here"),
        // Worked out, and not to be worked out.
        (
            "lead.email ~ 'x'",
            "~",
            "`lead.email` is absent, and cannot be joined; write `…|default('')` where it may be",
        ),
        ("lead ~ 'x'", "~", "`lead` is an object, and cannot be joined"),
        (
            "zip + 1",
            "+",
            "`zip` is text, and this is for numbers; texts are joined by `~`",
        ),
        (
            "lead.email + 1",
            "+",
            "`lead.email` is absent, and this is for numbers; write `…|default(0)` where it may be",
        ),
        ("1 / 0", "/", "nothing can be divided by zero"),
        (
            "(9223372036854775807 * 2)|round",
            "round",
            "`round`: the number is too large",
        ),
        (
            "lead.age > tags",
            ">",
            "`lead.age` is a number and `tags` is a list: neither is more than the other",
        ),
        ("1 in lead.age", "in", "`lead.age` is a number: nothing can be in it"),
        ("tags|upper", "upper", "`upper`: a list is no text"),
        ("zip|first", "first", "`first`: text is no list"),
        ("odd|number", "number", "`number`: `Zoë 🏠 O'Neil` is no number"),
        (
            "'soon'|date",
            "date",
            "`date`: `soon` is not a time; write it like `2030-06-03T10:00:00-05:00`",
        ),
        ("tags|date", "date", "`date`: a list is not a time"),
        ("'2 pm'|date", "date", "`date`: `2 pm` is not a day"),
        ("'2030-06-04'|time", "time", "`time`: `2030-06-04` has no time of day"),
        (
            "'2030-06-04'|plus_minutes(90)",
            "plus_minutes(90)",
            "`plus_minutes`: `2030-06-04` is not a day with a time of day",
        ),
        (
            "'3/4/2030 2 pm'|datetime",
            "datetime",
            "`datetime`: `3/4/2030 2 pm` can be March 4 or April 3; set `date_order` in `[source]` to `\"month-first\"` or \
             `\"day-first\"`, or write it like `2030-06-03`",
        ),
        (
            "'tomorrow 3pm'|datetime",
            "datetime",
            "`datetime`: `tomorrow 3pm` depends on the day of the event: only fields of times can read it",
        ),
        (
            "'3/4/2030'|datetime('%Y-%m-%d')",
            "datetime('%Y-%m-%d')",
            "`datetime`: `3/4/2030` has another format than `%Y-%m-%d`",
        ),
        (
            "zip|datetime('MM/DD/YYYY')",
            "datetime('MM/DD/YYYY')",
            "`datetime`: the format names no part of a time: write it like `%m/%d/%Y %I:%M %p`",
        ),
        (
            "start|plus_days('a')",
            "plus_days('a')",
            "`plus_days`: `\"a\"` is not a whole number",
        ),
        (
            "start|plus_days(999999999)",
            "plus_days(999999999)",
            "`plus_days`: that day is out of range",
        ),
        (
            "zip|replace('', 'x')",
            "replace('', 'x')",
            "`replace`: an empty text cannot be replaced",
        ),
        (
            &huge,
            "replace('x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy')",
            "`replace`: becomes too large: more than 16384",
        ),
    ];
    for (text, underlined, message) in table {
        let Err(error) = worth(text) else {
            panic!("`{text}` is worth something");
        };
        let (from, to) = error.span;
        assert_eq!(
            (text.get(from..to), error.message.as_str()),
            (Some(underlined), message),
            "{text}"
        );
    }
}

#[test]
fn every_filter_shows_an_example_that_can_be_read() {
    for filter in FILTERS {
        let calls = parse_filters(filter.example).unwrap();
        assert_eq!(calls.first().map(|call| call.filter.name), Some(filter.name));
    }
}

proptest! {
    /// Whatever stands there, it is read or refused, with a place that is within the text.
    #[test]
    fn any_text_is_read_or_refused_in_place(text in "[a-z0-9 .'\"()\\[\\]|~+*/%<>=!,{}é🏠-]{0,60}") {
        if let Err(error) = worth(&text) {
            prop_assert!(text.get(error.span.0..error.span.1).is_some(), "{:?} of {text:?}", error.span);
            prop_assert!(!error.message.is_empty());
        }
    }
}
