use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// The parts of a line, with `-` for what stays out.
fn parts(line: &str) -> Option<String> {
    read(line, true).map(|parts| {
        let state = parts.state.map(|state| state.code.to_owned());
        let all = [parts.street, parts.unit, parts.city, state, parts.zip];
        all.map(|part| part.unwrap_or_else(|| "-".to_owned())).join("|")
    })
}

#[test]
fn lines_are_read_into_their_parts() {
    let same = "12 Oak St|Apt 4|Salt Lake City|UT|84101";
    for line in [
        "12 Oak St, Apt 4, Salt Lake City, UT 84101, USA",
        "12 Oak St Apt 4, Salt Lake City, UT 84101",
        "Apt 4, 12 Oak St, Salt Lake City, UT, 84101, United States",
        "Apt 4 12 Oak St, Salt Lake City, Utah 84101",
        "12 Oak St Apt 4 Salt Lake City UT 84101",
        "12 Oak St, Apt 4 Salt Lake City UT 84101",
        "12 Oak St Apt 4\nSalt Lake City, UT 84101\nUSA",
        "12 Oak St, Apt 4, Salt Lake City Utah 84101 U.S.A.",
        "12 oak st, apt 4, salt lake city, ut 84101".to_owned().as_str(),
        "12 Oak St, Apt 4, Salt Lake City, UT. 84101.",
    ] {
        assert_eq!(
            parts(line).map(|parts| parts.to_lowercase()),
            Some(same.to_lowercase()),
            "{line}"
        );
    }
    for (line, wanted) in [
        ("12 Oak St, Austin, TX 78701", "12 Oak St|-|Austin|TX|78701"),
        (
            "12 Oak St #4, Austin, TX 78701-1234",
            "12 Oak St|#4|Austin|TX|78701-1234",
        ),
        ("12 Oak St, Austin, TX", "12 Oak St|-|Austin|TX|-"),
        ("12 Oak St, Austin, Texas", "12 Oak St|-|Austin|TX|-"),
        ("12 Oak St, Austin 78701", "12 Oak St|-|Austin|-|78701"),
        ("12 Oak St, 78701", "12 Oak St|-|-|-|78701"),
        ("12 Oak St, TX 78701", "12 Oak St|-|-|TX|78701"),
        ("12 Oak Ave St Louis MO 63101", "12 Oak Ave|-|St Louis|MO|63101"),
        (
            "100 N Main St NW, St. Paul, MN 55101",
            "100 N Main St NW|-|St. Paul|MN|55101",
        ),
        ("350 5th Ave, New York, NY 10118", "350 5th Ave|-|New York|NY|10118"),
        (
            "350 5th Ave, New York, New York 10118",
            "350 5th Ave|-|New York|NY|10118",
        ),
        (
            "1600 Pennsylvania Ave NW, Washington, DC 20500",
            "1600 Pennsylvania Ave NW|-|Washington|DC|20500",
        ),
        (
            "1600 Pennsylvania Ave NW, Washington 20500",
            "1600 Pennsylvania Ave NW|-|-|-|20500",
        ),
        ("County Road 12, Marfa, TX 79843", "County Road 12|-|Marfa|TX|79843"),
        ("RR 2 Box 15, Marfa, TX 79843", "RR 2 Box 15|-|Marfa|TX|79843"),
        ("5 Elm St, Cambridge, MA 2138", "5 Elm St|-|Cambridge|MA|02138"),
        (
            "12 Space Center Blvd, Houston, TX 77058",
            "12 Space Center Blvd|-|Houston|TX|77058",
        ),
        ("12 Oak St Lake Forest IL 60045", "12 Oak St|-|Lake Forest|IL|60045"),
        ("12 Oak Lane Court City TX 78701", "12 Oak Lane Court City|-|-|TX|78701"),
        ("Smith Farm, 12 Oak St, Marfa, TX 79843", "12 Oak St|-|Marfa|TX|79843"),
        ("Austin, TX 78701", "-|-|-|TX|78701"),
        ("12 Oak St, Kansas City, MO 64101", "12 Oak St|-|Kansas City|MO|64101"),
        ("12 Oak St, Denver, CO 84101", "12 Oak St|-|Denver|CO|84101"),
    ] {
        assert_eq!(parts(line).as_deref(), Some(wanted), "{line}");
    }
}

#[test]
fn state_and_zip_code_are_read_wherever_they_stand() {
    let same = "12 Oak St|-|Salt Lake City|UT|84101";
    for line in [
        "12 Oak St, Salt Lake City, UT 84101 (blue door)",
        "12 Oak St, Salt Lake City, UT 84101, gate code 1234",
        "12 Oak St, Salt Lake City, UT 84101 - side door",
        "12 Oak St, Salt Lake City, UT 84101\nGate 12",
        "12 Oak St, Salt Lake City, UT 84101 Salt Lake County",
        "12 Oak St, Salt Lake City, UT 84101 Estados Unidos",
        "12 Oak St, Salt Lake City, UT 84101 12145550100",
        "12 Oak St, Salt Lake City, UT 84101, ask for Ann Ireland",
        "12 Oak St, Salt Lake City, UT, US, 84101",
        "12 Oak St, Salt Lake City, Salt Lake County, Utah, 84101, United States",
        "12 Oak St - Salt Lake City - UT - 84101",
        "12 Oak St, Salt Lake City 84101 UT",
        "12 Oak St, Salt Lake City, 84101, Utah",
        "Salt Lake City UT 84101, 12 Oak St",
    ] {
        assert_eq!(parts(line).as_deref(), Some(same), "{line}");
    }
    for (line, wanted) in [
        ("12 Oak St, Provo, UT, blue house", "12 Oak St|-|Provo|UT|-"),
        ("12 Oak St, Provo UT blue house", "12 Oak St|-|Provo|UT|-"),
        ("12 Oak St, Provo, UT 8460I", "12 Oak St|-|Provo|UT|8460I"),
        ("12 Oak St, Dallas, TX 752O1", "12 Oak St|-|Dallas|TX|752O1"),
        ("12 Oak St, Dallas, TX 752011", "12 Oak St|-|Dallas|TX|752011"),
        ("12 Oak St, Dallas, Texas 752O1, rear", "12 Oak St|-|Dallas|TX|752O1"),
        ("12 Oak St, Dallas, TX 7520", "12 Oak St|-|Dallas|TX|7520"),
        ("Salt Lake City - Utah - 12 Oak St", "12 Oak St|-|Salt Lake City|UT|-"),
        ("12 - 14 Oak St, Austin, TX 78701", "12 - 14 Oak St|-|Austin|TX|78701"),
        (
            "9 Calle Sol, San Juan, Puerto Rico 901",
            "9 Calle Sol|-|San Juan|PR|00901",
        ),
        ("84101", "-|-|-|-|84101"),
        ("90210-1234", "-|-|-|-|90210-1234"),
        ("UT", "-|-|-|UT|-"),
        ("utah", "-|-|-|UT|-"),
        ("Los Angeles California", "-|-|-|CA|-"),
        ("Los Angeles CA", "-|-|-|CA|-"),
        ("12 Oak St (Provo, UT 84601)", "12 Oak St|-|Provo|UT|84601"),
    ] {
        assert_eq!(parts(line).as_deref(), Some(wanted), "{line}");
    }
}

#[test]
fn a_line_that_is_not_read_tells_what_it_names_beside_its_street() {
    for (line, wanted) in [
        ("12 Oak St", ""),
        ("12 Oak St Apt 4", ""),
        ("12 Oak St, #4", ""),
        ("Oak St", ""),
        ("County Road 1626", ""),
        ("Smith Farm, 12 Oak St", "Smith Farm"),
        ("12 Oak St, gate 5", ""),
        ("12 Oak St, 5125550161", ""),
        ("12 Oak St, Salt Lake City", "Salt Lake City"),
        ("12 Oak St Salt Lake City", "Salt Lake City"),
        ("12 Oak St, Salt Lake City, Apt 4", "Salt Lake City"),
        ("Salt Lake City", "Salt Lake City"),
        ("12 Oak St Dallas TX 752O1", "12 Oak St Dallas TX 752O1"),
        ("9 King St, London SW1A 1AA, UK", "UK"),
        ("9 King St Vancouver BC V5K 0A1", "9 King St Vancouver BC V5K 0A1"),
        ("9 King St, Toronto, ON M5V 2T6", "Toronto|ON M5V 2T6"),
        ("PSC 123 Box 456, APO AE 09012", "APO AE 09012"),
    ] {
        assert_eq!(places_in(line).join("|"), wanted, "{line}");
    }
}

#[test]
fn what_is_not_certain_is_not_read() {
    for line in [
        "",
        ",",
        "12 Oak St",
        "12 Oak St, Austin",
        "12 Oak CT",
        "12 Oak St, Washington",
        "00000",
        "Washington",
        "12 Oak St, Dallas, TX 75201; 9 Elm St, Provo, UT 84601",
        "12 Oak St, Austin, Georgia Smith",
        "12 OAK ST, AUSTIN, IN THE BACK",
        "12 Oak St, gate 84101, blue door",
        "10 Downing St, London SW1A 2AA",
        "10 Downing St, London, SW1A 2AA, UK",
        "111 Wellington St, Ottawa, ON K1A 0A9",
        "111 Wellington St, Ottawa, ON, Canada",
        "Hauptstr. 5, 10115 Berlin, Germany",
    ] {
        assert_eq!(parts(line), None, "{line}");
    }
    // Where visits are elsewhere five digits and two letters are nothing of the US, unless both say the same.
    assert_eq!(read("Via Roma 1, 20121 Milano MI", false), None);
    assert_eq!(read("Hauptstr. 5, Berlin 10115", false), None);
    assert!(read("12 Oak St, Salt Lake City, UT 84101", false).is_some());
}

#[test]
fn zip_codes_that_a_spreadsheet_made_numbers_of_are_whole_again() {
    let ma = UsState::named("MA");
    for (written, state, whole) in [
        ("2138", None, Some("02138")),
        ("2138.0", None, Some("02138")),
        ("2138", ma, Some("02138")),
        ("2138-1234", ma, Some("02138-1234")),
        ("787011234", None, Some("78701-1234")),
        ("78701.0", None, Some("78701")),
        ("601", UsState::named("PR"), Some("00601")),
        ("601", None, None),
        ("2138", UsState::named("TX"), None),
        ("787", None, None),
        ("SW1A", None, None),
        ("", None, None),
    ] {
        assert_eq!(whole_zip(written, state).as_deref(), whole, "{written}");
    }
}

const STREETS: [&str; 6] = [
    "12 Oak St",
    "1600 N Main Avenue",
    "7 5th St NW",
    "100 Martin Luther King Blvd",
    "9 St Charles Ave",
    "42B Elm Ct",
];
const CITIES: [(&str, &str, &str, &str); 6] = [
    ("Salt Lake City", "UT", "Utah", "84101"),
    ("Austin", "TX", "Texas", "78701-2210"),
    ("St Louis", "MO", "Missouri", "63101"),
    ("New York", "NY", "New York", "10118"),
    ("Charlotte", "NC", "North Carolina", "28202"),
    ("Cambridge", "MA", "Massachusetts", "02138"),
];

proptest! {
    #[test]
    fn any_line_of_these_parts_has_these_parts(
        street in select(&STREETS[..]),
        unit in select(&["", "Apt 4", "#4", "Unit B", "Suite 200", "Lot 7", "apt. 4-B"][..]),
        (city, code, name, zip) in select(&CITIES[..]),
        country in select(&["", ", USA", ", United States", " USA", ", U.S."][..]),
        between in select(&[", ", ",", "\n", " , "][..]),
        (unit_first, unit_apart, full, comma) in any::<(bool, bool, bool, bool)>(),
        case in 0..3,
    ) {
        let state = if full { name } else { code };
        let region = if comma { format!("{state}, {zip}") } else { format!("{state} {zip}") };
        let home = match (unit.is_empty(), unit_first) {
            (true, _) => street.to_owned(),
            (false, true) => format!("{unit}{between}{street}"),
            (false, false) if unit_apart => format!("{street}{between}{unit}"),
            (false, false) => format!("{street} {unit}"),
        };
        let line = format!("{home}{between}{city}{between}{region}{country}");
        let line = match case {
            0 => line,
            1 => line.to_uppercase(),
            _ => line.to_lowercase(),
        };
        let found = read(&line, true).unwrap();
        let lower = |text: Option<String>| text.unwrap_or_default().to_lowercase();
        prop_assert_eq!(lower(found.street), street.to_lowercase(), "{}", line);
        prop_assert_eq!(lower(found.unit), unit.to_lowercase(), "{}", line);
        prop_assert_eq!(lower(found.city), city.to_lowercase(), "{}", line);
        prop_assert_eq!(found.state.map(|state| state.code), Some(code), "{}", line);
        prop_assert_eq!(found.zip.as_deref(), Some(zip), "{}", line);
        prop_assert_eq!(found.names_country, !country.is_empty());
    }

    #[test]
    fn no_line_is_too_odd_to_be_read(line in "([0-9A-Za-z#,. \n-]|\\PC){0,60}") {
        read(&line, true);
        street_and_unit(&line);
        whole_zip(&line, None);
    }
}
