//! Holds a recipe against what it sees and what its actions take.

use serde_json::{Map, Value};

use super::sight::{Sight, What};
use super::{Finding, Severity, sample};
use crate::catalog::{self, Action};
use crate::document::{Document, KeyPath, Problems, kind_of, pointer_to};
use crate::recipe::expression::{ExpressionError, Path, PathStep};
use crate::recipe::{CUSTOM_FIELD_IDS, Configuration, Context, Input, Mapping, Recipe, Step, StepError, known};
use crate::shape::{Kind, check};

/// What is worth saying about the recipes of a configuration.
pub(super) fn findings(configuration: &Configuration) -> Vec<Finding> {
    let mut findings = Vec::new();
    let recipes = configuration.recipes.all().unwrap_or_default();
    for recipe in recipes.iter().filter(|recipe| !recipe.pointer.is_empty()) {
        findings.append(&mut findings_of(recipe, configuration));
    }
    findings.append(&mut findings_of(&configuration.routing_conditions(), configuration));
    examine_source(configuration, &mut findings);
    findings
}

/// What is worth saying about the fields that stand elsewhere in what is posted, which may be anything.
fn examine_source(configuration: &Configuration, findings: &mut Vec<Finding>) {
    let context = Context::of_sample(Map::new(), configuration);
    for source in &configuration.source_fields {
        if let Err(wrong) = source.mapping.possible(context.scope(), &|_| true) {
            findings.push(Finding {
                severity: Severity::Error,
                code: "fails",
                pointer: source.pointer.clone() + &wrong.at,
                within: Some(wrong.error.span),
                message: wrong.error.message,
            });
        }
    }
}

/// What is worth saying about a recipe.
pub(super) fn findings_of(recipe: &Recipe, configuration: &Configuration) -> Vec<Finding> {
    let mut examiner = Examiner {
        configuration,
        recipe,
        sight: Sight::of(recipe, configuration),
        findings: Vec::new(),
    };
    for step in &recipe.steps {
        examiner.examine(step);
        examiner.sight.add_answer(step);
    }
    examiner.findings
}

struct Examiner<'a> {
    configuration: &'a Configuration,
    recipe: &'a Recipe,
    sight: Sight,
    findings: Vec<Finding>,
}

impl Examiner<'_> {
    fn examine(&mut self, step: &Step) {
        let before = self.findings.len();
        self.examine_paths(step);
        if self.findings.len() > before {
            // What is not there has no kind that could fit.
            return;
        }
        let action = catalog::action(&step.action);
        let mut full = self.sight.full();
        let mut of_their_own = self.of_their_own(step);
        for (key, _) in step.custom_field_keys() {
            let mut way = vec![CUSTOM_FIELD_IDS.to_owned()];
            for name in key.splitn(2, '.') {
                way.push(name.to_owned());
            }
            sample::put(&mut full, &way, "text".into());
        }
        self.add_own(step, &mut full, &of_their_own);
        if self.worked_out(step, &full).is_err() {
            // It takes something else there, and nobody knows what there will be.
            of_their_own.clear();
        }
        self.examine_whole(step, action, &full);
        if self.findings.len() > before {
            return;
        }
        let mut choices = vec![full.clone()];
        for (name, words) in self.sight.choices() {
            for word in words.iter().skip(1) {
                let mut chosen = full.clone();
                chosen.insert(name.clone(), (*word).into());
                choices.push(chosen);
            }
        }
        let mut ways = self.sight.optional();
        ways.append(&mut of_their_own);
        for way in ways {
            for values in &choices {
                let absent = KeyPath::of_names(way.iter().map(String::as_str)).written();
                self.examine_without(step, action, &sample::without(values, &way), &absent);
            }
        }
    }

    /// The ways to what events have of their own, as far as a step uses it. None of it need be there.
    fn of_their_own(&self, step: &Step) -> Vec<Vec<String>> {
        let mut ways: Vec<Vec<String>> = Vec::new();
        let mut see = |path: &Path| {
            let way = path.owned_names();
            if path.root == "data" && way.len() > 1 && !ways.contains(&way) {
                ways.push(way);
            }
        };
        step.paths(&mut |path, _| see(path));
        if let Some(when) = &self.recipe.when {
            when.tree.paths(&mut see);
        }
        ways
    }

    /// Adds what events have of their own, each of the kind with which most of the step works.
    fn add_own(&self, step: &Step, values: &mut Map<String, Value>, ways: &[Vec<String>]) {
        for way in ways {
            sample::put(values, way, "text".into());
        }
        for way in ways {
            let (mut best, mut least) = (Map::new(), usize::MAX);
            for kind in sample::own() {
                let mut with = values.clone();
                sample::put(&mut with, way, kind);
                let failures = self.failures(step, &with);
                if failures < least {
                    (best, least) = (with, failures);
                }
            }
            *values = best;
        }
    }

    /// How much of a step cannot be worked out.
    fn failures(&self, step: &Step, values: &Map<String, Value>) -> usize {
        let context = self.context(step, values);
        let mut failures = usize::from(self.recipe.applies(&context).is_err())
            + usize::from(step.items(&context).is_err())
            + usize::from(step.applies(&context).is_err());
        for given in &step.with {
            failures += usize::from(given.mapping.evaluate(context.scope()).is_err());
        }
        failures
    }

    /// Every path leads somewhere.
    fn examine_paths(&mut self, step: &Step) {
        let mut wrong = Vec::new();
        let mut seen: Vec<(&Path, String)> = Vec::new();
        step.paths(&mut |path, place| seen.push((path, place)));
        if let Some(when) = &self.recipe.when {
            when.tree
                .paths(&mut |path| seen.push((path, pointer_to(&self.recipe.pointer, "when"))));
        }
        for (path, place) in seen {
            let is_item = path.root == "item" && step.for_each.is_some();
            if let Err(message) = self.walk(path)
                && !is_item
            {
                wrong.push(self.finding("unknown-path", place, Some(path.span), message));
            }
        }
        for finding in wrong {
            self.add(finding);
        }
    }

    /// Where a path leads; nothing when that is the customer's own. An error says where it ends.
    fn walk(&self, path: &Path) -> Result<Option<What>, String> {
        let Some(root) = self.sight.root(&path.root) else {
            let mut names = self.sight.roots.iter().map(|root| root.name.as_str());
            let all = format!(
                "what events have of their own stands under `data`; a recipe of `{}`",
                self.recipe.trigger
            );
            let hint = known::hint_of_all(&path.root, &all, &mut names);
            return Err(format!("`{}` is not known here; {hint}", path.root));
        };
        let mut here = root.what.clone();
        let mut way = path.root.clone();
        for step in &path.steps {
            here = match (&here, step) {
                (What::Kind(Kind::Anything), _) => return Ok(None),
                (What::Answer(_), PathStep::Name(name)) if name == "id" => What::Kind(Kind::Text),
                (What::Kind(kind) | What::Answer(kind), PathStep::Name(name)) => {
                    What::Kind(field_of(*kind, name, &way)?)
                }
                (What::Kind(Kind::List(of) | Kind::SomeOf(of)), PathStep::Index(_)) => What::Kind(**of),
                (What::Kind(kind) | What::Answer(kind), PathStep::Index(_)) => {
                    return Err(format!("`{way}` is {}: it has no entries", kind.words()));
                }
                (What::Value(value), PathStep::Name(name)) => What::Value(value_of(value, name, &way)?),
                (What::Value(_), PathStep::Index(_)) => return Ok(None),
            };
            if let PathStep::Name(name) = step {
                way = format!("{way}.{name}");
            }
        }
        Ok(Some(here))
    }

    /// With every field there, whatever the conditions say.
    fn examine_whole(&mut self, step: &Step, action: Option<Action>, values: &Map<String, Value>) {
        let context = self.context(step, values);
        let failures = self.sure_failures(step, &context);
        if !failures.is_empty() {
            return failures.into_iter().for_each(|error| self.add_error(error, ""));
        }
        // What fails only for these values is left out: it may be anything.
        let mut known = step.clone();
        known
            .with
            .retain(|given| given.mapping.evaluate(context.scope()).is_ok());
        if let (Ok(inputs), Some(action)) = (known.input(&context), action) {
            self.examine_input(step, action, &inputs);
        }
    }

    /// What fails whatever events have of their own.
    fn sure_failures(&self, step: &Step, context: &Context) -> Vec<StepError> {
        let scope = context.scope();
        let unknown = |path: &Path| self.is_uncertain_path(step, path);
        let conditions = [
            (&self.recipe.when, &self.recipe.pointer, "when"),
            (&step.for_each, &step.pointer, "for_each"),
            (&step.when, &step.pointer, "when"),
        ];
        let mut failures = Vec::new();
        for (condition, pointer, part) in conditions {
            let Some(condition) = condition else { continue };
            let error = match condition.tree.possible(scope, &unknown) {
                Err(error) => error,
                Ok(possible) if part == "for_each" && !possible.values.iter().any(is_list) => ExpressionError {
                    span: (0, condition.written.len()),
                    message: format!("`{}` is no list", condition.written),
                },
                Ok(_) => continue,
            };
            failures.push(StepError {
                pointer: pointer_to(pointer, part),
                part: part.to_owned(),
                error,
            });
        }
        for given in &step.with {
            if let Err(wrong) = given.mapping.possible(scope, &unknown) {
                failures.push(StepError {
                    pointer: given.pointer.clone() + &wrong.at,
                    part: given.field.clone(),
                    error: wrong.error,
                });
            }
        }
        failures
    }

    fn examine_input(&mut self, step: &Step, action: Action, inputs: &[Input]) {
        let problems = Problems::new(Document::Configuration);
        check(&action.fields(), action.rules(), &Input::object(inputs), "", &problems);
        let problems = problems.or(None::<()>).err().unwrap_or_default();
        for problem in problems {
            let field = problem.pointer.split('/').nth(1).unwrap_or_default();
            let given = step.with.iter().find(|given| given.field == field);
            match given {
                Some(given) if self.is_uncertain(step, &given.mapping) => {}
                Some(given) => {
                    let within = problem.pointer.get(1 + field.len()..).unwrap_or_default();
                    let (place, message) = match given.mapping {
                        Mapping::Constant(_) => (given.pointer.clone() + within, problem.message),
                        _ => (given.pointer.clone(), format!("with sample values {}", problem.message)),
                    };
                    self.add(self.finding(problem.code, place, None, message));
                }
                None => {
                    let message = format!("`{}`: {}", step.action, problem.message);
                    self.add(self.finding(problem.code, step.pointer.clone(), None, message));
                }
            }
        }
    }

    /// Without one field, if the conditions let the step be done then.
    fn examine_without(&mut self, step: &Step, action: Option<Action>, values: &Map<String, Value>, absent: &str) {
        let inputs = match self.worked_out(step, values) {
            Ok(Some(inputs)) => inputs,
            Ok(None) => return,
            Err(error) => {
                if is_own(absent) || !self.is_uncertain_at(step, &error.pointer) {
                    self.add_error(error, absent);
                }
                return;
            }
        };
        let fields = action.map(Action::fields).unwrap_or_default();
        for field in fields.iter().filter(|field| field.must_be_said()) {
            let given = step.with.iter().find(|given| given.field == field.name);
            let waits_for_booking = field.name == "eventId" && self.sight.changes_its_booking(step);
            // Of what nobody knows before the event, only the event's own can be known to be absent.
            let is_open = !is_own(absent) && given.is_some_and(|given| self.is_uncertain(step, &given.mapping));
            if waits_for_booking || is_open || inputs.iter().any(|input| input.name == field.name) {
                continue;
            }
            let place = given.map_or_else(|| step.pointer.clone(), |given| given.pointer.clone());
            let finding = Finding {
                severity: Severity::Warning,
                ..self.finding(
                    "may-be-missing",
                    place,
                    None,
                    format!(
                        "`{}` needs `{}`, and there is none when `{absent}` is absent; say `when = \"{absent}\"`, or what \
                         counts then",
                        step.action, field.name
                    ),
                )
            };
            let known = |other: &Finding| other.code == finding.code && other.pointer == finding.pointer;
            if !self.findings.iter().any(known) {
                self.findings.push(finding);
            }
        }
    }

    /// The input of a step, if it is done at all.
    fn worked_out(&self, step: &Step, values: &Map<String, Value>) -> Result<Option<Vec<Input>>, StepError> {
        let context = self.context(step, values);
        let is_wanted = self.recipe.applies(&context)?
            && !step.items(&context)?.is_some_and(|items| items.is_empty())
            && step.applies(&context)?;
        if !is_wanted {
            return Ok(None);
        }
        step.input(&context).map(Some)
    }

    fn context(&self, step: &Step, values: &Map<String, Value>) -> Context {
        let mut context = Context::of_sample(values.clone(), self.configuration);
        if step.for_each.is_some()
            && let Ok(Some(items)) = step.items(&context)
            && let Some(first) = items.into_iter().next()
        {
            context.set("item", first);
        }
        context
    }

    /// Whether a value comes from something whose kind nobody knows before the event.
    fn is_uncertain(&self, step: &Step, mapping: &Mapping) -> bool {
        let mut uncertain = false;
        mapping.paths("", &mut |path, _| uncertain |= self.is_uncertain_path(step, path));
        uncertain
    }

    fn is_uncertain_at(&self, step: &Step, pointer: &str) -> bool {
        let mut uncertain = false;
        step.paths(&mut |path, place| uncertain |= place.starts_with(pointer) && self.is_uncertain_path(step, path));
        if let Some(when) = &self.recipe.when
            && pointer == pointer_to(&self.recipe.pointer, "when")
        {
            when.tree
                .paths(&mut |path| uncertain |= self.is_uncertain_path(step, path));
        }
        uncertain
    }

    fn is_uncertain_path(&self, step: &Step, path: &Path) -> bool {
        let of_item = path.root == "item" && step.for_each.is_some();
        of_item || matches!(self.walk(path), Ok(None | Some(What::Kind(Kind::Anything))) | Err(_))
    }

    /// Adds a finding, once: of steps with one name each may have it.
    fn add(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn add_error(&mut self, error: StepError, absent: &str) {
        let message = match absent {
            "" => error.error.message,
            absent if error.error.message.starts_with(&format!("`{absent}` is absent")) => error.error.message,
            absent => format!("when `{absent}` is absent: {}", error.error.message),
        };
        let mut finding = self.finding("fails", error.pointer, Some(error.error.span), message);
        if is_own(absent) {
            finding.severity = Severity::Warning;
        }
        let known = |other: &Finding| other.pointer == finding.pointer && other.within == finding.within;
        if !self.findings.iter().any(known) {
            self.findings.push(finding);
        }
    }

    /// A finding at its place; of what is built in, where the configuration changes the recipe.
    fn finding(&self, code: &'static str, pointer: String, within: Option<(usize, usize)>, message: String) -> Finding {
        let (pointer, within) = match pointer.starts_with(&self.recipe.pointer) {
            true => (pointer, within),
            false => (self.recipe.pointer.clone(), None),
        };
        Finding {
            severity: Severity::Error,
            code,
            pointer,
            within,
            message,
        }
    }
}

/// Whether a path leads to what events have of their own: whether that can be absent only whoever posts them knows.
fn is_own(path: &str) -> bool {
    path.starts_with("data.") || path.starts_with("data[")
}

/// Whether a step can be repeated for it: for nothing it is not done.
fn is_list(value: &Value) -> bool {
    value.is_array() || value.is_null()
}

/// The kind of a field of something of a kind.
fn field_of(kind: Kind, name: &str, way: &str) -> Result<Kind, String> {
    match kind {
        Kind::Anything => Ok(Kind::Anything),
        Kind::Object(fields) => {
            if let Some(field) = fields.iter().find(|field| field.name == name) {
                return Ok(field.kind);
            }
            Err(lacks(way, name, &mut fields.iter().map(|field| field.name)))
        }
        Kind::ByDay(of) => Ok(*of),
        Kind::Either(kinds) => {
            let within = kinds.iter().find_map(|kind| field_of(*kind, name, way).ok());
            within.ok_or_else(|| format!("`{way}` has no `{name}`"))
        }
        Kind::List(_) | Kind::SomeOf(_) => Err(format!("`{way}` is a list; say which entry, like `{way}[0].{name}`")),
        other => Err(format!("`{way}` is {}, and has no `{name}`", other.words())),
    }
}

/// A field of something that is known.
fn value_of(value: &Value, name: &str, way: &str) -> Result<Value, String> {
    let Some(fields) = value.as_object() else {
        return Err(format!("`{way}` is {}, and has no `{name}`", kind_of(value)));
    };
    if let Some(value) = fields.get(name) {
        return Ok(value.clone());
    }
    Err(lacks(way, name, &mut fields.keys().map(String::as_str)))
}

/// Something does not have what a path names.
fn lacks(way: &str, name: &str, names: &mut dyn Iterator<Item = &str>) -> String {
    let hint = known::hint_of_all(name, "it", names);
    format!("`{way}` has no `{name}`; {hint}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::recipe::built_in;

    /// The options of everything that is built in, each with something else than nothing.
    fn everything_on() -> Value {
        let mut recipes = Map::new();
        for known in built_in() {
            let mut options = known.recipe().unwrap().options;
            for value in options.values_mut() {
                *value = match value {
                    Value::Bool(_) => true.into(),
                    Value::Array(entries) if entries.is_empty() => json!(["one"]),
                    Value::String(text) if text.is_empty() => "one".into(),
                    Value::Array(_) | Value::String(_) => continue,
                    Value::Number(_) => json!(1),
                    Value::Null | Value::Object(_) => continue,
                };
            }
            recipes.insert(known.name.to_owned(), json!({ "options": options }));
        }
        Value::Object(recipes)
    }

    /// The errors and the warnings of a configuration with one step of its own, which does something when `when` says so.
    fn found(when: &str, value: &Value) -> (Vec<String>, Vec<String>) {
        let configuration = json!({
            "location_id": "here", "calendar_id": "c", "time_zone": "America/Chicago",
            "recipes": { "own": { "trigger": "knocker.lead_booked", "when": when, "steps": [
                { "name": "odd", "warn": value },
            ] } },
        });
        let findings = Configuration::findings(&configuration.to_string());
        let of = |severity| {
            let findings = findings.iter().filter(|finding| finding.severity == severity);
            findings.map(|finding| finding.message.clone()).collect()
        };
        (of(Severity::Error), of(Severity::Warning))
    }

    #[test]
    fn what_events_have_of_their_own_may_be_anything() {
        let conditions = [
            "data.roof_age > 10",
            "data['Roof age'] > 10",
            "data.roof.age >= 10 and data.roof.kind == 'shingle'",
            "data.count * 2 + 1 < data.limit",
            "'solar' in data.tags",
            "data.kind in ['a', 'b']",
            "data.when > startTime",
            "data.answers|find('key', 'roof')|get('value') == 'old'",
            "data.items|length > 2",
            "data.items[0].price > 100",
            "data.items[-1] > 1",
            "data.amount|number > 12.5",
            "(data.items|first) + 1 > 2",
            "tables[data.kind]",
            "data.is_owner == true",
            "not data.is_renter",
        ];
        for when in conditions {
            assert_eq!(found(when, &"x".into()).0, [""; 0], "{when}");
            let value = json!({ "expression": format!("'x' if {when} else 'y'") });
            assert_eq!(found("true", &value).0, [""; 0], "{when}");
        }
        let (errors, warnings) = found("data.roof_age > 10", &"x".into());
        assert_eq!(errors, [""; 0]);
        assert_eq!(
            warnings,
            ["`data.roof_age` is absent and `10` is a number: neither is more than the other"]
        );
    }

    #[test]
    fn what_surely_fails_is_an_error_whatever_events_have_of_their_own() {
        for (when, message) in [
            (
                "data.roof_age + lead.phone > 1",
                "`lead.phone` is text, and this is for numbers; texts are joined by `~`",
            ),
            (
                "data.roof-age > 10",
                "`roof-age` would be a subtraction; a key with a hyphen is written `…['roof-age']`, and a subtraction with \
                 spaces",
            ),
            ("date.roof_age > 10", "`date` is not known here; did you mean `data`?"),
        ] {
            assert_eq!(found(when, &"x".into()).0, [message], "{when}");
        }
        // The rest of a step is looked at although one of its fields may be anything.
        let value = json!([{ "expression": "data.x + 1" }, { "expression": "startTime + 1" }]);
        assert_eq!(
            found("true", &value).0,
            ["`startTime` is text, and this is for numbers; texts are joined by `~`"]
        );
    }

    #[test]
    fn a_step_is_repeated_for_what_may_be_a_list() {
        for (list, is_good) in [
            ("data.items", true),
            ("data.items|where('a', 1)", true),
            ("lead.phone", false),
        ] {
            let configuration = json!({
                "location_id": "here", "calendar_id": "c", "time_zone": "America/Chicago",
                "recipes": { "own": { "trigger": "knocker.lead_booked", "steps": [
                    { "name": "odd", "for_each": list, "warn": { "from": "item.name" } },
                ] } },
            });
            let findings = Configuration::findings(&configuration.to_string());
            let is_wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
            assert_eq!(is_wrong, !is_good, "{list}: {findings:?}");
        }
    }

    #[test]
    fn a_field_whose_place_surely_fails_is_an_error() {
        let configuration = json!({
            "location_id": "here", "calendar_id": "c", "source": { "fields": {
                "startTime": { "expression": "when.day ~ ' ' ~ when.hour" },
                "notes": { "expression": "'Roof ' + roof.age" },
                "lead.phone": { "from": "customer.mobile", "as": "e164|first" },
            } },
        });
        let findings = Configuration::findings(&configuration.to_string());
        let found: Vec<_> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
        assert_eq!(
            found,
            ["/source/fields/lead.phone/as", "/source/fields/notes/expression"]
        );
    }

    #[test]
    fn what_is_built_in_works_for_every_event_with_and_without_its_options() {
        for recipes in [json!({}), everything_on()] {
            let configuration = json!({
                "location_id": "here", "calendar_id": "c", "time_zone": "America/Chicago", "recipes": recipes,
            });
            let configuration = Configuration::read(&configuration.to_string()).unwrap();
            for recipe in configuration.recipes.all().unwrap() {
                let findings = findings_of(&recipe, &configuration);
                assert!(findings.is_empty(), "{}: {findings:#?}", recipe.name);
            }
        }
    }
}
