//! What is read before a step can be done: planned where it is not known.

use serde_json::{Map, Value};

use super::{PlannedStep, Planner, request};
use crate::api::Operation;
use crate::catalog;
use crate::document::{object, object_of};
use crate::ghl::calendar::{self, Calendar};
use crate::ghl::{contact, custom_field};
use crate::knock::Warning;
use crate::recipe::{CURRENT_CALENDARS, CUSTOM_FIELD_IDS, Input, KNOWN_CALENDARS, Step};
use crate::run::contact::Remembered;
use crate::run::provision::MISSING;
use crate::run::row::PinContact;
use crate::run::saved_contact::Road;
use crate::run::steps::input_invalid;
use crate::run::stop::Stop;
use crate::run::{calendar_list, custom_fields, pin};

impl Planner<'_> {
    /// Makes the calendar of a booking visible to the steps.
    pub(super) fn calendar(&mut self) -> Result<(), Stop> {
        if self.context.get("calendar").is_some() {
            return Ok(());
        }
        let Some(choice) = self.task.choices.first() else {
            return Ok(());
        };
        let known: Option<Calendar> = self.task.calendar_key(choice).and_then(|key| self.ledger.get(&key));
        if let (None, None, Some(name)) = (&known, &choice.id, &choice.name) {
            let reason = format!(
                "the id of calendar `{name}`, named by {}, is not known yet",
                choice.origin
            );
            self.look_up("calendar", &calendar::LIST, object([]), reason)?;
            self.context.set("calendar", object([("id", "${calendar.id}".into())]));
            if self.task.follows_from(MISSING) {
                let message = format!(
                    "if GHL has no calendar `{name}`, the recipe `calendar.missing` makes it, with requests of its own"
                );
                self.warnings.push(Warning::new("calendar-may-be-made", message));
            }
        }
        if let Some(warning) = self.context.set_calendar(choice, known.as_ref()) {
            self.warnings.push(warning);
        }
        Ok(())
    }

    /// Makes the calendars of the location visible that a step uses. What is made of those that have to be read first is
    /// not known yet.
    pub(super) fn calendars(&mut self, uses: &dyn Fn(&str) -> bool) -> Result<(), Stop> {
        let remembered = calendar_list::known(self.task, &self.ledger);
        for (root, known) in [(KNOWN_CALENDARS, remembered), (CURRENT_CALENDARS, None)] {
            if !uses(root) || self.context.get(root).is_some() {
                continue;
            }
            if known.is_none() {
                let reason = "the teams of the location's calendars are not known yet".to_owned();
                self.look_up(root, &calendar::LIST, object([]), reason)?;
                self.unanswered.push(root.to_owned());
            }
            self.context.set(root, calendar_list::shown(&known.unwrap_or_default()));
        }
        Ok(())
    }

    /// Makes the ids of custom fields visible that a step wants. Of those that are not known, a name stands for the id.
    pub(super) fn custom_fields(&mut self, step: &Step) -> Result<(), Stop> {
        let wanted = custom_fields::wanted(step);
        let ids = self.custom_field_ids(&wanted)?;
        self.context.set(CUSTOM_FIELD_IDS, custom_fields::by_model(&ids));
        Ok(())
    }

    /// The ids of custom fields by their keys. Where one is not known they are read, and a name stands for the id.
    fn custom_field_ids(&mut self, wanted: &[String]) -> Result<Map<String, Value>, Stop> {
        if let Some(known) = custom_fields::known(self.task, &self.ledger, wanted) {
            return Ok(known);
        }
        let name = |key: &String| (key.clone(), format!("${{{CUSTOM_FIELD_IDS}.{key}}}").into());
        let ids = object_of(&mut wanted.iter().map(name));
        if self.steps.iter().any(|planned| planned.name == CUSTOM_FIELD_IDS) {
            return Ok(ids);
        }
        let reason = "the ids of custom fields that are named by their keys are not known yet".to_owned();
        let (of, all) = custom_fields::OF_ALL;
        self.look_up(
            CUSTOM_FIELD_IDS,
            &custom_field::LIST,
            object([(of, all.into())]),
            reason,
        )?;
        Ok(ids)
    }

    /// Plans a contact: the request that is sent first, and what may follow.
    pub(super) fn contact(&mut self, step: &Step, mut inputs: Vec<Input>, overwrites: bool) -> Result<(), Stop> {
        let configuration = &self.task.configuration;
        let remembered = Remembered::read(&self.ledger, &configuration.location_id, &Input::object(&inputs));
        let road = match overwrites {
            true => Road::Overwrite,
            false => remembered.road(configuration.existing_contacts, &self.task.subject_key()),
        };
        let named = |id: String, origin: &str| Input {
            name: "contactId".to_owned(),
            value: id.into(),
            origin: origin.to_owned(),
        };
        let (operation, price) = match road {
            Road::Create if configuration.allows_duplicates => (Some(&contact::UPSERT), ""),
            Road::Create => (
                Some(&contact::CREATE),
                "; one that is there already keeps what it has: it is read, and its gaps are filled, with up to 2 requests \
                 more",
            ),
            Road::Overwrite => (Some(&contact::UPSERT), ""),
            Road::Update(id) => {
                inputs.retain(|input| input.name != "locationId");
                inputs.push(named(id, "the contact that was made for it"));
                (catalog::operation(contact::UPDATE), "")
            }
            Road::Fill(id) => {
                inputs.retain(|input| input.name != "locationId");
                inputs.push(named(id, "the contact that is there"));
                (
                    Some(&contact::GET),
                    "; its gaps are filled, with 1 request more if it has any",
                )
            }
        };
        let Some(operation) = operation else {
            return Ok(());
        };
        let input = Input::object(&inputs);
        let known = |name: &String| operation.fields().iter().any(|field| field.name == name);
        let input = object_of(&mut input.into_iter().filter(|(name, _)| known(name)));
        let request = operation
            .request(&input)
            .map_err(|problems| input_invalid(operation, &problems, self.task, &self.context))?;
        self.leave_open(step);
        self.add(
            step,
            Some(request),
            inputs,
            format!("`{}`{price}", operation.operation_id),
        );
        Ok(())
    }

    /// Plans the contact of a lead whom only the pin tells.
    pub(super) fn pin_contact(&mut self, step: &Step, mut inputs: Vec<Input>, field: &str) -> Result<(), Stop> {
        let field = match custom_fields::is_key(field) {
            true => self.custom_field_ids(&[field.to_owned()])?.remove(field),
            false => Some(field.into()),
        };
        let field = field.as_ref().and_then(Value::as_str).unwrap_or_default();
        let subject = &self.task.event.subject;
        let mut input = Input::object(&inputs);
        pin::put(&mut input, field, subject);
        inputs.retain(|input| input.name != pin::CUSTOM_FIELDS);
        let reason = "the contact that has the pin";
        inputs.extend(input.get(pin::CUSTOM_FIELDS).cloned().map(|value| Input {
            name: pin::CUSTOM_FIELDS.to_owned(),
            value,
            origin: "event.subject".to_owned(),
        }));
        let operation = match &self.row.pin_contact {
            Some(known) if known.written == Some(pin::written(&input)) => {
                let id = known.id.clone();
                self.context.set(&step.name, object([("id", id.clone().into())]));
                self.add(step, None, inputs, format!("GHL has just this already: `{id}`"));
                return Ok(());
            }
            Some(PinContact { id, .. }) => {
                inputs.retain(|input| input.name != "locationId");
                inputs.push(Input {
                    name: "contactId".to_owned(),
                    value: id.clone().into(),
                    origin: reason.to_owned(),
                });
                catalog::operation(contact::UPDATE)
            }
            None => {
                if let Some(search) = catalog::operation(contact::SEARCH) {
                    self.look_up(&step.label, search, pin::asked(field, subject), reason.to_owned())?;
                }
                Some(&contact::CREATE)
            }
        };
        let Some(operation) = operation else {
            return Ok(());
        };
        self.leave_open(step);
        self.steps.push(PlannedStep {
            name: step.label.clone(),
            action: operation.key.to_owned(),
            request: Some(request(operation, &inputs, self.task, &self.context)?),
            inputs,
            reason: format!("`{}`", operation.operation_id),
        });
        Ok(())
    }

    /// Plans that something is read before it is needed, of the location and of what else is asked.
    fn look_up(&mut self, name: &str, operation: &'static Operation, asked: Value, reason: String) -> Result<(), Stop> {
        let input = |name: &str, value: Value, origin: &str| Input {
            name: name.to_owned(),
            value,
            origin: origin.to_owned(),
        };
        let location = self.task.configuration.location_id.as_str();
        let mut inputs = vec![input("locationId", location.into(), "connection.location_id")];
        let asked = asked.as_object().into_iter().flatten();
        inputs.extend(asked.map(|(name, value)| input(name, value.clone(), "constant")));
        self.steps.push(PlannedStep {
            name: name.to_owned(),
            action: operation.key.to_owned(),
            request: Some(request(operation, &inputs, self.task, &self.context)?),
            inputs,
            reason,
        });
        Ok(())
    }
}
