//! Names of zones that people and programs write, and what is meant by them.

use super::us_state::UsState;
use crate::document::nearest;
use crate::zone::Zone;

/// Words that say nothing about which zone it is.
const FILLERS: [&str; 17] = [
    "time", "standard", "daylight", "summer", "zone", "the", "us", "usa", "canada", "america", "and", "gmt", "utc",
    "coast", "states", "united", "std",
];

/// What is meant by words and abbreviations: those of the US, of Windows and of Rails.
const MEANT: [(&str, &str); 86] = [
    ("eastern", "America/New_York"),
    ("east", "America/New_York"),
    ("et", "America/New_York"),
    ("est", "America/New_York"),
    ("edt", "America/New_York"),
    ("estedt", "America/New_York"),
    ("central", "America/Chicago"),
    ("ct", "America/Chicago"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("cstcdt", "America/Chicago"),
    ("mountain", "America/Denver"),
    ("mt", "America/Denver"),
    ("mst", "America/Denver"),
    ("mdt", "America/Denver"),
    ("mstmdt", "America/Denver"),
    ("pacific", "America/Los_Angeles"),
    ("west", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pstpdt", "America/Los_Angeles"),
    ("alaskan", "America/Anchorage"),
    ("akst", "America/Anchorage"),
    ("akdt", "America/Anchorage"),
    ("hawaiian", "Pacific/Honolulu"),
    ("hst", "Pacific/Honolulu"),
    ("aleutian", "America/Adak"),
    ("atlantic", "America/Halifax"),
    ("ast", "America/Puerto_Rico"),
    ("newfoundland", "America/St_Johns"),
    ("saskatchewan", "America/Regina"),
    ("indiana east", "America/Indiana/Indianapolis"),
    ("mountain arizona", "America/Phoenix"),
    ("greenwich mean", "Europe/London"),
    ("british", "Europe/London"),
    ("bst", "Europe/London"),
    ("w europe", "Europe/Berlin"),
    ("romance", "Europe/Paris"),
    ("central europe", "Europe/Budapest"),
    ("central european", "Europe/Warsaw"),
    ("cest", "Europe/Berlin"),
    ("india", "Asia/Kolkata"),
    ("ist", "Asia/Kolkata"),
    ("aus eastern", "Australia/Sydney"),
    ("aest", "Australia/Sydney"),
    ("e australia", "Australia/Brisbane"),
    ("tokyo", "Asia/Tokyo"),
    ("new zealand", "Pacific/Auckland"),
    ("dallas", "America/Chicago"),
    ("houston", "America/Chicago"),
    ("austin", "America/Chicago"),
    ("san antonio", "America/Chicago"),
    ("el paso", "America/Denver"),
    ("atlanta", "America/New_York"),
    ("boston", "America/New_York"),
    ("miami", "America/New_York"),
    ("orlando", "America/New_York"),
    ("tampa", "America/New_York"),
    ("charlotte", "America/New_York"),
    ("philadelphia", "America/New_York"),
    ("pittsburgh", "America/New_York"),
    ("cleveland", "America/New_York"),
    ("columbus", "America/New_York"),
    ("cincinnati", "America/New_York"),
    ("nashville", "America/Chicago"),
    ("memphis", "America/Chicago"),
    ("new orleans", "America/Chicago"),
    ("minneapolis", "America/Chicago"),
    ("milwaukee", "America/Chicago"),
    ("kansas city", "America/Chicago"),
    ("st louis", "America/Chicago"),
    ("oklahoma city", "America/Chicago"),
    ("omaha", "America/Chicago"),
    ("salt lake city", "America/Denver"),
    ("albuquerque", "America/Denver"),
    ("colorado springs", "America/Denver"),
    ("tucson", "America/Phoenix"),
    ("las vegas", "America/Los_Angeles"),
    ("seattle", "America/Los_Angeles"),
    ("portland", "America/Los_Angeles"),
    ("sacramento", "America/Los_Angeles"),
    ("san diego", "America/Los_Angeles"),
    ("san francisco", "America/Los_Angeles"),
    ("san jose", "America/Los_Angeles"),
    ("washington dc", "America/New_York"),
];

/// The sentence about a zone that does not exist, or is not what is meant by its name.
pub fn unknown_zone(name: &str) -> String {
    if let Some(zone) = meant(name) {
        return match name.to_lowercase().contains("mst") {
            true => format!("`{name}` is not the name of a time zone: write `{zone}`, or `America/Phoenix` in Arizona"),
            false => format!("`{name}` is not the name of a time zone: write `{zone}`"),
        };
    }
    if is_offset(name) {
        return format!(
            "`{name}` is an offset, and clocks change theirs: write the name of a time zone like `America/Chicago`"
        );
    }
    match nearest(name, Zone::names().filter(|name| Zone::named(name).is_some())) {
        Some(near) => format!("`{name}` is not the name of a time zone; did you mean `{near}`?"),
        None => format!("`{name}` is not the name of a time zone; write one like `America/Chicago`"),
    }
}

fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if lower.starts_with("us mountain standard") {
        return Some("America/Phoenix");
    }
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty() && !FILLERS.contains(word))
        .collect();
    let words = words.join(" ");
    if words.is_empty() {
        return None;
    }
    let entry = |words: &str| MEANT.iter().find(|(known, _)| *known == words).map(|(_, zone)| *zone);
    // `EST5EDT` has no blank between its words.
    let together = || entry(&words.replace(' ', ""));
    let of_state = || {
        UsState::named(&words)
            .filter(|state| state.name.len() == words.len())
            .and_then(UsState::main_zone)
    };
    entry(&words).or_else(together).or_else(of_state)
}

fn is_offset(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let rest = lower
        .strip_prefix("utc")
        .or_else(|| lower.strip_prefix("gmt"))
        .unwrap_or(&lower);
    let rest = rest.trim_start();
    rest.starts_with(['+', '-', '−'])
        && rest
            .chars()
            .skip(1)
            .all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_and_programs_write_lead_to_the_zone_that_is_meant() {
        for (zone, names) in [
            (
                "America/New_York",
                "Eastern|Eastern Time|Eastern Standard Time|EST|EST5EDT|ET|edt|Eastern Time (US & Canada)|\
                 (GMT-05:00) Eastern Time (US & Canada)|US/East|East Coast|New York",
            ),
            (
                "America/Chicago",
                "Central|CST|CDT|CST6CDT|CT|Central Time|Central Standard Time|Central Time (US & Canada)|America/Texas|\
                 America/Dallas|US/Texas",
            ),
            (
                "America/Denver",
                "Mountain|MST|MDT|MST7MDT|MT|Mountain Time (US & Canada)|America/Utah|Salt Lake City",
            ),
            (
                "America/Los_Angeles",
                "Pacific|PST|PST8PDT|PT|Pacific Daylight Time|California|America/Seattle",
            ),
            ("America/Phoenix", "Arizona|America/Arizona|US Mountain Standard Time"),
            (
                "Pacific/Honolulu",
                "HST|Hawaii|Hawaiian Standard Time|Hawaii Standard Time",
            ),
            ("America/Anchorage", "Alaska|AKST|Alaskan Standard Time"),
            ("America/Indiana/Indianapolis", "Indiana (East)|America/Indiana"),
            ("Europe/Berlin", "W. Europe Standard Time"),
            ("Asia/Kolkata", "India Standard Time|IST"),
        ] {
            for name in names.split('|') {
                assert!(Zone::named(name).is_none(), "{name}");
                let message = unknown_zone(name);
                assert!(message.contains(&format!("write `{zone}`")), "{name}: {message}");
            }
        }
    }

    #[test]
    fn every_zone_that_is_meant_exists() {
        for (name, zone) in MEANT {
            assert!(Zone::named(zone).is_some(), "{name}");
        }
    }

    #[test]
    fn names_that_mean_nothing_lead_to_no_zone() {
        for (name, says) in [
            ("America/Chicgo", "did you mean `America/Chicago`?"),
            ("UTC-5", "is an offset"),
            ("-05:00", "is an offset"),
            ("Mars/Base", "write one like `America/Chicago`"),
            ("GMT+2", "is an offset"),
        ] {
            let message = unknown_zone(name);
            assert!(message.contains(says), "{message}");
        }
        for name in ["US/Eastern", "US/Arizona", "Etc/GMT+5", "UTC", "cet"] {
            assert!(Zone::named(name).is_some(), "{name}");
        }
    }
}
