//! One account at the provider with its configuration, and what the operator lends it.

use super::bindings::Connector;
use super::convert;
use super::error::RunError;
use super::guest::{Guest, Lent};
use super::options::Limits;
use super::plugin::Plugin;
use crate::contract::{Event, Failure, Identity, Invocation, Invoked, Manifest, Plan, Problem, Reason, Receipt};
use crate::egress::{Client, Egress, Grants, Hooks, Policy, PolicyError, Tap};
use crate::pace::{Errand, Pacer, Priority};
use crate::secrets::Secrets;
use crate::state;
use chrono::{SecondsFormat, Utc};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::Store;

/// Plans and handles events of one connection, and carries single actions out. Cheap to clone; calls may run side by side.
#[derive(Clone)]
pub struct Connection {
    plugin: Plugin,
    configuration_json: Arc<str>,
    manifest: Arc<Manifest>,
    egress: Arc<Egress>,
    secrets: Arc<dyn Secrets>,
    store: Arc<dyn state::Store>,
    pace: Option<Arc<Pacer>>,
    limits: Limits,
}

/// What the operator lends to a connection.
#[derive(Clone)]
pub struct Powers {
    /// The servers it may reach.
    pub grants: Grants,
    /// Its secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Its memory.
    pub store: Arc<dyn state::Store>,
    /// The way there, shared by all connections.
    pub client: Arc<Client>,
    /// How fast its requests may leave. Nothing: as they come.
    pub pace: Option<Arc<Pacer>>,
    /// Who watches.
    pub tap: Option<Arc<dyn Tap>>,
}

impl Connection {
    /// A connection. `manifest` is what [`Plugin::manifest`] says of this configuration.
    pub fn new(
        plugin: Plugin,
        configuration_json: impl Into<Arc<str>>,
        mut manifest: Manifest,
        powers: Powers,
        limits: Limits,
    ) -> Result<Self, PolicyError> {
        // What the component asks for is bounded by what the host gives.
        let longest = u32::try_from(limits.longest_request.as_millis()).unwrap_or(u32::MAX);
        manifest.request_timeout_ms = manifest.request_timeout_ms.min(longest);
        let policy = Policy::new(&manifest, &powers.grants)?;
        let egress = Egress::new(
            powers.client,
            policy,
            powers.secrets.clone(),
            powers.store.clone(),
            powers.pace.clone(),
            powers.tap,
        );
        Ok(Self {
            plugin,
            configuration_json: configuration_json.into(),
            manifest: Arc::new(manifest),
            egress: Arc::new(egress),
            secrets: powers.secrets,
            store: powers.store,
            pace: powers.pace,
            limits,
        })
    }

    /// What the connection asks for.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who an event is, or why it cannot be worked with. The component has neither network nor secrets nor state in
    /// this call.
    pub async fn identify(&self, event: &Event) -> Result<Result<Identity, Vec<Problem>>, RunError> {
        let event = convert::event(event);
        let time = self.limits.without_requests;
        let outcome = self
            .plugin
            .run(&self.limits, time, Lent::nothing(), async |store, connector| {
                connector
                    .knockcal_connector_automation()
                    .call_identify(store, &self.configuration_json, &event)
                    .await
            })
            .await?;
        match outcome {
            Ok(identity) => convert::identity(identity).map(Ok),
            Err(problems) => Ok(Err(convert::problems(problems))),
        }
    }

    /// What an event would do. Nothing is sent: the component has no network in this call.
    pub async fn plan(&self, event: &Event) -> Result<Result<Plan, Failure>, RunError> {
        let lent = Lent {
            hooks: Hooks::closed(),
            secrets: Some(self.secrets.clone()),
            store: Some(self.store.clone()),
        };
        let event = convert::event(event);
        let time = self.limits.without_requests;
        let outcome = self
            .plugin
            .run(&self.limits, time, lent, async |store, connector| {
                connector
                    .knockcal_connector_automation()
                    .call_plan(store, &self.configuration_json, &event)
                    .await
            })
            .await?;
        match outcome {
            Ok(plan) => convert::plan(plan).map(Ok),
            Err(failure) => convert::failure(failure).map(Err),
        }
    }

    /// How long it is until a request of this priority may leave.
    pub fn ready_in(&self, priority: Priority) -> Duration {
        let pace = self.pace.as_ref();
        pace.map_or(Duration::ZERO, |pace| pace.ready_in(priority))
    }

    /// Carries an event out, which somebody waits for. After `budget` no further request begins; the call itself may
    /// end later, by the longest request and a margin.
    pub async fn handle(&self, event: &Event, budget: Duration) -> Result<Result<Receipt, Failure>, RunError> {
        self.handle_as(event, budget, Priority::Interactive).await
    }

    /// Carries an event out, like [`handle`](Self::handle), which somebody waits for or nobody does.
    pub async fn handle_as(
        &self,
        event: &Event,
        budget: Duration,
        priority: Priority,
    ) -> Result<Result<Receipt, Failure>, RunError> {
        let errand = Errand {
            priority,
            purpose: event.trigger.as_str().into(),
        };
        let event = convert::event(event);
        let call = async |store: &mut Store<Guest>, connector: &Connector, budget_ms| {
            connector
                .knockcal_connector_automation()
                .call_handle(store, &self.configuration_json, &event, budget_ms)
                .await
        };
        match self.with_requests(errand, budget, call).await? {
            Ok(receipt) => convert::receipt(receipt).map(Ok),
            Err(failure) => Ok(Err(self.explain(convert::failure(failure)?, priority).await)),
        }
    }

    /// Carries an action out by itself, which somebody waits for. After `budget` no further request begins.
    pub async fn invoke(
        &self,
        invocation: &Invocation,
        budget: Duration,
    ) -> Result<Result<Invoked, Failure>, RunError> {
        let errand = Errand {
            priority: Priority::Interactive,
            purpose: invocation.action.as_str().into(),
        };
        let invocation = convert::invocation(invocation);
        let call = async |store: &mut Store<Guest>, connector: &Connector, budget_ms| {
            connector
                .knockcal_connector_automation()
                .call_invoke(store, &self.configuration_json, &invocation, budget_ms)
                .await
        };
        match self.with_requests(errand, budget, call).await? {
            Ok(invoked) => convert::invoked(invoked).map(Ok),
            Err(failure) => {
                let failure = convert::failure(failure)?;
                Ok(Err(self.explain(failure, Priority::Interactive).await))
            }
        }
    }

    /// Says of what waits for the provider's limit until when that is, if the requests of the day are used up. The component
    /// cannot know: it sees only that the host has no room for a request.
    async fn explain(&self, mut failure: Failure, priority: Priority) -> Failure {
        if let Failure::Deferred(deferred) = &mut failure
            && deferred.reason == Reason::RateLimited
            && let Some(pace) = &self.pace
            && let Some((day, lasts)) = pace.used_up_day(priority).await
        {
            let until = (Utc::now() + lasts).to_rfc3339_opts(SecondsFormat::Secs, true);
            let used = match day.left {
                0 => format!("all {} requests of the day are used up", day.limit),
                left => format!("the last {left} requests of the day are kept for what somebody waits for"),
            };
            deferred.message = format!("{}; {used}, and new ones are free at {until}", deferred.message);
        }
        failure
    }

    /// Runs a call that sends requests until `budget` is over.
    async fn with_requests<T>(
        &self,
        errand: Errand,
        budget: Duration,
        call: impl AsyncFnOnce(&mut Store<Guest>, &Connector, u32) -> wasmtime::Result<T>,
    ) -> Result<T, RunError> {
        let budget_ms = u32::try_from(budget.as_millis()).unwrap_or(u32::MAX);
        let budget = Duration::from_millis(budget_ms.into());
        let lent = Lent {
            hooks: Hooks::new(
                self.egress.clone(),
                errand,
                Instant::now() + budget,
                self.limits.requests,
            ),
            secrets: Some(self.secrets.clone()),
            store: Some(self.store.clone()),
        };
        let longest_request = Duration::from_millis(self.manifest.request_timeout_ms.into());
        let time = budget
            .saturating_add(longest_request)
            .saturating_add(self.limits.margin);
        self.plugin
            .run(&self.limits, time, lent, async |store, connector| {
                call(store, connector, budget_ms).await
            })
            .await
    }
}
