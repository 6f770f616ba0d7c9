//! Names of people: whether two of them are likely those of one person.
//!
//! A rep writes `Annie Lee` where the office wrote `Lee, Ann`. Names are compared as sets of words, without titles,
//! accents and order; a short form is the name that it stands for, and an initial is every name that begins with it.
//! Nothing here proves who somebody is: it only tells which names contradict each other.

use crate::document::{all, beginning, listed_under, lists};

/// The result of comparing two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLikeness {
    /// Different people, as far as names tell.
    Different,
    /// Perhaps one person: a word is spelled otherwise, or one of several differs. A person has to judge.
    Similar,
    /// Likely one person. No name is like any other.
    Same,
}

/// Compares two names as people write them.
///
/// ```
/// # use knockcal::person_name::{NameLikeness, likely_same_person};
/// assert_eq!(likely_same_person("Lee, Ann", "Mrs. Annie Lee-Smith"), NameLikeness::Same);
/// assert_eq!(likely_same_person("Jon Whitfield", "John Whitfeld"), NameLikeness::Similar);
/// assert_eq!(likely_same_person("Ann Lee", "Bob Lee"), NameLikeness::Different);
/// ```
pub fn likely_same_person(one: &str, other: &str) -> NameLikeness {
    PersonName::of(one).likeness(&PersonName::of(other))
}

/// A name in the form in which names are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    words: Vec<NameWord>,
    /// `jr`, `iii`: what tells a son from his father.
    generation: Option<String>,
    /// `mr` or `mrs`.
    title: Option<String>,
}

/// A word of a name. Each of its forms may be a fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NameWord {
    /// The word itself, then the names that it may be short for; none of an initial.
    forms: Vec<String>,
    initial: String,
    /// The word without what is often misspelled; nothing where too little is left of it.
    skeleton: Option<String>,
}

/// Words that say nothing about who somebody is.
const PASSED_OVER: &str = "and|or|und|et|dr|prof|rev|sir|mx|hon|esq|phd|md|dds|cpa";

/// Titles that do, by the one that is kept.
const TITLES: &str = "mr=mr|mister;mrs=mrs|ms|miss|missus|madam";

/// What tells a son from his father, by what is kept.
const GENERATIONS: &str = "jr=jr|junior;sr=sr|senior;ii=ii;iii=iii;iv=iv;2nd=2nd;3rd=3rd;4th=4th";

/// How two words match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WordMatch {
    Skeleton,
    Initial,
    Form,
}

impl PersonName {
    /// Reads a name.
    pub fn of(name: &str) -> Self {
        let mut read = Self::default();
        let words = words(name);
        for word in &words {
            if let Some(title) = listed_under(TITLES, word) {
                read.title = Some(title.to_owned());
            } else if let Some(generation) = listed_under(GENERATIONS, word) {
                read.generation = Some(generation.to_owned());
            } else if !lists(PASSED_OVER, word) {
                read.words.push(NameWord::of(word));
            }
        }
        if read.words.is_empty() {
            // Some are called like a title.
            for word in &words {
                read.words.push(NameWord::of(word));
            }
        }
        read
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether there is a word in it that is more than an initial.
    pub fn has_word(&self) -> bool {
        self.words.iter().any(|word| !word.forms.is_empty())
    }

    /// Compares two names.
    pub fn likeness(&self, other: &Self) -> NameLikeness {
        if self.is_empty() || other.is_empty() {
            return NameLikeness::Same;
        }
        if differ(self.generation.as_ref(), other.generation.as_ref()) {
            return NameLikeness::Different;
        }
        let (fewer, more) = match self.words.len() <= other.words.len() {
            true => (&self.words, &other.words),
            false => (&other.words, &self.words),
        };
        let matches = best_matches(fewer, more);
        let count = |kind: WordMatch| matches.iter().filter(|found| **found == kind).count();
        let (by_form, by_skeleton) = (count(WordMatch::Form), count(WordMatch::Skeleton));
        let all_match = matches.len() == fewer.len();
        let titles_differ = differ(self.title.as_ref(), other.title.as_ref());
        match () {
            () if all_match && by_form > 0 && by_skeleton == 0 && !titles_differ => NameLikeness::Same,
            () if all_match => NameLikeness::Similar,
            // First and last name are the same, and the one between them is not.
            () if by_form >= 2 => NameLikeness::Similar,
            () => NameLikeness::Different,
        }
    }

    /// Whether another name says all that this one does.
    pub fn is_within(&self, other: &Self) -> bool {
        let is_there = |word: &NameWord| match word.forms.first() {
            Some(form) => other.words.iter().any(|there| there.forms.first() == Some(form)),
            None => other.words.iter().any(|there| there.initial == word.initial),
        };
        self.words.iter().all(is_there)
    }

    /// What is remembered of a name, to compare it later: each form as `hide` makes it.
    pub fn kept(&self, hide: &dyn Fn(&str) -> String) -> Vec<String> {
        let mut kept = Vec::new();
        for word in &self.words {
            kept.push(word.kept(hide));
        }
        for (mark, sign) in [(&self.generation, GENERATION), (&self.title, TITLE)] {
            if let Some(mark) = mark {
                kept.push(format!("{sign}{mark}"));
            }
        }
        kept
    }

    /// The same name as it is remembered.
    pub fn hidden(&self, hide: &dyn Fn(&str) -> String) -> Self {
        Self::recall(&self.kept(hide))
    }

    /// Reads what is remembered of a name. Of names of before only the words are.
    pub fn recall(kept: &[String]) -> Self {
        let mut name = Self::default();
        for entry in kept {
            if let Some(generation) = entry.strip_prefix(GENERATION) {
                name.generation = Some(generation.to_owned());
            } else if let Some(title) = entry.strip_prefix(TITLE) {
                name.title = Some(title.to_owned());
            } else {
                name.words.push(NameWord::recall(entry));
            }
        }
        name
    }
}

/// Signs before what is remembered of a name.
const INITIAL: char = '^';
const SKELETON: char = '~';
const GENERATION: char = '#';
const TITLE: char = '@';

impl NameWord {
    fn of(word: &str) -> Self {
        let initial = beginning(word, 1).to_owned();
        if word.len() == 1 && all(word, &|letter| letter.is_ascii_alphabetic()) {
            return Self {
                initial,
                ..Self::default()
            };
        }
        let mut forms = vec![word.to_owned()];
        for entry in SHORT_NAMES.split(';') {
            if let Some((long, short)) = entry.split_once('=')
                && lists(short, word)
            {
                forms.push(long.to_owned());
            }
        }
        Self {
            forms,
            initial,
            skeleton: skeleton(word),
        }
    }

    /// What is remembered of it.
    fn kept(&self, hide: &dyn Fn(&str) -> String) -> String {
        let signed = |sign: char, part: &str| format!("{sign}{}", hide(&format!("{sign}{part}")));
        let mut kept = String::new();
        for form in &self.forms {
            kept.push_str(&hide(form));
            kept.push(' ');
        }
        kept.push_str(&signed(INITIAL, &self.initial));
        if let Some(skeleton) = &self.skeleton {
            kept.push(' ');
            kept.push_str(&signed(SKELETON, skeleton));
        }
        kept
    }

    fn recall(entry: &str) -> Self {
        let mut word = Self::default();
        for form in entry.split(' ') {
            if let Some(initial) = form.strip_prefix(INITIAL) {
                word.initial = initial.to_owned();
            } else if let Some(skeleton) = form.strip_prefix(SKELETON) {
                word.skeleton = Some(skeleton.to_owned());
            } else {
                word.forms.push(form.to_owned());
            }
        }
        word
    }

    fn matches(&self, other: &Self) -> Option<WordMatch> {
        let is_initial = self.forms.is_empty() || other.forms.is_empty();
        if self == other || self.forms.iter().any(|form| other.forms.contains(form)) {
            Some(WordMatch::Form)
        } else if is_initial && self.initial == other.initial {
            Some(WordMatch::Initial)
        } else if self.skeleton.is_some() && self.skeleton == other.skeleton {
            Some(WordMatch::Skeleton)
        } else {
            None
        }
    }
}

/// How the words of one name match those of another, each at most once, the surest first.
fn best_matches(fewer: &[NameWord], more: &[NameWord]) -> Vec<WordMatch> {
    let mut matches = Vec::new();
    let mut taken_left: Vec<usize> = Vec::new();
    let mut taken_right: Vec<usize> = Vec::new();
    for wanted in [WordMatch::Form, WordMatch::Initial, WordMatch::Skeleton] {
        for (left, word) in fewer.iter().enumerate() {
            let mut others = more.iter().enumerate();
            let is_match = |right: usize, other: &NameWord| {
                !taken_left.contains(&left) && !taken_right.contains(&right) && word.matches(other) == Some(wanted)
            };
            if let Some((right, _)) = others.find(|(right, other)| is_match(*right, other)) {
                taken_left.push(left);
                taken_right.push(right);
                matches.push(wanted);
            }
        }
    }
    matches
}

fn differ(one: Option<&String>, other: Option<&String>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// The words of a name, in lower case and without accents. `O'Brien` is one word, and `Lee-Smith` is two.
fn words(name: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            // Some write them, some do not: they are no ends of words. Accents may stand alone.
            '\'' | '’' | 'ʼ' | '`' | '´' | '.' | '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' => {}
            letter if letter.is_alphanumeric() => {
                match ACCENTED.iter().find(|(_, accented)| accented.contains(letter)) {
                    Some((plain, _)) => word.push_str(plain),
                    None => word.push(letter),
                }
            }
            _ if word.is_empty() => {}
            _ => words.push(std::mem::take(&mut word)),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Letters of the Latin script with accents, by what is written where there are none.
const ACCENTED: [(&str, &str); 23] = [
    ("a", "àáâãäåāăąǎ"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįı"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉ"),
    ("o", "òóôõöøōŏő"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűų"),
    ("w", "ŵ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
];

/// A word without vowels, silent letters and doubled ones: `whitfield` and `whitfeld` have the same. Nothing where fewer
/// than two letters are left, which are those of many names.
fn skeleton(word: &str) -> Option<String> {
    let sounds = word
        .replace("ph", "f")
        .replace("ck", "k")
        .replace("gh", "")
        .replace(['c', 'q'], "k")
        .replace('z', "s")
        .replace('v', "f");
    let mut skeleton = String::new();
    for (index, letter) in sounds.chars().enumerate() {
        let is_kept = index == 0 || !"aeiouyhw".contains(letter);
        if is_kept && !skeleton.ends_with(letter) {
            skeleton.push(letter);
        }
    }
    (skeleton.chars().count() >= 2).then_some(skeleton)
}

/// English names by their common short forms.
const SHORT_NAMES: &str = "alexander=alex|al|xander|sandy;alexandra=alex|lexi|sandra|sandy;alfred=al|alf|fred|freddie;\
     andrew=andy|drew;ann=anna|anne|annie|anita|nan|nancy;anthony=tony;barbara=barb|barbie;benjamin=ben|benny;\
     catherine=katherine|kathryn|cathy|kathy|kate|katie|kat;charles=charlie|chuck|chas;\
     christina=christine|chris|chrissy|tina;christopher=chris|kris|topher;cynthia=cindy;daniel=dan|danny;\
     david=dave|davey;deborah=debra|deb|debbie;donald=don|donnie;dorothy=dot|dottie;edward=ed|eddie|ted|ned;\
     elizabeth=liz|lizzie|beth|betty|betsy|eliza|lisa;eugene=gene;francis=frank|fran;frederick=fred|freddie;\
     gregory=greg;jacob=jake;james=jim|jimmy|jamie;jeffrey=jeff|geoff|geoffrey;jennifer=jen|jenn|jenny;\
     jessica=jess|jessie;john=jon|johnny|jack;jonathan=jon|johnathan|jonny;joseph=joe|joey;joshua=josh;\
     judith=judy|judi;kenneth=ken|kenny;lawrence=larry|laurence;leonard=leo|len|lenny;\
     margaret=maggie|meg|peggy|marge|margie;matthew=matt;michael=mike|mick|mickey|mikey;nathaniel=nathan|nate;\
     nicholas=nick|nicky|nicolas;pamela=pam;patricia=pat|patty|patti|trish|tricia;patrick=pat|paddy;peter=pete;\
     philip=phil|phillip;raymond=ray;rebecca=becky|becca;richard=rick|ricky|dick|rich|richie;\
     robert=bob|bobby|rob|robbie|bert;ronald=ron|ronnie;samantha=sam;samuel=sam|sammy;stephen=steven|steve;\
     susan=sue|susie|suzanne;theodore=ted|teddy|theo;thomas=tom|tommy;timothy=tim;victoria=vicky|vicki|tori;\
     walter=walt;william=will|bill|billy|willie|liam";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_likeness(expected: NameLikeness, pairs: &[(&str, &str)]) {
        for (one, other) in pairs {
            assert_eq!(likely_same_person(one, other), expected, "{one} / {other}");
            assert_eq!(likely_same_person(other, one), expected, "{other} / {one}");
            let (one, other) = (PersonName::of(one), PersonName::of(other));
            let hide = |form: &str| crate::knock::fingerprint(&[form]);
            let hidden = one.hidden(&hide).likeness(&other.hidden(&hide));
            assert_eq!(hidden, expected, "{one:?} / {other:?}, hidden");
        }
    }

    #[test]
    fn spellings_of_one_name_are_likely_one_person() {
        assert_likeness(
            NameLikeness::Same,
            &[
                ("Ann Lee", "Lee, Ann"),
                ("Ann Lee", "Mrs. Ann Lee"),
                ("Ann Lee", "A Lee"),
                ("Ann Lee", "A. M. Lee-Smith"),
                ("Ann Lee", "Annie Lee"),
                ("Anna Lee", "Annie Lee"),
                ("Ann Lee", "Ann Lee-Smith"),
                ("Ann Lee", " ann   LEE "),
                ("Ann Lee", "Ann Marie Lee"),
                ("Ann Lee", "Ann & Bob Lee"),
                ("Bob Lee", "Ann and Robert Lee"),
                ("JOSÉ Nuñez", "Jose Nunez"),
                ("Jose\u{301} Nuñez", "José Nunez"),
                ("Ann O'Brien", "Ann O’Brien"),
                ("Ann O'Brien", "ann obrien"),
                ("Bill Ray", "Will Ray"),
                ("Bob Ray", "Robert Ray"),
                ("Ann", "Ann Lee"),
                ("", "Ann Lee"),
                ("John Lee", "John Lee Jr."),
                ("Dr. John Lee III", "John Lee, III"),
                ("Łukasz Müller", "lukasz muller"),
                ("李雷", "李雷"),
                ("A L", "l a"),
                ("Or", "OR"),
            ],
        );
    }

    #[test]
    fn names_that_differ_in_spelling_or_in_one_of_several_words_are_similar() {
        assert_likeness(
            NameLikeness::Similar,
            &[
                ("Dana Whitfield", "Dana Whitfeld"),
                ("Dana Whitfield", "Dana Whitfiled"),
                ("Catharine Diaz", "Katherine Dias"),
                ("Ann Marie Lee", "Ann Grace Lee"),
                ("Mr. Lee", "Mrs Lee"),
                ("A", "Ann Lee"),
                ("A L", "Ann Lee"),
                ("Alexander Lee", "Alexandra Lee"),
            ],
        );
    }

    #[test]
    fn names_of_others_differ() {
        assert_likeness(
            NameLikeness::Different,
            &[
                ("Ann Lee", "Bob Lee"),
                ("Ann Lee", "Bob Ray"),
                ("Ann Lee", "B Lee"),
                ("Ann Lee", "Ann Ray"),
                ("Patrick Lee", "Patricia Ray"),
                ("John Lee Jr", "John Lee Sr"),
                ("Lee Roofing LLC", "Ann Lee"),
                ("李雷", "韩梅梅"),
                ("Ann Lee", "Ann & Ann"),
            ],
        );
    }

    #[test]
    fn names_that_were_remembered_as_words_alone_are_compared_by_them() {
        let hide = |form: &str| crate::knock::fingerprint(&[form]);
        let kept: Vec<_> = ["ann", "lee"].iter().map(|word| hide(word)).collect();
        let kept = PersonName::recall(&kept);
        let compared = |name: &str| PersonName::of(name).hidden(&hide).likeness(&kept);
        assert_eq!(compared("Lee, Annie"), NameLikeness::Same);
        assert_eq!(compared("Bob Lee"), NameLikeness::Different);
    }

    #[test]
    fn what_is_remembered_of_a_name_shows_none_of_its_words() {
        let kept = PersonName::of("Mrs. Ann Lee").kept(&|form| crate::knock::fingerprint(&[form]));
        assert!(
            kept.iter()
                .all(|entry| !entry.contains("ann") && !entry.contains("lee"))
        );
    }

    #[test]
    fn name_is_within_another_that_says_as_much() {
        let is_within = |one: &str, other: &str| PersonName::of(one).is_within(&PersonName::of(other));
        assert!(is_within("A. Lee", "Ann Marie Lee") && is_within("Lee, Ann", "Ann Lee"));
        assert!(!is_within("Annie Lee", "Ann Lee") && !is_within("Ann Marie Lee", "Ann Lee"));
    }

    proptest! {
        #[test]
        fn any_name_is_like_itself_in_any_order_case_and_spacing(
            mut words in proptest::collection::vec("[A-Za-zÀ-ÿ]{2,8}", 1..5),
            turn in 0usize..4,
        ) {
            let name = words.join(" ");
            let len = words.len();
            words.rotate_left(turn % len);
            let other = words.join("  ").to_uppercase();
            prop_assert_eq!(likely_same_person(&name, &other), NameLikeness::Same);
        }

        #[test]
        fn comparing_any_two_texts_is_symmetric(one in "\\PC{0,40}", other in "\\PC{0,40}") {
            prop_assert_eq!(likely_same_person(&one, &other), likely_same_person(&other, &one));
        }
    }
}
