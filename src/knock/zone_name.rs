//! Names of zones that people and programs write, and what is meant by them.

use super::us_state::UsState;
use crate::document::{listed_under, lists, nearest};
use crate::zone::Zone;

/// Words that say nothing about which zone it is.
const FILLERS: &str =
    "time|standard|daylight|summer|zone|the|us|usa|canada|america|and|gmt|utc|coast|states|united|std";

/// What is meant by words and abbreviations: those of the US, of Windows and of Rails.
const MEANT: &str = "America/New_York=eastern|east|et|est|edt|estedt|atlanta|boston|miami|orlando|tampa|charlotte|philadelphia|\
     pittsburgh|cleveland|columbus|cincinnati|washington dc;\
     America/Chicago=central|ct|cst|cdt|cstcdt|dallas|houston|austin|san antonio|nashville|memphis|new orleans|\
     minneapolis|milwaukee|kansas city|st louis|oklahoma city|omaha;\
     America/Denver=mountain|mt|mst|mdt|mstmdt|el paso|salt lake city|albuquerque|colorado springs;\
     America/Los_Angeles=pacific|west|pt|pst|pdt|pstpdt|las vegas|seattle|portland|sacramento|san diego|\
     san francisco|san jose;\
     America/Anchorage=alaskan|akst|akdt;\
     Pacific/Honolulu=hawaiian|hst;\
     America/Adak=aleutian;\
     America/Halifax=atlantic;\
     America/Puerto_Rico=ast;\
     America/St_Johns=newfoundland;\
     America/Regina=saskatchewan;\
     America/Indiana/Indianapolis=indiana east;\
     America/Phoenix=mountain arizona|tucson;\
     Europe/London=greenwich mean|british|bst;\
     Europe/Berlin=w europe|cest;\
     Europe/Paris=romance;\
     Europe/Budapest=central europe;\
     Europe/Warsaw=central european;\
     Asia/Kolkata=india|ist;\
     Australia/Sydney=aus eastern|aest;\
     Australia/Brisbane=e australia;\
     Asia/Tokyo=tokyo;\
     Pacific/Auckland=new zealand";

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

/// The zone that is meant by words, abbreviations, and well-known cities of the US.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if lower.starts_with("us mountain standard") {
        return Some("America/Phoenix");
    }
    let mut words = Vec::new();
    for word in lower.split(|letter: char| !letter.is_alphabetic()) {
        if !word.is_empty() && !lists(FILLERS, word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return None;
    }
    // `EST5EDT` has no blank between its words.
    let together = || listed_under(MEANT, &words.concat());
    let words = words.join(" ");
    let of_state = || {
        UsState::named(&words)
            .filter(|state| state.name.len() == words.len())
            .and_then(UsState::main_zone)
    };
    listed_under(MEANT, &words).or_else(together).or_else(of_state)
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
        for entry in MEANT.split(';') {
            let (zone, _) = entry.split_once('=').unwrap();
            assert!(Zone::named(zone).is_some(), "{zone}");
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
