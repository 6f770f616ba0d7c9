//! Faults at random: what goes wrong, how often, and what it struck.

use std::collections::{BTreeMap, VecDeque};

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::{Effect, StatusReply, millis};
use super::table::HISTORY_MS;

/// How many strikes are remembered, the latest.
const STRIKES_KEPT: usize = 20_000;

/// Faults at random, the same ones for the same seed and requests.
///
/// ```
/// # use host_harness::emulator::{FaultKind, Ghl, Rain, Seed};
/// let mut ghl = Ghl::new(Seed::demo())?;
/// ghl.rain(Rain::new(7).chance(FaultKind::ResetAfterCommit, 0.1));
/// ghl.stop_rain();
/// assert_eq!(ghl.rainfall().count(FaultKind::ResetAfterCommit), 0);
/// # Ok::<(), host_harness::emulator::SeedError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rain {
    /// Where chance comes from.
    pub seed: u64,
    /// How likely each kind is to strike a request that it fits, from 0 to 1. A kind that is not named never does.
    pub chances: BTreeMap<FaultKind, f64>,
    /// The longest that an answer is held back, or takes to arrive.
    pub longest_delay_ms: u64,
    /// The most by which a commit is late, or reads are behind.
    pub longest_lag_ms: u64,
    /// The longest that a storm, a token's trouble or a lag lasts.
    pub longest_spell_ms: u64,
}

impl Default for Rain {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Rain {
    /// A sky without a cloud.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            chances: BTreeMap::new(),
            longest_delay_ms: 1_000,
            longest_lag_ms: 2_000,
            longest_spell_ms: 2_000,
        }
    }

    /// Every kind of fault: about one request in eight meets one.
    pub fn of_everything(seed: u64) -> Self {
        let chances = FaultKind::ALL.into_iter().map(|kind| match kind {
            FaultKind::Latency => (kind, 0.03),
            FaultKind::RateLimitStorm | FaultKind::InvalidToken | FaultKind::Lag => (kind, 0.000_5),
            _ => (kind, 0.01),
        });
        Self {
            chances: chances.collect(),
            ..Self::new(seed)
        }
    }

    /// The same rain with another chance of one kind.
    #[must_use]
    pub fn chance(mut self, kind: FaultKind, chance: f64) -> Self {
        self.chances.insert(kind, chance);
        self
    }
}

/// A kind of fault that rain brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// For a while, every answer is a 429 with `Retry-After`.
    RateLimitStorm,
    /// For a while, the token is not accepted.
    InvalidToken,
    /// For a while, reads show what was there before.
    Lag,
    /// The answer is held back.
    Latency,
    /// The answer comes in small pieces.
    Trickle,
    /// A 500, 502 or 503; the request has no effect.
    ServerError,
    /// A 504; the request has taken effect.
    LostAnswer,
    /// A 504; the request takes effect later.
    CommitLate,
    /// The connection is reset before the request takes effect.
    ResetBeforeCommit,
    /// The connection is reset after the request took effect.
    ResetAfterCommit,
    /// The connection ends after half of the answer.
    Truncate,
    /// 401 `Command timed out`; the request has no effect.
    TimedOut,
    /// 401 `Command timed out`; the request has taken effect.
    TimedOutCommitted,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::RateLimitStorm,
        Self::InvalidToken,
        Self::Lag,
        Self::Latency,
        Self::Trickle,
        Self::ServerError,
        Self::LostAnswer,
        Self::CommitLate,
        Self::ResetBeforeCommit,
        Self::ResetAfterCommit,
        Self::Truncate,
        Self::TimedOut,
        Self::TimedOutCommitted,
    ];

    /// What it is about is whether the request took effect, so it is nothing new to a read.
    fn strikes_writes_alone(self) -> bool {
        matches!(
            self,
            Self::LostAnswer | Self::CommitLate | Self::ResetAfterCommit | Self::TimedOutCommitted
        )
    }
}

/// A request that was struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Struck {
    /// When.
    pub at_ms: i64,
    /// By what.
    pub fault: FaultKind,
    /// The key of the operation it asked for.
    pub operation: Option<&'static str>,
    /// The id of the appointment that it names.
    pub appointment: Option<String>,
    /// The id of the contact that it names.
    pub contact: Option<String>,
    /// The description that it writes.
    pub description: Option<String>,
}

impl Struck {
    pub(super) fn of(
        at_ms: i64,
        fault: FaultKind,
        operation: Option<&'static str>,
        id: Option<&str>,
        body: &[u8],
    ) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let family = operation.and_then(|key| key.split('.').next());
        let of_family = |wanted| id.filter(|_| family == Some(wanted)).map(str::to_owned);
        Self {
            at_ms,
            fault,
            operation,
            appointment: of_family("appointment"),
            contact: of_family("contact").or_else(|| text("contactId")),
            description: text("description"),
        }
    }
}

/// What the rain has struck.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rainfall {
    counts: BTreeMap<FaultKind, u64>,
    strikes: VecDeque<Struck>,
}

impl Rainfall {
    /// How many requests a kind of fault has struck.
    pub fn count(&self, kind: FaultKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// How many requests each kind of fault has struck.
    pub fn counts(&self) -> &BTreeMap<FaultKind, u64> {
        &self.counts
    }

    /// The latest requests that were struck, in the order they came; of very many the oldest are forgotten.
    pub fn strikes(&self) -> impl Iterator<Item = &Struck> {
        self.strikes.iter()
    }

    pub(super) fn note(&mut self, struck: Struck) {
        *self.counts.entry(struck.fault).or_default() += 1;
        if self.strikes.len() >= STRIKES_KEPT {
            self.strikes.pop_front();
        }
        self.strikes.push_back(struck);
    }
}

/// The weather over one location.
#[derive(Clone, Debug, Default)]
pub(super) struct Weather {
    falling: Option<Falling>,
    pub(super) rainfall: Rainfall,
}

#[derive(Clone, Debug)]
struct Falling {
    rain: Rain,
    random: fastrand::Rng,
    /// A storm or a token's trouble, and when it ends.
    spell: Option<(FaultKind, i64)>,
    lag: Option<Lag>,
}

#[derive(Clone, Copy, Debug)]
struct Lag {
    ms: i64,
    until_ms: i64,
}

impl Weather {
    pub(super) fn rain(&mut self, rain: Rain) {
        self.falling = Some(Falling {
            random: fastrand::Rng::with_seed(rain.seed),
            rain,
            spell: None,
            lag: None,
        });
    }

    pub(super) fn stop(&mut self) {
        self.falling = None;
    }

    /// What strikes a request.
    pub(super) fn strike(&mut self, method: &Method, now_ms: i64) -> Option<(FaultKind, Effect)> {
        self.falling.as_mut()?.strike(method, now_ms)
    }

    /// The instant whose state reads show now; nothing when they show the latest.
    pub(super) fn reads_as_of(&self, now_ms: i64) -> Option<i64> {
        let lag = self.falling.as_ref()?.lag.filter(|lag| now_ms < lag.until_ms)?;
        Some(now_ms.saturating_sub(lag.ms.min(HISTORY_MS)))
    }
}

impl Falling {
    fn strike(&mut self, method: &Method, now_ms: i64) -> Option<(FaultKind, Effect)> {
        self.spell = self.spell.filter(|(_, until_ms)| now_ms < *until_ms);
        if let Some((kind, until_ms)) = self.spell {
            return Some((kind, in_spell(kind, until_ms - now_ms)));
        }
        let kind = self.draw(method)?;
        Some((kind, self.effect(kind, now_ms)))
    }

    fn draw(&mut self, method: &Method) -> Option<FaultKind> {
        let reads = method == Method::GET;
        let mut chances = self.rain.chances.iter();
        let (kind, _) = chances.find(|(_, chance)| self.random.f64() < **chance)?;
        Some(*kind).filter(|kind| !(reads && kind.strikes_writes_alone()))
    }

    fn effect(&mut self, kind: FaultKind, now_ms: i64) -> Effect {
        let status = |code: StatusCode| StatusReply::from(code);
        match kind {
            FaultKind::RateLimitStorm | FaultKind::InvalidToken => {
                let until_ms = now_ms.saturating_add(millis(self.up_to(self.rain.longest_spell_ms)));
                self.spell = Some((kind, until_ms));
                in_spell(kind, until_ms - now_ms)
            }
            FaultKind::Lag => {
                let (ms, for_ms) = (
                    self.up_to(self.rain.longest_lag_ms),
                    self.up_to(self.rain.longest_spell_ms),
                );
                self.lag = Some(Lag {
                    ms: millis(ms),
                    until_ms: now_ms.saturating_add(millis(for_ms)),
                });
                // The spell is kept here, where it ends with the rain.
                Effect::Latency { ms: 0 }
            }
            FaultKind::Latency => Effect::Latency {
                ms: self.up_to(self.rain.longest_delay_ms),
            },
            FaultKind::Trickle => Effect::Trickle {
                ms: self.up_to(self.rain.longest_delay_ms),
            },
            FaultKind::ServerError => {
                let codes = [
                    StatusCode::INTERNAL_SERVER_ERROR,
                    StatusCode::BAD_GATEWAY,
                    StatusCode::SERVICE_UNAVAILABLE,
                ];
                let code = self.random.choice(codes).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
                Effect::Status(status(code))
            }
            FaultKind::LostAnswer => Effect::StatusAfterCommit(status(StatusCode::GATEWAY_TIMEOUT)),
            FaultKind::CommitLate => Effect::CommitLate {
                ms: self.up_to(self.rain.longest_lag_ms),
            },
            FaultKind::ResetBeforeCommit => Effect::ResetBeforeCommit,
            FaultKind::ResetAfterCommit => Effect::ResetAfterCommit,
            FaultKind::Truncate => Effect::Truncate,
            FaultKind::TimedOut => Effect::CommandTimedOut { committed: false },
            FaultKind::TimedOutCommitted => Effect::CommandTimedOut { committed: true },
        }
    }

    fn up_to(&mut self, longest_ms: u64) -> u64 {
        self.random.u64(1..=longest_ms.max(1))
    }
}

/// What a request meets in a storm or a token's trouble that lasts so much longer.
fn in_spell(kind: FaultKind, left_ms: i64) -> Effect {
    Effect::Status(match kind {
        FaultKind::InvalidToken => StatusReply {
            body: Some(json!({ "statusCode": 401, "message": "Invalid Private Integration token" })),
            ..StatusReply::from(StatusCode::UNAUTHORIZED)
        },
        _ => StatusReply {
            retry_after_seconds: u32::try_from(left_ms / 1_000 + 1).ok(),
            ..StatusReply::from(StatusCode::TOO_MANY_REQUESTS)
        },
    })
}

#[cfg(test)]
mod tests;
