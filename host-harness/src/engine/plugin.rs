//! A compiled component.

use super::bindings::{Connector, ConnectorPre};
use super::bounds::Bounds;
use super::capture::Capture;
use super::convert;
use super::error::{ManifestError, RunError, Trap};
use super::guest::{Guest, Lent};
use super::machine::Shared;
use super::options::Limits;
use crate::contract::{Catalog, Event, Finding, Invocation, Manifest, PlannedRequest, Problem, Reading, Recipe};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::InstancePre;
use wasmtime::{CallHook, Store};

/// A component that is ready to run. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    shared: Arc<Shared>,
    connector: ConnectorPre<Guest>,
}

impl Plugin {
    pub(super) fn new(shared: Arc<Shared>, instance: InstancePre<Guest>) -> wasmtime::Result<Self> {
        Ok(Self {
            shared,
            connector: ConnectorPre::new(instance)?,
        })
    }

    /// What a connection with this configuration asks for. The component runs without network, secrets and state.
    pub async fn manifest(&self, configuration_json: &str) -> Result<Manifest, ManifestError> {
        let limits = Limits::default();
        let manifest = self
            .run(
                &limits,
                limits.without_requests,
                Lent::nothing(),
                async |store, connector| {
                    connector
                        .knockcal_connector_manifest()
                        .call_get(store, configuration_json)
                        .await
                },
            )
            .await?;
        manifest
            .map(convert::manifest)
            .map_err(|problems| ManifestError::Invalid(convert::problems(problems)))
    }

    /// What can be done and what can happen. The component runs without network, secrets and state.
    pub async fn catalog(&self) -> Result<Catalog, RunError> {
        let limits = Limits::default();
        let time = limits.without_requests;
        let (actions, triggers) = self
            .run(&limits, time, Lent::nothing(), async |store, connector| {
                let catalog = connector.knockcal_connector_catalog();
                let actions = catalog.call_actions(&mut *store).await?;
                Ok((actions, catalog.call_triggers(store).await?))
            })
            .await?;
        Ok(Catalog {
            actions: actions.into_iter().map(convert::action).collect::<Result<_, _>>()?,
            triggers: triggers.into_iter().map(convert::trigger).collect::<Result<_, _>>()?,
        })
    }

    /// The recipes that are built in. The component runs without network, secrets and state.
    pub async fn recipes(&self) -> Result<Vec<Recipe>, RunError> {
        let limits = Limits::default();
        let time = limits.without_requests;
        let recipes = self.run(&limits, time, Lent::nothing(), async |store, connector| {
            connector.knockcal_connector_catalog().call_recipes(store).await
        });
        recipes.await.map(convert::recipes)
    }

    /// What is worth knowing about a configuration, from what stands there alone. The component runs without network,
    /// secrets and state.
    pub async fn check(&self, configuration_json: &str) -> Result<Vec<Finding>, RunError> {
        let limits = Limits::default();
        let time = limits.without_requests;
        let findings = self.run(&limits, time, Lent::nothing(), async |store, connector| {
            let check = connector.knockcal_connector_check();
            check.call_configuration(store, configuration_json).await
        });
        findings.await.map(convert::findings)
    }

    /// What a configuration makes of an event. The component runs without network, secrets and state.
    pub async fn read_event(&self, configuration_json: &str, event: &Event) -> Result<Reading, RunError> {
        let event = convert::event(event);
        let limits = Limits::default();
        let time = limits.without_requests;
        let reading = self.run(&limits, time, Lent::nothing(), async |store, connector| {
            let check = connector.knockcal_connector_check();
            check.call_read_event(store, configuration_json, &event).await
        });
        convert::reading(reading.await?)
    }

    /// The requests that an action makes under this configuration when all goes well; none of an action that is made of
    /// several. The component runs without network, secrets and state.
    pub async fn preview(
        &self,
        configuration_json: &str,
        invocation: &Invocation,
    ) -> Result<Result<Vec<PlannedRequest>, Vec<Problem>>, RunError> {
        let invocation = convert::invocation(invocation);
        let limits = Limits::default();
        let time = limits.without_requests;
        let outcome = self
            .run(&limits, time, Lent::nothing(), async |store, connector| {
                let automation = connector.knockcal_connector_automation();
                automation.call_preview(store, configuration_json, &invocation).await
            })
            .await?;
        match outcome {
            Ok(requests) => convert::planned_requests(requests).map(Ok),
            Err(problems) => Ok(Err(convert::problems(problems))),
        }
    }

    /// Runs one call in an instance of its own, within its bounds.
    pub(super) async fn run<T>(
        &self,
        limits: &Limits,
        time: Duration,
        lent: Lent,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Connector) -> wasmtime::Result<T>,
    ) -> Result<T, RunError> {
        let _room = self
            .shared
            .room
            .acquire()
            .await
            .map_err(|error| RunError::Host(error.to_string()))?;
        let output = Capture::new(limits.output_bytes);
        let guest = Guest::new(Bounds::new(limits, time), limits, &output, lent);
        let mut store = Store::new(&self.shared.engine, guest);
        store.limiter(|guest| &mut guest.bounds);
        store.set_hostcall_fuel(limits.answer_bytes);
        let (host_call_bytes, answer_bytes) = (limits.host_call_bytes, limits.answer_bytes);
        store.call_hook(move |mut context, hook| {
            match hook {
                CallHook::CallingHost => context.set_hostcall_fuel(host_call_bytes),
                CallHook::ReturningFromHost => context.set_hostcall_fuel(answer_bytes),
                CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
            }
            context.data_mut().bounds.on_crossing(hook)
        });
        store.epoch_deadline_callback(|mut context| context.data_mut().bounds.on_tick());
        store.set_epoch_deadline(1);
        let outcome = tokio::time::timeout(time, async {
            match self.connector.instantiate_async(&mut store).await {
                Ok(connector) => Ok(call(&mut store, &connector).await),
                Err(error) => Err(error),
            }
        })
        .await;
        let printed = output.text();
        if !printed.is_empty() {
            tracing::debug!(output = printed, "the component printed");
        }
        let reason = match outcome {
            Ok(Ok(Ok(value))) => return Ok(value),
            Ok(Ok(Err(error))) => store.data().bounds.reason(&error),
            Ok(Err(error)) => match store.data().bounds.reason(&error) {
                // It did not even begin: its exports have other types, or the pool other limits.
                Trap::Other(reason) => return Err(RunError::Host(reason)),
                reason => reason,
            },
            Err(_) => Trap::WallTime,
        };
        tracing::warn!(%reason, "the component stopped");
        Err(RunError::Trapped {
            reason,
            output: printed,
        })
    }
}
