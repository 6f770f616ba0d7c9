//! Where visits are, when that is there, and who lives there, as a configuration reads events.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::Configuration;
use crate::document::Problem;
use crate::knock::{Address, Happening, Incoming, LeadBooked, Warning};

/// A configuration in Chicago, with more.
fn configuration(more: &Value) -> Configuration {
    let mut configuration = json!({ "location_id": "here", "calendar_id": "c", "time_zone": "America/Chicago" });
    for (key, value) in more.as_object().unwrap() {
        configuration[key] = value.clone();
    }
    Configuration::read(&configuration.to_string()).unwrap()
}

/// A visit as it is read, with its warnings; else its problems.
fn booked(more: &Value, data: &Value) -> Result<(LeadBooked, Vec<Warning>), Vec<Problem>> {
    let mut data = data.clone();
    data["attendees"] = json!(["ann@example.com"]);
    let incoming = Incoming {
        id: Some("e".to_owned()),
        trigger: "knocker.lead_booked".to_owned(),
        subject: Some("s".to_owned()),
        occurred_at: "2030-06-03T08:00:00Z".to_owned(),
        expires_at: None,
        notify: true,
        data_json: data.to_string(),
    };
    match configuration(more).event(&incoming, &[]) {
        Ok(event) => match event.happening {
            Happening::LeadBooked(booked) => Ok((*booked, event.warnings)),
            other => panic!("{other:?}"),
        },
        Err(problems) => Err(problems),
    }
}

/// The start of a visit at 10:00 AM somewhere, and the codes of what is said about it; else the code of its problem.
fn at_ten(more: &Value, address: &Value) -> String {
    start(more, &json!({ "startTime": "2030-06-04T10:00", "address": address }))
}

fn start(more: &Value, data: &Value) -> String {
    match booked(more, data) {
        Ok((booked, warnings)) => {
            let codes = warnings.iter().map(|warning| warning.code.clone());
            let end = booked.slot.end.map(|end| end.to_rfc3339());
            let words = [booked.slot.start.to_rfc3339()].into_iter().chain(end).chain(codes);
            words.collect::<Vec<_>>().join(" ")
        }
        Err(problems) => {
            let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
            codes.join(" ")
        }
    }
}

fn address(value: &Value) -> Address {
    let data = json!({ "startTime": "2030-06-04T10:00:00-05:00", "address": value });
    booked(&json!({}), &data).unwrap().0.address.unwrap()
}

const DENVER: &str = "2030-06-04T10:00:00-06:00";
const CHICAGO: &str = "2030-06-04T10:00:00-05:00";

#[test]
fn an_address_has_the_zone_of_its_state_however_both_are_written() {
    let table = json!({ "time_zones": { "Utah": "America/Denver", "TX": "America/Chicago", "799": "America/Denver" } });
    for place in [
        json!({ "street": "12 Oak St", "city": "Provo", "state": "Utah" }),
        json!({ "state": "UT." }),
        json!({ "state": "ut" }),
        json!({ "state": "UTAH " }),
        json!({ "state": "State of Utah" }),
        json!({ "state": "UT 84101" }),
        json!({ "city": "Provo, UT 84601" }),
        json!({ "street": "12 Oak St, Provo, UT 84601" }),
        json!("12 Oak St, Salt Lake City, UT 84101, USA"),
        json!({ "state": "Texas", "postalCode": "79901" }),
        json!({ "postalCode": "TX 79901" }),
        json!({ "postalCode": 79901 }),
        json!({ "postalCode": "79901.0" }),
        json!("12 Oak St, El Paso, TX 79901"),
    ] {
        assert_eq!(at_ten(&table, &place), DENVER, "{place}");
    }
    assert_eq!(at_ten(&table, &json!({ "state": "Tex." })), CHICAGO);
}

#[test]
fn states_of_other_countries_match_as_they_are_written() {
    let table =
        json!({ "time_zones": { "Ontario": "America/New_York", "BC": "America/Vancouver", "K1A": "America/Halifax" } });
    let ontario = json!({ "state": "ontario", "country": "CA" });
    assert_eq!(at_ten(&table, &ontario), "2030-06-04T10:00:00-04:00");
    let bc = json!({ "state": "B.C.", "country": "Canada" });
    assert_eq!(at_ten(&table, &bc), "2030-06-04T10:00:00-07:00");
    let ottawa = json!({ "state": "Ontario", "postalCode": "K1A 0A9", "country": "CA" });
    assert_eq!(at_ten(&table, &ottawa), "2030-06-04T10:00:00-03:00");
}

#[test]
fn without_a_table_a_state_with_one_zone_has_that_one() {
    let nothing = json!({});
    let utah = format!("{DENVER} zone-of-place");
    assert_eq!(at_ten(&nothing, &json!({ "state": "Utah" })), utah);
    assert_eq!(at_ten(&nothing, &json!("12 Oak St, Provo, UT 84601")), utah);
    assert_eq!(at_ten(&nothing, &json!({ "postalCode": "84601" })), utah);
    assert_eq!(at_ten(&nothing, &json!({ "state": "MO" })), CHICAGO);
    let arizona = "2030-06-04T10:00:00-07:00 zone-of-place";
    assert_eq!(
        at_ten(&nothing, &json!({ "state": "Arizona", "postalCode": "85001" })),
        arizona
    );
    let nowhere = json!({ "time_zone": "" });
    assert_eq!(at_ten(&nowhere, &json!({ "state": "Utah" })), DENVER);
    // In winter the clocks of Phoenix and Denver agree, so there is nothing to say.
    let winter = json!({ "startTime": "2030-12-04T10:00", "address": { "state": "UT" } });
    let phoenix = json!({ "time_zone": "America/Phoenix" });
    assert_eq!(start(&phoenix, &winter), "2030-12-04T10:00:00-07:00");
}

#[test]
fn of_a_state_with_several_zones_one_that_is_configured_counts_or_the_entry_is_asked_for() {
    let nothing = json!({});
    assert_eq!(
        at_ten(&nothing, &json!({ "state": "TX", "postalCode": "78701" })),
        CHICAGO
    );
    let el_paso = format!("{DENVER} zone-of-place");
    assert_eq!(
        at_ten(&nothing, &json!({ "state": "TX", "postalCode": "79901" })),
        el_paso
    );
    let texas = json!({ "state": "TX" });
    assert_eq!(at_ten(&nothing, &texas), format!("{CHICAGO} zone-assumed"));
    let denver = json!({ "time_zone": "America/Denver" });
    assert_eq!(at_ten(&denver, &texas), format!("{DENVER} zone-assumed"));
    let new_york = json!({ "time_zone": "America/New_York" });
    assert_eq!(at_ten(&new_york, &texas), "no-zone");
    let data = json!({ "startTime": "2030-06-04T10:00", "address": texas });
    let (_, warnings) = booked(
        &nothing,
        &json!({ "startTime": "2030-06-04T10:00", "address": { "state": "TX", "postalCode": "79901" } }),
    )
    .unwrap();
    // Only the beginning of the ZIP code has those clocks, not all of the state.
    assert!(
        warnings[0].message.contains("write `799 = \"America/Denver\"`"),
        "{warnings:?}"
    );
    let message = booked(&new_york, &data).unwrap_err().remove(0).message;
    assert!(message.contains("write `TX = \"America/Chicago\"`"), "{message}");
    // Another name of the same clocks is one of them.
    let indiana = json!({ "time_zone": "America/New_York" });
    let indianapolis = json!({ "state": "IN" });
    assert_eq!(
        at_ten(&indiana, &indianapolis),
        "2030-06-04T10:00:00-04:00 zone-assumed"
    );
    let rep = json!({ "time_zone": "America/New_York", "reps": [{ "id": "7", "time_zone": "America/Denver" }] });
    let of_rep = json!({ "startTime": "2030-06-04T10:00", "rep": "7", "address": texas });
    assert_eq!(start(&rep, &of_rep), format!("{DENVER} zone-assumed"));
}

#[test]
fn a_table_that_matches_nothing_is_a_warning_or_where_it_matters_a_refusal() {
    let one = json!({ "time_zones": { "TX": "America/Chicago" } });
    let several = json!({ "time_zones": { "TX": "America/Chicago", "NM": "America/Denver" } });
    let nowhere = json!({ "street": "12 Oak St" });
    assert_eq!(at_ten(&one, &nowhere), format!("{CHICAGO} zone-assumed"));
    assert_eq!(at_ten(&several, &nowhere), "no-zone");
    assert_eq!(
        at_ten(&several, &json!({ "state": "UT" })),
        format!("{DENVER} zone-of-place")
    );
    assert_eq!(at_ten(&several, &json!({ "state": "Utha" })), "no-zone");
    assert_eq!(
        at_ten(&json!({}), &json!({ "state": "Utha" })),
        format!("{CHICAGO} unknown-state zone-assumed")
    );
    let without = json!({ "startTime": "2030-06-04T10:00" });
    assert_eq!(start(&several, &without), format!("{CHICAGO} zone-assumed"));
    assert_eq!(start(&one, &without), CHICAGO);
    // A state is listed, and the ZIP code is on the other side of the border.
    let el_paso = json!({ "state": "TX", "postalCode": "79901" });
    assert_eq!(at_ten(&one, &el_paso), format!("{CHICAGO} zone-of-place"));
}

#[test]
fn a_zone_of_the_event_that_contradicts_the_place_counts_with_a_warning() {
    let data = json!({ "startTime": "2030-06-04T10:00", "timeZone": "America/Chicago", "address": { "state": "UT" } });
    assert_eq!(start(&json!({}), &data), format!("{CHICAGO} zone-differs"));
    let same = json!({ "startTime": "2030-06-04T10:00", "timeZone": "America/Shiprock", "address": { "state": "UT" } });
    assert_eq!(start(&json!({}), &same), DENVER);
}

#[test]
fn an_address_elsewhere_is_not_read_as_one_of_the_us() {
    let italy = json!({ "time_zone": "Europe/Rome", "calling_code": "39" });
    let milan = json!({ "street": "Via Roma 1", "city": "Milano", "state": "MI", "postalCode": "20121" });
    assert_eq!(at_ten(&italy, &milan), "2030-06-04T10:00:00+02:00");
    let berlin = json!({ "street": "Hauptstr. 5", "city": "Berlin", "postalCode": "10115", "country": "DE" });
    assert_eq!(
        at_ten(&json!({ "time_zone": "Europe/Berlin" }), &berlin),
        "2030-06-04T10:00:00+02:00"
    );
    assert_eq!(at_ten(&json!({}), &berlin), format!("{CHICAGO} zone-assumed"));
    let sydney = address(&json!({ "city": "Sydney", "postalCode": "2138", "state": "NSW", "country": "Australia" }));
    assert_eq!(
        (sydney.postal_code.as_deref(), sydney.state.as_deref()),
        (Some("2138"), Some("NSW"))
    );
    // What says the same twice is in the US, wherever the connection is.
    assert_eq!(
        at_ten(&italy, &json!("12 Oak St, Provo, UT 84601")),
        format!("{DENVER} zone-of-place")
    );
}

#[test]
fn an_address_that_names_a_place_and_tells_no_zone_is_a_warning_where_a_local_time_is_read() {
    let assumed = format!("{CHICAGO} zone-assumed");
    for place in [
        json!("9 King St, Toronto, ON M5V 2T6, Canada"),
        json!("9 King St, Vancouver BC V5K 0A1"),
        json!("9 King St, London SW1A 1AA, UK"),
        json!("PSC 123 Box 456, APO AE 09012"),
        json!("12 Oak St, Salt Lake City"),
        json!("12 Oak St, Washington"),
        json!("Dallas TX 752O1, 12 Oak St"),
        json!({ "street": "12 Oak St", "city": "Marfa" }),
        json!({ "street": "12 Oak St, Marfa" }),
    ] {
        assert_eq!(at_ten(&json!({}), &place), assumed, "{place}");
        let offset = json!({ "startTime": "2030-06-04T10:00:00-05:00", "address": place });
        assert_eq!(start(&json!({}), &offset), CHICAGO, "{place}");
    }
    let without_state = json!({ "city": "SLC", "postalCode": "841O1" });
    assert_eq!(
        at_ten(&json!({}), &without_state),
        format!("{CHICAGO} unknown-zip zone-assumed")
    );
    let vancouver = json!({ "state": "BC", "postalCode": "V5K 0A1" });
    assert_eq!(
        at_ten(&json!({}), &vancouver),
        format!("{CHICAGO} unknown-state zone-assumed")
    );
    let toronto = json!({ "time_zone": "America/Toronto" });
    assert_eq!(at_ten(&toronto, &vancouver), "2030-06-04T10:00:00-04:00 zone-assumed");
    // A street is in the connection's own town, and well-known cities have its clocks or not.
    for place in [
        "12 Oak St",
        "12 Oak St Apt 4",
        "12 Oak St, Austin",
        "12 Oak St, Apt 4, Houston",
    ] {
        assert_eq!(at_ten(&json!({}), &json!(place)), CHICAGO, "{place}");
    }
    let listed =
        json!({ "time_zones": { "Marfa": "America/Chicago", "el paso": "America/Denver", "Paris": "Europe/Paris" } });
    for (place, start) in [
        (json!("12 Oak St, Marfa"), CHICAGO),
        (json!({ "street": "12 Oak St", "city": "MARFA" }), CHICAGO),
        (
            json!({ "street": "12 Oak St", "city": "El Paso", "state": "TX" }),
            DENVER,
        ),
    ] {
        assert_eq!(at_ten(&listed, &place), start, "{place}");
    }
    let paris = json!({ "city": "Paris", "state": "TX" });
    assert_eq!(at_ten(&listed, &paris), format!("{CHICAGO} zone-assumed"));
}

#[test]
fn words_behind_a_zip_code_and_other_names_of_parts_leave_an_address_its_zone() {
    for place in [
        json!("12 Oak St, Salt Lake City, UT 84101 (blue door)"),
        json!("12 Oak St, Salt Lake City, UT 84101, gate code 1234"),
        json!("12 Oak St, Salt Lake City, UT, blue house"),
        json!("Salt Lake City - Utah - 12 Oak St"),
        json!("84101"),
        json!("UT"),
        json!(["12 Oak St", null, "Salt Lake City, UT 84101"]),
        json!(["12 Oak St, Salt Lake City, UT 84101"]),
        json!({ "address1": "12 Oak St", "city": "Provo", "region": "UT", "zip": 84601 }),
        json!({ "addr_line1": "12 Oak St", "addr_line2": "Apt 4", "city": "Provo", "state": "UT", "postal": "84601" }),
        json!({ "line1": "12 Oak St", "line2": "Provo, UT 84601" }),
        json!({ "formatted_address": "12 Oak St, Provo, UT 84601, USA" }),
        json!({ "street1": "12 Oak St", "zipCode": "84601" }),
        json!({ "street": "12 Oak St", "town": "Provo", "full": "12 Oak St, Provo, UT 84601" }),
    ] {
        let utah = format!("{DENVER} zone-of-place");
        assert_eq!(at_ten(&json!({}), &place), utah, "{place}");
        let of_lead = json!({ "startTime": "2030-06-04T10:00", "lead": { "name": "Ann", "address": place } });
        assert_eq!(start(&json!({}), &of_lead), utah, "{place}");
    }
    let typing_error = json!("12 Oak St, Salt Lake City, UT 8410I");
    assert_eq!(
        at_ten(&json!({}), &typing_error),
        format!("{DENVER} unknown-zip zone-of-place")
    );
    let jotform =
        address(&json!({ "addr_line1": "12 Oak St", "addr_line2": "Apt 4", "city": "Provo", "postal": "84601" }));
    assert_eq!(jotform.line, "12 Oak St Apt 4, Provo, 84601");
    let both = json!({ "street": "9 Elm St", "city": "Austin", "state": "TX", "zip": "78701", "full": "12 Oak St, Provo, UT 84601" });
    assert_eq!(at_ten(&json!({}), &both), format!("{CHICAGO} address-differs"));
    let units = json!({ "street": "12 Oak St Apt 4", "unit": "5", "zip": "78701" });
    assert_eq!(at_ten(&json!({}), &units), format!("{CHICAGO} unit-differs"));
}

#[test]
fn an_address_has_for_conditions_the_state_of_its_zip_code_and_five_digits() {
    for (place, region) in [
        (json!("12 Oak St, Salt Lake City, UT 84101-1234"), "UT 84101"),
        (json!("12 Oak St, Salt Lake City 84101"), "UT 84101"),
        (json!({ "street": "1 Oak", "postalCode": "84102" }), "UT 84102"),
        (
            json!({ "street": "1 Oak", "postalCode": "84102-1234", "state": "Utah" }),
            "UT 84102",
        ),
        (
            json!({ "street": "1 Oak", "state": "Uath", "postalCode": "84102" }),
            "UT 84102",
        ),
    ] {
        let address = address(&place);
        let found = [address.state, address.postal_code]
            .map(Option::unwrap_or_default)
            .join(" ");
        assert_eq!(found, region, "{place}");
    }
    let line = address(&json!({ "street": "1 Oak", "postalCode": "84102-1234" })).line;
    assert_eq!(line, "1 Oak, 84102-1234");
}

#[test]
fn an_offset_that_the_place_does_not_have_is_read_by_the_rule() {
    let rule = |offsets: &str| match offsets {
        "" => json!({}),
        offsets => json!({ "source": { "offsets": offsets } }),
    };
    let visit = |time: &str| json!({ "startTime": time, "address": { "state": "UT" } });
    for (offsets, time, outcome) in [
        ("", "2030-06-04T16:00:00Z", "2030-06-04T16:00:00+00:00 offset-differs"),
        ("", "2030-06-04T10:00:00Z", "offset-differs"),
        (
            "",
            "2030-06-04T10:00:00-05:00",
            "2030-06-04T10:00:00-05:00 offset-differs",
        ),
        ("", "2030-06-04T10:00:00-06:00", "2030-06-04T10:00:00-06:00"),
        (
            "",
            "2030-06-04T05:00:00-06:00",
            "2030-06-04T05:00:00-06:00 unusual-hour",
        ),
        ("", "2030-06-05T04:00:00Z", "2030-06-05T04:00:00+00:00 offset-differs"),
        ("", "2030-06-04T13:00:00Z", "2030-06-04T13:00:00+00:00 offset-differs"),
        ("", "2030-06-04T12:59:00Z", "offset-differs"),
        ("", "2030-06-05T03:00:00Z", "2030-06-05T03:00:00+00:00 offset-differs"),
        (
            "",
            "2030-06-05T02:00:00+09:00",
            "2030-06-05T02:00:00+09:00 offset-differs",
        ),
        ("trust", "2030-06-04T16:00:00Z", "2030-06-04T16:00:00+00:00"),
        (
            "trust",
            "2030-06-04T10:00:00Z",
            "2030-06-04T10:00:00+00:00 unusual-hour",
        ),
        (
            "place",
            "2030-06-04T10:00:00Z",
            "2030-06-04T10:00:00-06:00 zone-of-place",
        ),
        (
            "place",
            "2030-06-04T10:00:00-05:00",
            "2030-06-04T10:00:00-06:00 zone-of-place",
        ),
        ("refuse", "2030-06-04T16:00:00Z", "offset-differs"),
        ("refuse", "2030-06-04T10:00:00-06:00", "2030-06-04T10:00:00-06:00"),
    ] {
        assert_eq!(start(&rule(offsets), &visit(time)), outcome, "{offsets} {time}");
    }
}

#[test]
fn an_abbreviation_that_is_not_one_of_the_place_is_what_its_own_clocks_show() {
    let rule = |offsets: &str| json!({ "source": { "offsets": offsets } });
    let visit = |time: &str, state: &str| json!({ "startTime": time, "address": { "state": state } });
    for (time, state, outcome) in [
        (
            "June 4 2030 2:00 PM EST",
            "MO",
            "2030-06-04T14:00:00-04:00 offset-differs",
        ),
        (
            "June 4 2030 2:00 PM CST",
            "MO",
            "2030-06-04T14:00:00-05:00 offset-differs",
        ),
        ("June 4 2030 2:00 PM CDT", "MO", "2030-06-04T14:00:00-05:00"),
        (
            "June 4 2030 2:00 PM MST",
            "CA",
            "2030-06-04T14:00:00-06:00 offset-differs",
        ),
        (
            "June 4 2030 2:00 PM CST",
            "UT",
            "2030-06-04T14:00:00-05:00 offset-differs",
        ),
        ("June 4 2030 2:00 PM MST", "AZ", "2030-06-04T14:00:00-07:00"),
        (
            "January 4 2031 2:00 PM PDT",
            "AZ",
            "2031-01-04T14:00:00-08:00 offset-differs",
        ),
        (
            "January 4 2031 2:00 PM MDT",
            "MO",
            "2031-01-04T14:00:00-07:00 offset-differs",
        ),
        (
            "December 4 2030 2:00 PM CDT",
            "NY",
            "2030-12-04T14:00:00-06:00 offset-differs",
        ),
    ] {
        let found = start(&json!({}), &visit(time, state)).replace(" zone-of-place", "");
        assert_eq!(found, outcome, "{time} {state}");
    }
    let est = visit("June 4 2030 2:00 PM EST", "MO");
    assert_eq!(start(&rule("refuse"), &est), "offset-differs");
    assert_eq!(start(&rule("trust"), &est), "2030-06-04T14:00:00-05:00");
    assert_eq!(start(&rule("place"), &est), "2030-06-04T14:00:00-05:00");
    let until = json!({ "startTime": "June 4 2030 2:00 PM EST", "endTime": "3:30 PM", "address": { "state": "MO" } });
    let both = "2030-06-04T14:00:00-04:00 2030-06-04T15:30:00-04:00 offset-differs";
    assert_eq!(start(&json!({}), &until), both);
}

#[test]
fn a_zone_of_the_event_in_which_it_is_night_at_the_place_is_judged_like_an_offset() {
    let rule = |offsets: &str| json!({ "source": { "offsets": offsets } });
    let visit =
        |zone: &str| json!({ "startTime": "2030-06-04T10:00", "endTime": "2030-06-04T12:30", "timeZone": zone });
    let in_utc = "2030-06-04T10:00:00+00:00 2030-06-04T12:30:00+00:00";
    let placed = "2030-06-04T10:00:00-05:00 2030-06-04T12:30:00-05:00 zone-differs";
    for (offsets, zone, outcome) in [
        ("refuse", "UTC", "zone-differs"),
        ("refuse", "Asia/Kolkata", "zone-differs"),
        ("place", "UTC", placed),
        ("place", "Asia/Kolkata", placed),
        (
            "refuse",
            "America/Denver",
            "2030-06-04T10:00:00-06:00 2030-06-04T12:30:00-06:00",
        ),
        (
            "refuse",
            "Etc/GMT+5",
            "2030-06-04T10:00:00-05:00 2030-06-04T12:30:00-05:00",
        ),
    ] {
        assert_eq!(start(&rule(offsets), &visit(zone)), outcome, "{offsets} {zone}");
    }
    assert_eq!(start(&json!({}), &visit("UTC")), "zone-differs");
    assert_eq!(
        start(&rule("trust"), &visit("UTC")).replace(" zone-differs", ""),
        in_utc
    );
    let mut there = visit("UTC");
    there["address"] = json!({ "state": "TX", "postalCode": "78701" });
    assert_eq!(start(&json!({}), &there), "zone-differs");
    there["startTime"] = json!("2030-06-04T15:00");
    there["endTime"] = json!("2030-06-04T16:00");
    let noon = "2030-06-04T15:00:00+00:00 2030-06-04T16:00:00+00:00 zone-differs";
    assert_eq!(start(&json!({}), &there), noon);
}

#[test]
fn a_number_of_seconds_at_night_is_judged_like_utc() {
    let rule = |offsets: &str| json!({ "source": { "offsets": offsets } });
    let (night, day) = (
        json!({ "startTime": 1_906_797_600 }),
        json!({ "startTime": 1_906_815_600 }),
    );
    assert_eq!(start(&json!({}), &night), "offset-differs");
    assert_eq!(start(&rule("refuse"), &night), "offset-differs");
    assert_eq!(start(&rule("trust"), &night), "2030-06-04T05:00:00-05:00 unusual-hour");
    assert_eq!(
        start(&rule("place"), &night),
        "2030-06-04T10:00:00-05:00 offset-differs"
    );
    assert_eq!(start(&json!({}), &day), "2030-06-04T10:00:00-05:00");
    assert_eq!(start(&rule("refuse"), &day), "2030-06-04T10:00:00-05:00");
    let computed = json!({ "startTime": 1_906_815_600, "endTime": "2030-06-04T16:30:00Z" });
    let both = "2030-06-04T10:00:00-05:00 2030-06-04T11:30:00-05:00";
    assert_eq!(start(&json!({}), &computed), both);
}

#[test]
fn a_bad_end_or_a_length_in_its_place_does_not_lose_the_visit() {
    let ten = "2030-06-04T10:00:00-05:00";
    let eleven = format!("{ten} 2030-06-04T11:00:00-05:00");
    for (end, outcome) in [
        (json!("1 hour"), eleven.clone()),
        (json!(60), eleven.clone()),
        (json!("60 min"), eleven.clone()),
        (json!("PT1H"), eleven.clone()),
        (json!("2030-06-04"), format!("{ten} missing-time")),
        (json!("3:30"), format!("{ten} ends-before-start")),
        (json!("10:00"), format!("{ten} ends-before-start")),
        (json!("midnight"), format!("{ten} no-time")),
        (json!("soon"), format!("{ten} no-time")),
        (json!("2030-06-05T15:00"), format!("{ten} invalid-end")),
        (json!("2031-06-04T11:00"), format!("{ten} invalid-end")),
    ] {
        let data = json!({ "startTime": "2030-06-04T10:00", "endTime": end });
        assert_eq!(start(&json!({}), &data), outcome, "{end}");
    }
}

#[test]
fn a_start_is_read_from_what_calendars_and_people_send_and_asked_where_it_is_two() {
    for (data, outcome) in [
        (
            json!({ "startTime": { "dateTime": "2030-06-04T10:00:00", "timeZone": "America/Denver" } }),
            "2030-06-04T10:00:00-06:00",
        ),
        (json!({ "startTime": { "when": "2030-06-04" } }), "wrong-type"),
        (
            json!({ "startTime": "in 26 hours" }),
            "2030-06-04T05:00:00-05:00 relative-time unusual-hour",
        ),
        (
            json!({ "startTime": "/Date(1906815600000)/" }),
            "2030-06-04T10:00:00-05:00",
        ),
        (json!({ "startDate": "2030-06-04", "startTime": "3:00" }), "no-time"),
        (
            json!({ "startDate": "2030-06-04", "startTime": "3:00 PM" }),
            "2030-06-04T15:00:00-05:00",
        ),
        (json!({ "startTime": "6/13/2030 5:00" }), "no-time"),
        (
            json!({ "startTime": "2029-06-04T10:00" }),
            "2029-06-04T10:00:00-05:00 start-in-the-past",
        ),
    ] {
        assert_eq!(start(&json!({}), &data), outcome, "{data}");
    }
}

#[test]
fn utc_is_no_contradiction_where_clocks_show_it_and_where_no_place_is_known() {
    let london = json!({ "time_zone": "Europe/London", "source": { "offsets": "refuse" } });
    let winter = json!({ "startTime": "2030-12-04T10:00:00Z" });
    assert_eq!(start(&london, &winter), "2030-12-04T10:00:00+00:00");
    assert_eq!(
        start(&london, &json!({ "startTime": "2030-06-04T10:00:00Z" })),
        "offset-differs"
    );
    let nowhere = json!({ "time_zone": "" });
    assert_eq!(
        start(&nowhere, &json!({ "startTime": "2030-06-04T03:00:00Z" })),
        "2030-06-04T03:00:00+00:00"
    );
}

#[test]
fn an_end_is_read_as_its_start_is() {
    let rule = |offsets: &str| json!({ "source": { "offsets": offsets } });
    let visit = |start: &str, end: &str| json!({ "startTime": start, "endTime": end, "address": { "state": "MO" } });
    let both = visit("2030-06-04T10:00:00Z", "2030-06-04T11:00:00Z");
    assert_eq!(
        start(&rule("place"), &both),
        "2030-06-04T10:00:00-05:00 2030-06-04T11:00:00-05:00"
    );
    let local_end = visit("2030-06-04T16:00:00Z", "2030-06-04T17:00:00");
    let trusted = "2030-06-04T16:00:00+00:00 2030-06-04T17:00:00+00:00";
    assert_eq!(start(&rule("trust"), &local_end), trusted);
    assert_eq!(start(&json!({}), &local_end), format!("{trusted} offset-differs"));
    let placed = "2030-06-04T16:00:00-05:00 2030-06-04T17:00:00-05:00";
    assert_eq!(start(&rule("place"), &local_end), placed);
    let fitting = visit("2030-06-04T10:00:00-05:00", "2030-06-04T11:00:00");
    assert_eq!(
        start(&json!({}), &fitting),
        "2030-06-04T10:00:00-05:00 2030-06-04T11:00:00-05:00"
    );
    let local_start = visit("2030-06-04T10:00:00", "2030-06-04T11:00:00Z");
    assert_eq!(
        start(&rule("place"), &local_start),
        "2030-06-04T10:00:00-05:00 2030-06-04T11:00:00-05:00"
    );
    // A bad end does not lose the visit.
    assert_eq!(
        start(&rule("refuse"), &local_start),
        "2030-06-04T10:00:00-05:00 offset-differs"
    );
    let later = visit("2030-06-04T10:00:00", "2030-06-04T16:00:00Z");
    assert_eq!(
        start(&json!({}), &later),
        "2030-06-04T10:00:00-05:00 2030-06-04T16:00:00+00:00 offset-differs"
    );
}

#[test]
fn an_unusual_hour_is_said_in_words() {
    for (time, is_unusual) in [
        ("05:59", true),
        ("06:00", false),
        ("22:00", false),
        ("22:01", true),
        ("03:00", true),
    ] {
        let data = json!({ "startTime": format!("2030-06-04T{time}"), "address": { "state": "MO" } });
        let (_, warnings) = booked(&json!({}), &data).unwrap();
        let found = warnings.iter().find(|warning| warning.code == "unusual-hour");
        assert_eq!(found.is_some(), is_unusual, "{time}");
        if time == "03:00" {
            let message = &found.unwrap().message;
            assert!(message.contains("3:00 AM in America/Chicago"), "{message}");
        }
    }
}

#[test]
fn no_warning_about_a_place_is_too_long_to_be_kept() {
    let long =
        json!({ "time_zone": "America/Indiana/Indianapolis", "time_zones": { "KY": "America/Kentucky/Louisville" } });
    for data in [
        json!({ "startTime": "2030-06-04T16:00:00+00:00", "address": { "state": "IN" } }),
        json!({ "startTime": "2030-06-04T10:00", "address": { "state": "IN" } }),
        json!({ "startTime": "2030-06-04T10:00", "address": { "state": "North Dakota", "postalCode": "58601" }, "timeZone": "America/Indiana/Indianapolis" }),
        json!({ "startTime": "2030-06-04T10:00", "address": { "state": "KY", "postalCode": "42001-1234" } }),
        json!({ "startTime": "2030-06-04T10:00", "address": { "state": "HI", "postalCode": "96801-1234" } }),
    ] {
        let (_, warnings) = booked(&long, &data).unwrap();
        for warning in warnings {
            assert!(!warning.message.ends_with('…'), "{}", warning.message);
        }
    }
}

#[test]
fn a_state_is_two_letters_for_conditions_and_the_line_stays_as_it_was_written() {
    let parts = address(
        &json!({ "street": "12 Oak St", "city": "Austin", "state": "Texas", "postalCode": "78701", "country": "USA" }),
    );
    assert_eq!(parts.state.as_deref(), Some("TX"));
    assert_eq!(parts.country.as_deref(), Some("US"));
    assert_eq!(parts.line, "12 Oak St, Austin, Texas 78701, USA");
    let zip = address(&json!({ "street": "5 Elm St", "city": "Cambridge", "state": "Mass.", "postalCode": 2138.0 }));
    assert_eq!(zip.postal_code.as_deref(), Some("02138"));
    let line = address(&json!(" 12 Oak St, Apt 4, Austin, Texas 78701 "));
    assert_eq!(line.line, "12 Oak St, Apt 4, Austin, Texas 78701");
    assert_eq!(line.city.as_deref(), Some("Austin"));
    let city = address(&json!({ "street": "12 Oak St", "city": "Austin, TX 78701" }));
    assert_eq!(city.line, "12 Oak St, Austin, TX 78701");
    assert_eq!(
        (city.state.as_deref(), city.postal_code.as_deref()),
        (Some("TX"), Some("78701"))
    );
    let unit = address(&json!({ "street": "12 Oak St", "unit": "4", "city": "Austin" }));
    assert_eq!(unit.line, "12 Oak St #4, Austin");
    assert_eq!(unit.unit.as_deref(), Some("#4"));
    let twice = address(&json!({ "street": "12 Oak St Apt 4", "unit": "4", "city": "Austin" }));
    assert_eq!(twice.line, "12 Oak St Apt 4, Austin");
    assert_eq!(
        (twice.street.as_deref(), twice.unit.as_deref()),
        (Some("12 Oak St"), Some("Apt 4"))
    );
}

#[test]
fn a_code_that_contradicts_the_state_is_said_and_so_is_one_that_is_none() {
    let data = |address: Value| json!({ "startTime": "2030-06-04T10:00:00-05:00", "address": address });
    let codes = |address: Value| {
        let (_, warnings) = booked(&json!({}), &data(address)).unwrap();
        warnings.into_iter().map(|warning| warning.code).collect::<Vec<_>>()
    };
    assert_eq!(
        codes(json!({ "state": "MO", "postalCode": "60601" })),
        ["state-differs"]
    );
    assert_eq!(codes(json!({ "state": "MO", "postalCode": "2138" })), ["unknown-zip"]);
    assert_eq!(codes(json!({ "state": "Missuri" })), ["unknown-state"]);
    assert_eq!(codes(json!({ "state": "Missuri", "postalCode": "63101" })), [""; 0]);
    assert_eq!(
        address(&json!({ "state": "Missuri", "postalCode": "63101" }))
            .state
            .as_deref(),
        Some("MO")
    );
    assert_eq!(codes(json!({ "state": "MO", "postalCode": "63101" })), [""; 0]);
}

/// Spellings of one home: all in one line, or in parts.
fn spelled(unit: &str, which: usize) -> Value {
    let with_unit = |street: &str| format!("{street} {unit}").trim().to_owned();
    let parts = |street: &str| json!({ "street": street, "unit": unit, "city": "Austin", "state": "Texas", "postalCode": "78701-2210" });
    match which {
        0 => json!(format!("{}, Austin, TX 78701, USA", with_unit("12 North 5th Street"))),
        1 => json!(format!("{}\nAustin, TX 78701", with_unit("12 N. Fifth St."))),
        2 => json!(format!("{} Austin TX 78701", with_unit("12 N 5th St"))),
        3 => parts("12 north fifth st"),
        4 => json!({ "street": with_unit("12 N 5th St"), "city": "Austin", "postalCode": 78701 }),
        _ => json!({ "street": format!("{}, Austin, TX 78701", with_unit("12 N 5th St")) }),
    }
}

proptest! {
    #[test]
    fn one_home_is_one_household_and_each_flat_is_its_own(
        (one, other) in (0..6_usize, 0..6_usize),
        (unit, same) in (select(&["#4", "Apt 4", "Apartment 4", "unit 4"][..]), select(&["#4", "apt. 4", "Unit #4"][..])),
    ) {
        let home = address(&spelled(unit, one)).household();
        prop_assert!(home.is_some());
        prop_assert_eq!(&home, &address(&spelled(same, other)).household());
        prop_assert_ne!(&home, &address(&spelled("Apt 5", other)).household());
        prop_assert_ne!(&home, &address(&spelled("", other)).household());
        prop_assert_eq!(address(&spelled("", one)).household(), address(&spelled("", other)).household());
    }
}

#[test]
fn roads_without_a_house_number_are_no_household() {
    for street in ["County Road 12", "Highway 71", "5th Avenue", "Oak St", "FM 1626"] {
        let home = address(&json!({ "street": street, "city": "Marfa", "postalCode": "79843" }));
        assert_eq!(home.household(), None, "{street}");
    }
    for street in ["RR 2 Box 15", "12 Highway 71", "1200 5th Avenue", "N6543 Hwy 12"] {
        let home = address(&json!({ "street": street, "city": "Marfa", "postalCode": "79843" }));
        assert!(home.household().is_some(), "{street}");
    }
}

#[test]
fn a_household_is_one_by_its_zip_code_and_by_its_city() {
    let households = |line: &str| address(&json!(line)).households();
    let whole = households("12 Oak St, Austin, TX 78701");
    assert_eq!(whole.len(), 2);
    for line in ["12 Oak St, Austin, TX", "12 oak street, AUSTIN, Texas 7870I"] {
        assert_eq!(households(line), whole[1..], "{line}");
    }
    assert_eq!(households("12 Oak St, 78701-1234"), whole[..1]);
    assert_eq!(households("12 Oak St"), [""; 0]);
}
