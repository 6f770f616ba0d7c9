//! The states of the US as people write them, where their ZIP codes are, and which clocks they have.

use crate::document::{is_digits, lists, only};

/// What separates the names of one state: `US-UT`, `TX - Texas`, `Utah, USA`.
const BETWEEN: &[char] = &['-', '(', ')', '/', ',', '|'];

/// A state of the US, the District of Columbia, or a territory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UsState {
    /// The two letters of the postal service.
    pub(super) code: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Other spellings, letters only, in capitals, with `|` between.
    others: &'static str,
    /// The letters of its zones in [`ZONES`], that of most of it first.
    zones: &'static str,
}

impl UsState {
    /// The state of this name, code or abbreviation, whatever its case, dots and blanks.
    pub(super) fn named(text: &str) -> Option<&'static Self> {
        if let Some(state) = exact(text) {
            return Some(state);
        }
        let mut found = None;
        for part in text.split(BETWEEN) {
            if part.trim().is_empty() || is_us(part) {
                continue;
            }
            let state = exact(part)?;
            if found.is_some_and(|found| found != state) {
                return None;
            }
            found = Some(state);
        }
        found
    }

    /// The state that a five-digit code belongs to.
    pub(super) fn of_zip(zip: &str) -> Option<&'static Self> {
        let zip = five_digits(zip)?;
        let apart = APART.iter().find(|(prefix, _)| zip.starts_with(prefix));
        let code = match apart {
            Some((_, code)) => code,
            None => {
                let area: u32 = zip.get(..3)?.parse().ok()?;
                let is_within = |from: &u16, to: &u16| u32::from(*from) <= area && area <= u32::from(*to);
                let (_, _, code) = AREAS.iter().find(|(from, to, _)| is_within(from, to))?;
                code
            }
        };
        STATES.iter().find(|state| state.code == *code)
    }

    /// The state whose name was most likely meant.
    pub(super) fn nearest(text: &str) -> Option<&'static Self> {
        let name = crate::document::nearest(text.trim(), STATES.iter().map(|state| state.name))?;
        STATES.iter().find(|state| state.name == name)
    }

    /// The zone of most of it.
    pub(super) fn main_zone(&self) -> Option<&'static str> {
        zone_name(self.zones.chars().next()?)
    }
}

/// The two letters of a US state, however it is written.
///
/// ```
/// # use knockcal::knock::us_state_code;
/// assert_eq!(us_state_code("utah"), Some("UT"));
/// assert_eq!(us_state_code(" N. Carolina "), Some("NC"));
/// assert_eq!(us_state_code("Ontario"), None);
/// ```
pub fn us_state_code(text: &str) -> Option<&'static str> {
    UsState::named(text).map(|state| state.code)
}

/// The five digits of a ZIP code that is written with nine: `84101-1234`.
pub fn five_of_longer(zip: &str) -> Option<&str> {
    let dashed = five_digits(zip).filter(|five| five.len() < zip.trim().len());
    dashed.or_else(|| zip.get(..5).filter(|_| zip.len() == 9 && is_digits(zip)))
}

/// The zones whose clocks may be those of a place: one where the code or the state tells, none where neither does.
pub(super) fn zones_of(zip: Option<&str>, state: Option<&UsState>) -> Vec<&'static str> {
    let by_zip = zip.and_then(|zip| {
        let zip = five_digits(zip)?;
        let of_zip = UsState::of_zip(zip)?;
        Some((of_zip, exception(zip).or(of_zip.zones.get(..1))?))
    });
    let letters = match (by_zip, state) {
        (Some((of_zip, zones)), Some(state)) if of_zip != state => format!("{zones}{}", state.zones),
        (Some((_, zones)), _) => zones.to_owned(),
        (None, state) => state.map(|state| state.zones).unwrap_or_default().to_owned(),
    };
    let mut names: Vec<&str> = Vec::new();
    for letter in letters.chars() {
        if let Some(name) = zone_name(letter)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// The zones of a code whose clocks are not those of most of its state.
fn exception(zip: &str) -> Option<&'static str> {
    let (mut longest, mut found) = (0, None);
    for (zones, prefixes) in EXCEPTIONS {
        for prefix in prefixes.split(' ') {
            if zip.starts_with(prefix) && prefix.len() >= longest {
                (longest, found) = (prefix.len(), Some(zones));
            }
        }
    }
    found
}

/// Whether a text names the US.
pub(super) fn is_us(text: &str) -> bool {
    let name = squeezed(text);
    let name = name.strip_prefix("THE").unwrap_or(&name);
    lists("US|USA|UNITEDSTATES|UNITEDSTATESOFAMERICA|AMERICA", name)
}

/// Whether these are the clocks of some state. UTC is no place, so nothing speaks against it.
pub(super) fn is_us_zone(name: &str) -> bool {
    let parts = [
        "US/",
        "America/Indiana/",
        "America/Kentucky/",
        "America/North_Dakota/",
        "Etc/",
    ];
    ZONES.iter().any(|(_, zone)| *zone == name)
        || lists(OTHER_ZONES, name)
        || parts.iter().any(|part| name.starts_with(part))
}

/// A text as it is compared: its letters and digits, in capitals.
pub(super) fn squeezed(text: &str) -> String {
    only(text, &char::is_alphanumeric).to_uppercase()
}

/// The five digits of a code like `84101` or `84101-1234`.
pub(super) fn five_digits(zip: &str) -> Option<&str> {
    let (five, rest) = zip.trim().split_at_checked(5)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let plus_four = |rest: &str| {
        rest.strip_prefix('-')
            .is_some_and(|four| four.len() == 4 && digits(four))
    };
    (digits(five) && (rest.is_empty() || plus_four(rest))).then_some(five)
}

fn exact(text: &str) -> Option<&'static UsState> {
    let squeezed = squeezed(text);
    let name = squeezed.as_str();
    let name = name.strip_prefix("THE").unwrap_or(name);
    let name = name.strip_prefix("STATEOF").unwrap_or(name);
    let name = name.strip_prefix("COMMONWEALTHOF").unwrap_or(name);
    let names = [name, name.strip_suffix("STATE").unwrap_or(name)];
    STATES.iter().find(|state| {
        let full = || self::squeezed(state.name);
        names
            .iter()
            .any(|name| *name == state.code || lists(state.others, name) || *name == full())
    })
}

fn zone_name(letter: char) -> Option<&'static str> {
    let zone = ZONES.iter().find(|(known, _)| *known == letter);
    zone.map(|(_, name)| *name)
}

const ZONES: [(char, &str); 14] = [
    ('E', "America/New_York"),
    ('C', "America/Chicago"),
    ('M', "America/Denver"),
    ('P', "America/Los_Angeles"),
    ('A', "America/Phoenix"),
    ('B', "America/Boise"),
    ('D', "America/Detroit"),
    ('I', "America/Indiana/Indianapolis"),
    ('K', "America/Anchorage"),
    ('U', "America/Adak"),
    ('H', "Pacific/Honolulu"),
    ('R', "America/Puerto_Rico"),
    ('G', "Pacific/Guam"),
    ('S', "Pacific/Pago_Pago"),
];

/// Other names of those clocks.
const OTHER_ZONES: &str = "America/Menominee|America/Juneau|America/Sitka|America/Nome|America/Yakutat|America/Metlakatla|\
     America/Atka|America/Shiprock|America/Fort_Wayne|America/Indianapolis|America/Louisville|America/Knox_IN|\
     America/St_Thomas|Pacific/Saipan|Pacific/Johnston|Navajo|UTC|GMT";

const fn state(code: &'static str, name: &'static str, zones: &'static str, others: &'static str) -> UsState {
    UsState {
        code,
        name,
        others,
        zones,
    }
}

pub(super) static STATES: [UsState; 56] = [
    state("AL", "Alabama", "C", "ALA"),
    state("AK", "Alaska", "K", "ALAS"),
    state("AZ", "Arizona", "A", "ARIZ"),
    state("AR", "Arkansas", "C", "ARK"),
    state("CA", "California", "P", "CAL|CALIF|CALI"),
    state("CO", "Colorado", "M", "COL|COLO"),
    state("CT", "Connecticut", "E", "CONN"),
    state("DE", "Delaware", "E", "DEL"),
    state("DC", "District of Columbia", "E", "WASHINGTONDC|WASHDC|DISTOFCOLUMBIA"),
    state("FL", "Florida", "EC", "FLA|FLOR"),
    state("GA", "Georgia", "E", ""),
    state("HI", "Hawaii", "H", "HAW"),
    state("ID", "Idaho", "BP", "IDA"),
    state("IL", "Illinois", "C", "ILL|ILLS"),
    state("IN", "Indiana", "IC", "IND"),
    state("IA", "Iowa", "C", ""),
    state("KS", "Kansas", "CM", "KAN|KANS"),
    state("KY", "Kentucky", "EC", "KEN|KENT"),
    state("LA", "Louisiana", "C", ""),
    state("ME", "Maine", "E", ""),
    state("MD", "Maryland", "E", ""),
    state("MA", "Massachusetts", "E", "MASS"),
    state("MI", "Michigan", "DC", "MICH"),
    state("MN", "Minnesota", "C", "MINN"),
    state("MS", "Mississippi", "C", "MISS"),
    state("MO", "Missouri", "C", ""),
    state("MT", "Montana", "M", "MONT"),
    state("NE", "Nebraska", "CM", "NEB|NEBR|NB"),
    state("NV", "Nevada", "P", "NEV"),
    state("NH", "New Hampshire", "E", "NHAMPSHIRE"),
    state("NJ", "New Jersey", "E", "NJERSEY"),
    state("NM", "New Mexico", "M", "NMEX|NEWMEX|NMEXICO"),
    state("NY", "New York", "E", "NYORK"),
    state("NC", "North Carolina", "E", "NCAR|NOCAR|NCAROLINA|NOCAROLINA"),
    state("ND", "North Dakota", "CM", "NDAK|NODAK|NDAKOTA|NODAKOTA"),
    state("OH", "Ohio", "E", ""),
    state("OK", "Oklahoma", "C", "OKLA"),
    state("OR", "Oregon", "PB", "ORE|OREG"),
    state("PA", "Pennsylvania", "E", "PENN|PENNA"),
    state("RI", "Rhode Island", "E", "RHODEISL"),
    state("SC", "South Carolina", "E", "SCAR|SOCAR|SCAROLINA|SOCAROLINA"),
    state("SD", "South Dakota", "CM", "SDAK|SODAK|SDAKOTA|SODAKOTA"),
    state("TN", "Tennessee", "CE", "TENN"),
    state("TX", "Texas", "CM", "TEX"),
    state("UT", "Utah", "M", ""),
    state("VT", "Vermont", "E", ""),
    state("VA", "Virginia", "E", "VIRG"),
    state("WA", "Washington", "P", "WASH|WN"),
    state("WV", "West Virginia", "E", "WVA|WVIRG|WVIRGINIA"),
    state("WI", "Wisconsin", "C", "WIS|WISC"),
    state("WY", "Wyoming", "M", "WYO"),
    state("AS", "American Samoa", "S", ""),
    state("GU", "Guam", "G", ""),
    state("MP", "Northern Mariana Islands", "G", "CNMI"),
    state("PR", "Puerto Rico", "R", "PUERTORICO"),
    state("VI", "Virgin Islands", "R", "USVI|USVIRGINISLANDS|VIRGINISLANDSUS"),
];

/// ZIP codes of another state than those around them.
const APART: [(&str, &str); 9] = [
    ("06390", "NY"),
    ("83414", "WY"),
    ("96799", "AS"),
    ("96950", "MP"),
    ("96951", "MP"),
    ("96952", "MP"),
    ("885", "TX"),
    ("733", "TX"),
    ("055", "MA"),
];

/// The first three digits of ZIP codes, from and to, and their state (USPS Publication 65).
const AREAS: [(u16, u16, &str); 60] = [
    (5, 5, "NY"),
    (6, 7, "PR"),
    (8, 8, "VI"),
    (9, 9, "PR"),
    (10, 27, "MA"),
    (28, 29, "RI"),
    (30, 38, "NH"),
    (39, 49, "ME"),
    (50, 59, "VT"),
    (60, 69, "CT"),
    (70, 89, "NJ"),
    (100, 149, "NY"),
    (150, 196, "PA"),
    (197, 199, "DE"),
    (200, 200, "DC"),
    (201, 201, "VA"),
    (202, 205, "DC"),
    (206, 219, "MD"),
    (220, 246, "VA"),
    (247, 268, "WV"),
    (270, 289, "NC"),
    (290, 299, "SC"),
    (300, 319, "GA"),
    (320, 339, "FL"),
    (341, 349, "FL"),
    (350, 369, "AL"),
    (370, 385, "TN"),
    (386, 397, "MS"),
    (398, 399, "GA"),
    (400, 427, "KY"),
    (430, 459, "OH"),
    (460, 479, "IN"),
    (480, 499, "MI"),
    (500, 528, "IA"),
    (530, 549, "WI"),
    (550, 567, "MN"),
    (570, 577, "SD"),
    (580, 588, "ND"),
    (590, 599, "MT"),
    (600, 629, "IL"),
    (630, 658, "MO"),
    (660, 679, "KS"),
    (680, 693, "NE"),
    (700, 714, "LA"),
    (716, 729, "AR"),
    (730, 749, "OK"),
    (750, 799, "TX"),
    (800, 816, "CO"),
    (820, 831, "WY"),
    (832, 838, "ID"),
    (840, 847, "UT"),
    (850, 865, "AZ"),
    (870, 884, "NM"),
    (889, 898, "NV"),
    (900, 961, "CA"),
    (967, 968, "HI"),
    (969, 969, "GU"),
    (970, 979, "OR"),
    (980, 994, "WA"),
    (995, 999, "AK"),
];

/// ZIP codes whose clocks are not those of most of their state; two letters where a code is on both sides of the border, or
/// where its people keep other clocks than the law says. The longest prefix counts.
const EXCEPTIONS: [(&str, &str); 17] = [
    // Western Texas; Kansas; eastern Nevada.
    (
        "M",
        "799 885 79821 79835 79836 79837 79838 79839 79847 79849 79851 79853 67733 67735 67741 67758 67761 67762 67836 \
         67857 67878 67879 693 577 89883",
    ),
    // The west of Nebraska and of the Dakotas; Jackpot and Owyhee.
    ("CM", "690 691 692 575 576 585 586 588"),
    ("PM", "89825 89831 89832"),
    // The Panhandle of Florida.
    ("C", "324 325"),
    ("EC", "32456 32457 32465"),
    // The east of Tennessee.
    ("E", "374 376 377 378 379"),
    ("CE", "373 37723"),
    // The west of Kentucky and of Indiana; the border of Michigan with Wisconsin; who works across the river in Georgia.
    (
        "C",
        "420 421 422 423 424 463 464 476 477 46532 46534 47922 47943 47948 47951 47963 47964 47977 47978",
    ),
    ("EC", "401 426 427"),
    ("IC", "475"),
    ("DC", "498 499"),
    ("CE", "36854 36863 36867 36868 36869 36870"),
    // Idaho and Oregon on the other side of the mountains.
    ("P", "835 838 97904 97905 97907"),
    ("B", "979 83547 83549"),
    ("PB", "83542"),
    // The Navajo Nation, and the Aleutians.
    ("AM", "865 86020 86033 86044 86045 86053 86054"),
    ("U", "99546 99547"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::zone::Zone;

    fn spellings_of(state: &UsState) -> Vec<&'static str> {
        let others = state.others.split('|').filter(|other| !other.is_empty());
        others.chain([state.code, state.name]).collect()
    }

    #[test]
    fn states_are_known_however_they_are_written() {
        for (code, spellings) in [
            (
                "UT",
                "UT|ut|UT.|U.T.|Utah|UTAH |utah|State of Utah|US-UT|UT - Utah|Utah (UT)|Utah, USA",
            ),
            ("CA", "Calif.|CALIF|Cal.|california|Ca"),
            ("TX", "Tex.|Texas|TX|The State of Texas"),
            (
                "NC",
                "N.C.|N. C.|North  Carolina|N. Carolina|No. Carolina|N Carolina|north-carolina",
            ),
            ("WV", "W. Va.|West Virginia|W.Va"),
            ("DC", "D.C.|Washington, D.C.|Washington DC|District Of Columbia"),
            ("MA", "Mass.|Commonwealth of Massachusetts"),
            ("WA", "Washington State|Wash."),
            ("NY", "New York State|N.Y."),
            ("PR", "Puerto Rico|P.R."),
            ("VI", "USVI|U.S. Virgin Islands"),
        ] {
            for spelling in spellings.split('|') {
                assert_eq!(us_state_code(spelling), Some(code), "{spelling}");
            }
        }
    }

    #[test]
    fn what_is_no_state_is_none() {
        for text in [
            "",
            "Utha",
            "Ontario",
            "TX 79901",
            "UTC",
            "Texas City",
            "UT TX",
            "TX - Utah",
            "-",
            "USA",
            "N",
        ] {
            assert_eq!(us_state_code(text), None, "{text}");
        }
    }

    #[test]
    fn no_two_states_share_a_spelling() {
        for state in &STATES {
            for spelling in spellings_of(state) {
                assert_eq!(us_state_code(spelling), Some(state.code), "{spelling}");
            }
        }
    }

    #[test]
    fn every_zone_of_a_place_exists() {
        for (_, name) in ZONES {
            assert!(Zone::named(name).is_some() && is_us_zone(name), "{name}");
        }
        let letters = STATES.iter().map(|state| state.zones);
        for letters in letters.chain(EXCEPTIONS.iter().map(|(zones, _)| *zones)) {
            assert_eq!(
                letters.chars().filter_map(zone_name).count(),
                letters.len(),
                "{letters}"
            );
        }
        for name in OTHER_ZONES.split('|') {
            assert!(Zone::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_area_of_zip_codes_has_a_state_and_one_only() {
        for (from, to, code) in AREAS {
            assert!(from <= to && us_state_code(code) == Some(code), "{from}");
        }
        for pair in AREAS.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
        for (zip, code) in [
            ("84101", "UT"),
            ("02138-1234", "MA"),
            ("00501", "NY"),
            ("79901", "TX"),
            ("88510", "TX"),
            ("96799", "AS"),
            ("99546", "AK"),
        ] {
            assert_eq!(UsState::of_zip(zip).map(|state| state.code), Some(code), "{zip}");
        }
        for zip in ["", "2138", "841", "84101-12", "ABCDE", "00000", "98765-432x"] {
            assert_eq!(UsState::of_zip(zip), None, "{zip}");
        }
    }

    #[test]
    fn clocks_are_those_of_the_zip_code_and_else_of_the_state() {
        for (zip, state, zones) in [
            ("", "UT", "America/Denver"),
            ("84101", "", "America/Denver"),
            ("", "AZ", "America/Phoenix"),
            ("", "HI", "Pacific/Honolulu"),
            ("", "IN", "America/Indiana/Indianapolis America/Chicago"),
            ("46204", "IN", "America/Indiana/Indianapolis"),
            ("46402", "IN", "America/Chicago"),
            ("78701", "TX", "America/Chicago"),
            ("79901", "TX", "America/Denver"),
            ("79901", "", "America/Denver"),
            ("", "TX", "America/Chicago America/Denver"),
            ("32501", "FL", "America/Chicago"),
            ("32301", "FL", "America/New_York"),
            ("32456", "FL", "America/New_York America/Chicago"),
            ("37203", "TN", "America/Chicago"),
            ("37902", "TN", "America/New_York"),
            ("42101", "KY", "America/Chicago"),
            ("83501", "ID", "America/Los_Angeles"),
            ("83702", "ID", "America/Boise"),
            ("97914", "OR", "America/Boise"),
            ("97201", "OR", "America/Los_Angeles"),
            ("86515", "AZ", "America/Phoenix America/Denver"),
            ("84101", "TX", "America/Denver America/Chicago"),
            ("", "PR", "America/Puerto_Rico"),
            ("nonsense", "UT", "America/Denver"),
            ("", "", ""),
        ] {
            let found = zones_of(Some(zip), UsState::named(state));
            assert_eq!(found.join(" "), zones, "{zip} {state}");
        }
    }

    proptest! {
        #[test]
        fn any_spelling_of_any_state_is_that_state(
            state in (0..STATES.len()).prop_map(|index| &STATES[index]),
            which in 0..16_usize,
            cases in proptest::collection::vec(any::<bool>(), 40),
            (dots, around, prefix) in (any::<bool>(), "[ \\t]{0,3}", select(&["", "State of ", "the state of "][..])),
        ) {
            let spellings = spellings_of(state);
            let spelling = spellings[which % spellings.len()];
            let letters = spelling.chars().zip(cases.iter().cycle());
            let written: String = letters
                .map(|(letter, upper)| if *upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() })
                .collect();
            let dotted = match (dots, spelling.len()) {
                (true, 2) => written.chars().flat_map(|letter| [letter, '.']).collect(),
                (true, _) => format!("{written}."),
                (false, _) => written,
            };
            prop_assert_eq!(us_state_code(&format!("{around}{prefix}{dotted}{around}")), Some(state.code));
        }

        #[test]
        fn no_text_is_too_odd_to_be_looked_at(text in "\\PC{0,20}") {
            us_state_code(&text);
            UsState::of_zip(&text);
            zones_of(Some(&text), None);
        }
    }
}
