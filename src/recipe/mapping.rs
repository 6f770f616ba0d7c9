//! Where a value comes from.

use serde_json::{Map, Value};

use super::expression::{self, Expression, ExpressionError, FilterCall, MayBeAnything, Path, Possible, Scope};
use crate::document::{KeyPath, Object, Problems, Unknown, kind_of, nearest, object_of, pointer_to};
use crate::knock::is_nothing;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// Always the same.
    Constant(Value),
    /// From the event, the connection, or what an earlier step answered.
    From {
        /// Where it stands. The first that is there counts, or all where the filters work on lists.
        paths: Vec<Path>,
        /// What it goes through.
        filters: Vec<FilterCall>,
        /// The filters as they were written.
        written: String,
    },
    /// What an expression is worth.
    Expression(Expression, String),
    /// For each entry of a list, which then is `item`, a value.
    Each(Path, Box<Mapping>),
    /// A list of values; those that are absent are left out.
    List(Vec<Mapping>),
    /// An object; fields that are absent are left out.
    Object(Vec<(String, Mapping)>),
    /// A value that may be absent without a word.
    Optional(Box<Mapping>),
}

/// A part of a mapping that yields nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Gap<'a> {
    /// What it names is absent.
    Absent(&'a Path),
    /// What it names is there, and nothing is made of it: how that is written, and the first value.
    Emptied(&'a Path, String, Value),
}

/// Why a mapping has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    /// Where in the mapping: what is put behind its pointer.
    pub at: String,
    /// What is wrong there.
    pub error: ExpressionError,
}

/// The words that make an object a mapping.
const WORDS: [&str; 4] = ["from", "value", "expression", "each"];

impl Mapping {
    /// Reads `{ from = …, as = … }`, `{ expression = … }`, `{ value = … }`, a list or an object of these, or what is
    /// always the same.
    pub(super) fn read(value: &Value, pointer: String, problems: &Problems) -> Option<Self> {
        match value {
            Value::Object(fields) if Self::is_one(fields) => {
                let object = Object::at(value, pointer, problems)?;
                let mapping = Self::read_one(fields, &object, problems);
                ["as", "make"]
                    .iter()
                    .chain(&WORDS)
                    .for_each(|word| object.note_known(word));
                let is_optional = object.boolean("optional") == Some(true);
                object.unknown(Unknown::Refuse);
                match is_optional {
                    true => mapping.map(|mapping| Self::Optional(Box::new(mapping))),
                    false => mapping,
                }
            }
            Value::Object(fields) => {
                if let Some((wrong, meant)) = misspelt(fields) {
                    let message = format!("`{wrong}` is not known; did you mean `{meant}`?");
                    problems.add(pointer_to(&pointer, wrong), "unknown-field", message);
                    return None;
                }
                let mut of = Vec::new();
                for (name, field) in fields {
                    of.push((name.clone(), Self::read(field, pointer_to(&pointer, name), problems)?));
                }
                Some(Self::Object(of))
            }
            Value::Array(entries) => {
                let mut of = Vec::new();
                for (index, entry) in entries.iter().enumerate() {
                    of.push(Self::read(entry, format!("{pointer}/{index}"), problems)?);
                }
                Some(Self::List(of))
            }
            constant => Some(Self::Constant(constant.clone())),
        }
    }

    /// Whether an object is a mapping, and not one of mappings.
    pub(super) fn is_one(fields: &Map<String, Value>) -> bool {
        WORDS.iter().any(|word| fields.contains_key(*word))
    }

    /// Whether it is a place in something, as it stands there.
    pub(super) fn is_place(&self) -> bool {
        match self {
            Self::From { filters, .. } => filters.is_empty(),
            Self::Optional(of) => of.is_place(),
            _ => false,
        }
    }

    /// The first of several places that has a value, each with its pointer in the configuration.
    pub(super) fn of_places(places: Vec<(&Value, String)>, problems: &Problems) -> Option<Self> {
        Some(Self::From {
            paths: read_paths(places, problems)?,
            filters: Vec::new(),
            written: String::new(),
        })
    }

    fn read_one(fields: &Map<String, Value>, object: &Object<'_>, problems: &Problems) -> Option<Self> {
        let mut words = WORDS.into_iter().filter(|word| fields.contains_key(*word));
        if let Some(second) = words.nth(1) {
            let message = "a mapping has one of `from`, `value`, `expression` and `each`";
            object.problem(second, "contradiction", message);
            return None;
        }
        if let Some(value) = fields.get("value") {
            return Some(Self::Constant(value.clone()));
        }
        if let Some(written) = fields.get("expression") {
            let (tree, written) = read_expression(written, object.pointer("expression"), problems)?;
            return Some(Self::Expression(tree, written));
        }
        if let Some(each) = fields.get("each") {
            let list = read_path(each, object.pointer("each"), problems);
            let Some(make) = fields.get("make") else {
                object.problem(
                    "make",
                    "missing",
                    "`make` says what is made of each entry, which is `item`",
                );
                return None;
            };
            let make = Self::read(make, object.pointer("make"), problems);
            return Some(Self::Each(list?, Box::new(make?)));
        }
        let places: Vec<(&Value, String)> = match object.value("from") {
            Some(Value::Array(_)) => object.list("from"),
            Some(one) => vec![(one, object.pointer("from"))],
            None => Vec::new(),
        };
        if places.is_empty() {
            object.problem(
                "from",
                "missing",
                "`from` says where the value stands, like `lead.phone`",
            );
            return None;
        }
        let paths = read_paths(places, problems);
        let (filters, written) = match object.text("as") {
            Some(written) => {
                let read = read_text(&written, object.pointer("as"), problems, expression::parse_filters);
                (read?, written)
            }
            None => Default::default(),
        };
        Some(Self::From {
            paths: paths?,
            filters,
            written,
        })
    }

    /// Calls `see` for every path in it, with the place of it within the mapping.
    pub fn paths<'a>(&'a self, at: &str, see: &mut dyn FnMut(&'a Path, String)) {
        match self {
            Self::Constant(_) => {}
            Self::From { paths, filters, .. } => {
                for (index, path) in paths.iter().enumerate() {
                    let place = match paths.len() {
                        1 => format!("{at}/from"),
                        _ => format!("{at}/from/{index}"),
                    };
                    see(path, place);
                }
                for argument in filters.iter().flat_map(|call| &call.arguments) {
                    argument.paths(&mut |path| see(path, format!("{at}/as")));
                }
            }
            Self::Expression(tree, _) => tree.paths(&mut |path| see(path, format!("{at}/expression"))),
            Self::Each(list, make) => {
                see(list, format!("{at}/each"));
                // What stands under `item` is an entry of that list.
                make.paths(&format!("{at}/make"), &mut |path, place| {
                    if path.root != "item" {
                        see(path, place);
                    }
                });
            }
            Self::List(of) => {
                for (index, of) in of.iter().enumerate() {
                    of.paths(&format!("{at}/{index}"), see);
                }
            }
            Self::Object(of) => {
                for (name, of) in of {
                    of.paths(&pointer_to(at, name), see);
                }
            }
            Self::Optional(of) => of.paths(at, see),
        }
    }

    /// Calls `see` for every part of it that yields nothing for want of something. What says itself that it may be absent
    /// is passed over, unless `all` is wanted: by a default, another place, or in so many words.
    pub fn gaps<'a>(&'a self, scope: Scope<'_>, all: bool, see: &mut dyn FnMut(Gap<'a>)) {
        match self {
            Self::Constant(_) => {}
            Self::Optional(of) => {
                if all {
                    of.gaps(scope, all, see);
                }
            }
            Self::From {
                paths,
                filters,
                written,
            } => {
                let may_be_absent = paths.len() > 1 || filters.iter().any(|call| call.filter.takes_nothing);
                let found = paths.iter().find_map(|path| Some((path, path.find(scope).ok()??)));
                match found {
                    Some((path, value)) => {
                        let is_emptied = matches!(from(paths, filters, written, scope), Ok(None));
                        if is_emptied && says_something(&value) {
                            see(Gap::Emptied(path, format!("{} as {written}", path.dotted()), value));
                        }
                    }
                    None if may_be_absent && !all => {}
                    None => paths
                        .iter()
                        .filter(|path| path.trace(scope).absent.is_some())
                        .for_each(|path| see(Gap::Absent(path))),
                }
            }
            Self::Expression(tree, written) => {
                let says_none = !tree.lacks_else() || written.trim_end().ends_with("none");
                let may_be_absent = tree.may_be_nothing() && says_none;
                if !matches!(tree.evaluate(scope), Ok(Value::Null)) || (may_be_absent && !all) {
                    return;
                }
                let mut paths = Vec::new();
                tree.paths(&mut |path| paths.push(path));
                if let Some(path) = paths.iter().find(|path| path.trace(scope).absent.is_some()) {
                    return see(Gap::Absent(path));
                }
                let values = paths.iter().map(|path| (*path, path.find(scope).ok().flatten()));
                let values: Vec<_> = values.collect();
                let are_filled = values
                    .iter()
                    .all(|(_, value)| value.as_ref().is_some_and(says_something));
                if let Some((path, Some(value))) = values.into_iter().next()
                    && are_filled
                {
                    see(Gap::Emptied(path, written.clone(), value));
                }
            }
            Self::Each(list, _) => {
                if list.trace(scope).absent.is_some() {
                    see(Gap::Absent(list));
                }
            }
            Self::List(of) => of.iter().for_each(|of| of.gaps(scope, all, see)),
            Self::Object(of) => of.iter().for_each(|(_, of)| of.gaps(scope, all, see)),
        }
    }

    /// The value and where it comes from, for people; nothing when there is none.
    ///
    /// # Errors
    /// When an expression or a filter does not take what there is.
    pub fn evaluate(&self, scope: Scope<'_>) -> Result<Option<(Value, String)>, MappingError> {
        let (value, origin) = match self {
            Self::Constant(value) => (value.clone(), "constant".to_owned()),
            Self::From {
                paths,
                filters,
                written,
            } => return from(paths, filters, written, scope),
            Self::Expression(tree, written) => {
                let value = tree.evaluate(scope).map_err(|error| wrong("expression", error))?;
                (value, written.clone())
            }
            Self::Each(list, make) => {
                let entries = match list.find(scope).map_err(|error| wrong("each", error))? {
                    None => return Ok(None),
                    Some(Value::Array(entries)) => entries,
                    Some(other) => {
                        let message = format!("`{}` is {}, no list", list.dotted(), kind_of(&other));
                        return Err(wrong(
                            "each",
                            ExpressionError {
                                span: list.span,
                                message,
                            },
                        ));
                    }
                };
                let mut values = scope.values.clone();
                let mut made = Vec::new();
                for entry in entries {
                    values.insert("item".to_owned(), entry);
                    let scope = Scope {
                        values: &values,
                        ..scope
                    };
                    let evaluated = make.evaluate(scope).map_err(|error| error.within("make"))?;
                    made.extend(evaluated.map(|(value, _)| value));
                }
                (Value::Array(made), format!("each of {}", list.dotted()))
            }
            Self::List(of) => {
                let mut entries = Vec::new();
                let mut origins = Origins::default();
                for (index, of) in of.iter().enumerate() {
                    let evaluated = of.evaluate(scope).map_err(|error| error.within(&index.to_string()))?;
                    if let Some((entry, origin)) = evaluated.filter(|_| !of.lacks(scope)) {
                        entries.push(entry);
                        origins.add(origin);
                    }
                }
                (Value::Array(entries), origins.joined())
            }
            Self::Object(of) => {
                let mut fields = Vec::new();
                let mut origins = Origins::default();
                for (name, of) in of {
                    let evaluated = of.evaluate(scope).map_err(|error| error.within(name))?;
                    if let Some((field, origin)) = evaluated {
                        fields.push((name.clone(), field));
                        origins.add(origin);
                    }
                }
                let fields = object_of(&mut fields.into_iter());
                (Value::Object(fields), origins.joined())
            }
            Self::Optional(of) => return of.evaluate(scope),
        };
        let empty = match &value {
            Value::Null => true,
            Value::Array(entries) => entries.is_empty() && matches!(self, Self::List(_)),
            Value::Object(fields) => fields.is_empty() && matches!(self, Self::Object(_)),
            _ => false,
        };
        Ok((!empty).then_some((value, origin)))
    }

    /// What stands at several places of which the first that is there counts; nothing of any other mapping.
    pub(super) fn candidates(&self, scope: Scope<'_>) -> Vec<Value> {
        let mut all = Vec::new();
        if let Self::From { paths, filters, .. } = self
            && filters.is_empty()
            && paths.len() > 1
        {
            for (_, value) in found_at(paths, scope).unwrap_or_default() {
                all.push(value);
            }
        }
        all
    }

    /// Calls `see` for every list in which a filter looks for one entry, and takes the first of several: how the list is
    /// written, and what is looked for.
    pub(super) fn ambiguous(&self, scope: Scope<'_>, see: &mut dyn FnMut(String, String)) {
        match self {
            Self::Optional(of) => of.ambiguous(scope, see),
            Self::Expression(tree, _) => tree.ambiguous(scope, see),
            Self::From { paths, filters, .. } => {
                let found = found_at(paths, scope).unwrap_or_default();
                if let (Some((name, list)), Some(call)) = (found.first(), filters.first())
                    && let Some(wanted) = call.several(list, scope)
                {
                    see(name.clone(), wanted);
                }
            }
            _ => {}
        }
    }

    /// Calls `see` for every path that decides as true in it although there is a word for no, with that word.
    pub(super) fn doubtful(&self, scope: Scope<'_>, see: &mut dyn FnMut(&Path, &str)) {
        match self {
            Self::Optional(of) => of.doubtful(scope, see),
            Self::Expression(tree, _) => tree.doubtful(scope, false, see),
            _ => {}
        }
    }

    /// Whether it can have a value, where what stands at some paths may be anything.
    ///
    /// # Errors
    /// When it fails whatever stands there.
    pub fn possible(&self, scope: Scope<'_>, unknown: MayBeAnything<'_>) -> Result<(), MappingError> {
        match self {
            Self::Constant(_) => Ok(()),
            Self::From { paths, filters, .. } => possible_from(paths, filters, scope, unknown),
            Self::Expression(tree, _) => {
                let possible = tree.possible(scope, unknown);
                possible.map(|_| ()).map_err(|error| wrong("expression", error))
            }
            Self::Each(list, make) => {
                let possible = list.possible(scope, unknown).map_err(|error| wrong("each", error))?;
                let item = possible.values.iter().find_map(|value| value.as_array()?.first());
                let mut values = scope.values.clone();
                values.insert("item".to_owned(), item.cloned().unwrap_or_default());
                let scope = Scope {
                    values: &values,
                    ..scope
                };
                let of_item = |path: &Path| (possible.is_open && path.root == "item") || unknown(path);
                let possible = make.possible(scope, &of_item);
                possible.map_err(|error| error.within("make"))
            }
            Self::List(of) => of.iter().enumerate().try_for_each(|(index, of)| {
                let possible = of.possible(scope, unknown);
                possible.map_err(|error| error.within(&index.to_string()))
            }),
            Self::Object(of) => of.iter().try_for_each(|(name, of)| {
                let possible = of.possible(scope, unknown);
                possible.map_err(|error| error.within(name))
            }),
            Self::Optional(of) => of.possible(scope, unknown),
        }
    }

    /// Whether it is an object of which a field is absent: in a list it says nothing without it.
    fn lacks(&self, scope: Scope<'_>) -> bool {
        match self {
            Self::Object(of) => of
                .iter()
                .any(|(_, of)| !matches!(of, Self::Optional(_)) && matches!(of.evaluate(scope), Ok(None))),
            Self::Optional(of) => of.lacks(scope),
            _ => false,
        }
    }
}

impl MappingError {
    /// Of a mapping as a whole.
    pub(super) fn whole(message: String) -> Self {
        let (at, span) = (String::new(), (0, 0));
        let error = ExpressionError { span, message };
        Self { at, error }
    }

    /// Of the mapping that has this one under a name.
    fn within(self, name: &str) -> Self {
        let at = pointer_to("", name) + &self.at;
        Self { at, ..self }
    }
}

fn wrong(part: &str, error: ExpressionError) -> MappingError {
    let at = pointer_to("", part);
    MappingError { at, error }
}

/// Where the parts of a value come from, each once.
#[derive(Default)]
struct Origins(Vec<String>);

impl Origins {
    fn add(&mut self, origin: String) {
        if origin != "constant" && !self.0.contains(&origin) {
            self.0.push(origin);
        }
    }

    fn joined(self) -> String {
        match self.0.is_empty() {
            true => "constant".to_owned(),
            false => self.0.join(", "),
        }
    }
}

fn from(
    paths: &[Path],
    filters: &[FilterCall],
    written: &str,
    scope: Scope<'_>,
) -> Result<Option<(Value, String)>, MappingError> {
    let mut found = found_at(paths, scope)?;
    let several = filters.first().is_some_and(|call| call.filter.takes_list) && paths.len() > 1;
    if !several {
        found.truncate(1);
    }
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    let mut origin = names.join(" + ");
    let mut value = match several {
        true if found.is_empty() => Value::Null,
        true => found.into_iter().map(|(_, value)| value).collect(),
        false => found.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
    };
    for call in filters {
        value = call.apply(value, scope).map_err(|error| wrong("as", error))?;
    }
    if !filters.is_empty() {
        origin = format!("{origin} as {written}");
    }
    Ok((!value.is_null()).then_some((value, origin.trim_start().to_owned())))
}

/// What stands at these paths, each with its own. Texts that stand for nothing are passed over, unless all do: a list that
/// is empty may be an answer.
fn found_at(paths: &[Path], scope: Scope<'_>) -> Result<Vec<(String, Value)>, MappingError> {
    let (mut found, mut empty) = (Vec::new(), Vec::new());
    for path in paths {
        if let Some(value) = path.find(scope).map_err(|error| wrong("from", error))? {
            match is_no_text(&value) {
                true => empty.push((path.dotted(), value)),
                false => found.push((path.dotted(), value)),
            }
        }
    }
    match found.is_empty() {
        true => Ok(empty),
        false => Ok(found),
    }
}

/// Whether a value is a text that apps write of an empty field, or none at all.
pub(super) fn is_no_text(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty() || is_nothing(text),
        value => value.is_null(),
    }
}

/// Whether a value is what apps send of an empty field.
pub(super) fn stands_for_nothing(value: &Value) -> bool {
    is_no_text(value) || !says_something(value)
}

fn possible_from(
    paths: &[Path],
    filters: &[FilterCall],
    scope: Scope<'_>,
    unknown: MayBeAnything<'_>,
) -> Result<(), MappingError> {
    let several = filters.first().is_some_and(|call| call.filter.takes_list) && paths.len() > 1;
    let (mut values, mut is_open) = (Vec::new(), false);
    for path in paths {
        let possible = path.possible(scope, unknown).map_err(|error| wrong("from", error))?;
        is_open |= possible.is_open;
        let is_there = !possible.is_open && possible.values.iter().any(|value| !value.is_null());
        values.extend(possible.values);
        // The first that is surely there counts.
        if is_there && !several {
            break;
        }
    }
    values.retain(|value| !value.is_null());
    let mut possible = match several {
        true => Possible::of(&mut values.into_iter().map(|value| Value::Array(vec![value])), is_open),
        false if values.is_empty() => Possible::only(Value::Null),
        false => Possible::of(&mut values.into_iter(), is_open),
    };
    for call in filters {
        possible = call
            .possible(possible, scope, unknown)
            .map_err(|error| wrong("as", error))?;
    }
    Ok(())
}

fn read_paths(places: Vec<(&Value, String)>, problems: &Problems) -> Option<Vec<Path>> {
    let mut paths = Vec::new();
    for (place, pointer) in places {
        paths.push(read_path(place, pointer, problems)?);
    }
    Some(paths)
}

fn read_path(place: &Value, pointer: String, problems: &Problems) -> Option<Path> {
    let Some(text) = place.as_str() else {
        problems.add(pointer, "wrong-type", "a path is text, like `lead.phone`");
        return None;
    };
    let read = KeyPath::read(text);
    if let Some(path) = read.as_ref().ok().and_then(|path| Path::of_keys(path, (0, text.len()))) {
        return Some(path);
    }
    match read {
        Err(error) if expression::parse(text).is_err() => {
            problems.add_within(pointer, error.span, "no-path", error.message);
        }
        Err(error) if matches!(expression::parse(text), Ok(Expression::Path(_))) => {
            let message = format!(
                "{}; a key that is a value takes `expression` instead of `from`",
                error.message
            );
            problems.add_within(pointer, error.span, "no-path", message);
        }
        Err(_) => {
            let message = format!("`{text}` is more than a path; write `expression` instead of `from`");
            problems.add(pointer, "no-path", message);
        }
        Ok(_) => problems.add(
            pointer,
            "no-path",
            format!("`{text}` begins with the number of an entry, and what is posted is an object"),
        ),
    }
    None
}

/// Reads an expression, and keeps it as it was written.
pub(super) fn read_expression(value: &Value, pointer: String, problems: &Problems) -> Option<(Expression, String)> {
    let Some(written) = value.as_str() else {
        problems.add(
            pointer,
            "wrong-type",
            format!("an expression is text, not {}", kind_of(value)),
        );
        return None;
    };
    let tree = read_text(written, pointer, problems, expression::parse)?;
    Some((tree, written.to_owned()))
}

/// Reads a text of the expression language; a problem points at the part that cannot be read.
fn read_text<T>(
    text: &str,
    pointer: String,
    problems: &Problems,
    read: fn(&str) -> Result<T, ExpressionError>,
) -> Option<T> {
    match read(text) {
        Ok(read) => Some(read),
        Err(error) => {
            problems.add_within(pointer, error.span, "no-expression", error.message);
            None
        }
    }
}

/// Whether there is more to a value than that it is empty.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        _ => true,
    }
}

/// A word of a mapping that is written wrongly, and what was meant.
pub(super) fn misspelt(fields: &Map<String, Value>) -> Option<(&str, &'static str)> {
    let alone = fields.len() == 1 || fields.contains_key("as");
    let wrong = |name: &'_ String| nearest(name, WORDS);
    fields
        .keys()
        .filter(|_| alone)
        .find_map(|name| Some((name.as_str(), wrong(name)?)))
}
