//! Numbers for those who watch many hosts.
//!
//! They are labelled with connections that are served and with triggers, of which only so many are told apart:
//! whatever callers send, there are not more of them.

use super::acknowledgement::{Acknowledgement, IntakeError};
use super::connections::Connections;
use crate::contract::Failure;
use crate::inbox::{Ending, Inbox, Status};
use crate::text;
use prometheus_client::encoding::{EncodeLabelSet, text as encoding};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many triggers are told apart. The component knows fewer; what it does not know is not run.
const TRIGGERS: usize = 32;

/// How long what was counted in the inbox counts.
const COUNTED_FOR: Duration = Duration::from_secs(5);

/// Upper ends of the buckets for how long runs take, in seconds.
const RUN_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0];

/// The content type of what [`Metrics::text`] gives.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of a host.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    events: Family<Standing, Gauge>,
    received: Family<Received, Counter>,
    refused: Family<Refused, Counter>,
    requests_refused: Family<OfCode, Counter>,
    runs: Family<Run, Counter>,
    run_seconds: Family<OfTrigger, Histogram, RunSeconds>,
    requests: Counter,
    cache_hits: Counter,
    cache_misses: Counter,
    oldest_seconds: Family<OfConnection, Gauge>,
    halted: Family<OfConnection, Gauge>,
    alarms: Family<Alarm, Gauge>,
    alerts: Family<Alert, Counter>,
    unhandled: Family<OfConnection, Counter>,
    triggers: Mutex<BTreeSet<String>>,
    counted: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfConnection {
    connection: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTrigger {
    trigger: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    connection: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Received {
    connection: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    connection: String,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCode {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Run {
    trigger: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alarm {
    connection: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Alert {
    connection: String,
    outcome: &'static str,
}

#[derive(Clone, Debug)]
struct RunSeconds;

impl MetricConstructor<Histogram> for RunSeconds {
    fn new_metric(&self) -> Histogram {
        Histogram::new(RUN_SECONDS)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("knock");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "This program", build);
        Self {
            events: family(&mut registry, "events", "Events in the inbox"),
            received: family(
                &mut registry,
                "events_received",
                "Events that were taken in, or were there before",
            ),
            refused: family(
                &mut registry,
                "intake_refused",
                "Times that nothing was taken in for want of room",
            ),
            requests_refused: family(
                &mut registry,
                "requests_refused",
                "Requests that were answered with an error",
            ),
            runs: family(&mut registry, "runs", "Runs of events, by how they ended"),
            run_seconds: {
                let family = Family::new_with_constructor(RunSeconds);
                let help = "How long a run of an event takes";
                registry.register_with_unit("run_duration", help, Unit::Seconds, family.clone());
                family
            },
            requests: counter(
                &mut registry,
                "provider_requests",
                "Requests to the provider for events that have come to an end",
            ),
            cache_hits: counter(
                &mut registry,
                "cache_hits",
                "Requests that those events were spared, for the answer was known",
            ),
            cache_misses: counter(
                &mut registry,
                "cache_misses",
                "Times that those events asked the provider for what could have been known",
            ),
            oldest_seconds: family(
                &mut registry,
                "oldest_unresolved_age_seconds",
                "Age of the oldest event that somebody waits for, 0 without one",
            ),
            halted: family(
                &mut registry,
                "connection_halted",
                "1 while the connection waits for a credential that is accepted",
            ),
            alarms: family(&mut registry, "alarm", "1 while there is an alarm"),
            alerts: family(
                &mut registry,
                "alerts",
                "Times that people were to be told of an event that was set aside",
            ),
            unhandled: family(
                &mut registry,
                "events_forgotten_unhandled",
                "Failed events that nobody handled for so long that they were discarded",
            ),
            registry,
            triggers: Mutex::default(),
            counted: tokio::sync::Mutex::default(),
        }
    }
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn family<L, M>(registry: &mut Registry, name: &str, help: &str) -> Family<L, M>
where
    Family<L, M>: Clone + Default + prometheus_client::registry::Metric,
{
    let family = Family::default();
    registry.register(name, help, Clone::clone(&family));
    family
}

/// What an event has used, which every outcome says in the same words.
macro_rules! used {
    ($outcome:expr) => {
        [$outcome.requests, $outcome.cache_hits, $outcome.cache_misses]
    };
}

impl Metrics {
    /// Events were taken in.
    pub(super) fn note_received(&self, connection: &str, events: &[Acknowledgement]) {
        for event in events {
            let result = match event.status {
                _ if event.duplicate => "duplicate",
                Status::Failed => "invalid",
                _ => "accepted",
            };
            let labels = Received {
                connection: connection.to_owned(),
                result,
            };
            self.received.get_or_create(&labels).inc();
        }
    }

    /// Events were not taken in.
    pub(super) fn note_refused(&self, connection: &str, error: &IntakeError) {
        let labels = Refused {
            connection: connection.to_owned(),
            reason: error.code(),
        };
        self.refused.get_or_create(&labels).inc();
    }

    /// A request was answered with an error.
    pub(super) fn note_refused_request(&self, code: &'static str) {
        self.requests_refused.get_or_create(&OfCode { code }).inc();
    }

    /// A run of an event has ended.
    pub(super) fn observe(&self, trigger: &str, ending: &Ending, duration: Duration) {
        let trigger = self.known(trigger);
        let labels = OfTrigger {
            trigger: trigger.clone(),
        };
        self.run_seconds.get_or_create(&labels).observe(duration.as_secs_f64());
        let (outcome, [requests, hits, misses]) = match ending {
            Ending::Receipt(receipt) => ("done", used!(receipt)),
            Ending::Planned(_) => ("planned", [0; 3]),
            // The next run counts them again.
            Ending::Failure(Failure::Deferred(_)) => ("deferred", [0; 3]),
            Ending::Failure(Failure::PermanentInvalid(_)) => ("permanent-invalid", [0; 3]),
            Ending::Failure(Failure::PermanentRefused(refused)) => ("permanent-refused", used!(refused)),
            Ending::Failure(Failure::PermanentUndecided(undecided)) => ("permanent-undecided", used!(undecided)),
            Ending::Failure(Failure::PermanentExpired(expired)) => ("permanent-expired", used!(expired)),
            Ending::Stopped(_) => ("stopped", [0; 3]),
        };
        self.runs.get_or_create(&Run { trigger, outcome }).inc();
        self.requests.inc_by(requests.into());
        self.cache_hits.inc_by(hits.into());
        self.cache_misses.inc_by(misses.into());
    }

    /// How a connection stands.
    pub(super) fn note_standing(&self, connection: &str, oldest: Duration, halted: bool) {
        let labels = OfConnection {
            connection: connection.to_owned(),
        };
        let seconds = i64::try_from(oldest.as_secs()).unwrap_or(i64::MAX);
        self.oldest_seconds.get_or_create(&labels).set(seconds);
        self.halted.get_or_create(&labels).set(halted.into());
    }

    /// Whether there is an alarm.
    pub(super) fn note_alarm(&self, connection: &str, kind: &'static str, on: bool) {
        let labels = Alarm {
            connection: connection.to_owned(),
            kind,
        };
        self.alarms.get_or_create(&labels).set(on.into());
    }

    /// People were to be told of an event that was set aside.
    pub(super) fn note_alert(&self, connection: &str, outcome: &'static str) {
        let labels = Alert {
            connection: connection.to_owned(),
            outcome,
        };
        self.alerts.get_or_create(&labels).inc();
    }

    /// A failed event was forgotten that nobody had handled.
    pub(super) fn note_unhandled(&self, connection: &str) {
        let labels = OfConnection {
            connection: connection.to_owned(),
        };
        self.unhandled.get_or_create(&labels).inc();
    }

    #[cfg(test)]
    pub(super) fn unhandled(&self, connection: &str) -> u64 {
        let labels = OfConnection {
            connection: connection.to_owned(),
        };
        self.unhandled.get_or_create(&labels).get()
    }

    /// All numbers, in the text format of OpenMetrics. When the inbox cannot be read, its numbers stay what they were.
    pub async fn text(&self, inbox: &Inbox, connections: &Connections) -> String {
        self.count(inbox, connections).await;
        let mut text = String::new();
        if let Err(error) = encoding::encode(&mut text, &self.registry) {
            tracing::error!(%error, "cannot write the metrics");
        }
        text
    }

    /// Counts what is in the inbox, unless that was done a moment ago.
    async fn count(&self, inbox: &Inbox, connections: &Connections) {
        let mut counted = self.counted.lock().await;
        if counted.is_some_and(|at| at.elapsed() < COUNTED_FOR) {
            return;
        }
        let inbox = inbox.clone();
        let totals = match tokio::task::spawn_blocking(move || inbox.totals()).await {
            Ok(Ok((totals, _))) => totals,
            Ok(Err(error)) => return tracing::error!(%error, "cannot count the events"),
            Err(error) => return tracing::error!(%error, "cannot count the events"),
        };
        for served in connections.iter() {
            let of = totals.get(&served.name);
            for status in Status::ALL {
                let events = of.and_then(|of| of.events.get(&status)).copied().unwrap_or(0);
                let labels = Standing {
                    connection: served.name.clone(),
                    status: status.name(),
                };
                let events = i64::try_from(events).unwrap_or(i64::MAX);
                self.events.get_or_create(&labels).set(events);
            }
        }
        *counted = Some(Instant::now());
    }

    fn known(&self, trigger: &str) -> String {
        // Whoever sends events names them as they like.
        let trigger = &*text::line(trigger);
        let mut triggers = self.triggers.lock().unwrap_or_else(PoisonError::into_inner);
        if !triggers.contains(trigger) {
            if triggers.len() >= TRIGGERS {
                return "other".to_owned();
            }
            triggers.insert(trigger.to_owned());
        }
        trigger.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(metrics: &Metrics) -> String {
        let mut text = String::new();
        encoding::encode(&mut text, &metrics.registry).unwrap();
        text
    }

    fn receipt(requests: u32) -> Ending {
        let receipt = json!({
            "event_id": "visit-1", "subject": "pin-1", "applied": [], "requests": requests, "cache_hits": 0,
            "cache_misses": 0, "warnings": [],
        });
        Ending::Receipt(serde_json::from_value(receipt).unwrap())
    }

    #[test]
    fn runs_are_counted_by_trigger_and_outcome() {
        let metrics = Metrics::default();
        for _ in 0..2 {
            metrics.observe("knocker.lead_booked", &receipt(2), Duration::from_millis(300));
        }
        let text = text(&metrics);
        for line in [
            r#"knock_runs_total{trigger="knocker.lead_booked",outcome="done"} 2"#,
            r#"knock_run_duration_seconds_bucket{le="0.25",trigger="knocker.lead_booked"} 0"#,
            r#"knock_run_duration_seconds_bucket{le="0.5",trigger="knocker.lead_booked"} 2"#,
            "knock_provider_requests_total 4",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_trigger_of_a_stranger_is_shown_fit_to_be_shown() {
        let metrics = Metrics::default();
        metrics.observe("x\u{1b}[2J\"\n\u{9b}\u{202e}", &receipt(0), Duration::ZERO);
        let text = text(&metrics);
        assert!(text.lines().all(text::is_printable), "{text:?}");
        assert!(text.contains(r#"trigger="x\\u{1b}[2J\"\\n\\u{9b}\\u{202e}""#), "{text}");
    }

    #[test]
    fn whatever_triggers_there_are_their_number_is_bounded() {
        let metrics = Metrics::default();
        for number in 0..10 * TRIGGERS {
            metrics.observe(&format!("trigger-{number}"), &receipt(0), Duration::ZERO);
        }
        let text = text(&metrics);
        let told_apart = text.lines().filter(|line| line.starts_with("knock_runs_total{"));
        assert_eq!(told_apart.count(), TRIGGERS + 1);
        assert!(text.contains(r#"{trigger="other",outcome="done"} 288"#), "{text}");
    }
}
