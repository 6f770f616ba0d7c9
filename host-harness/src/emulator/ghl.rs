//! The model: one request in, one answer out, and time only as told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Request, Response, StatusCode};
use serde_json::{Map, Value};

use super::announcement::{self, Announcement};
use super::appointment::Appointment;
use super::call::{Call, instant};
use super::contact::Contact;
use super::contacts::upserted;
use super::document::{Document, DocumentKind};
use super::fault::{BareReply, BodyReply, Effect, Fault, StatusReply, UPSERT, millis};
use super::faults::{Faults, Strike};
use super::gate::{self, Asked};
use super::mint::Mint;
use super::rain::{Rain, Rainfall, Struck, Weather};
use super::rate::{Quota, Rate};
use super::received::{Log, Received};
use super::reply::{self, Refusal};
use super::route::Api;
use super::routes::{self, Found};
use super::seed::{Location, Seed, SeedError, Token};
use super::sent::{Sent, check_query};
use super::shows::Shows;
use super::store::Store;
use super::target::Query;

/// A GHL in memory.
///
/// It has no clock: time is what [`answer`](Self::answer) and [`advance`](Self::advance) are
/// told, and never goes back. A clone is cheap and goes its own way.
///
/// ```
/// # use host_harness::emulator::{End, Ghl, Seed};
/// let mut ghl = Ghl::new(Seed::demo())?;
/// let request = http::Request::get(format!("/contacts/{}", Seed::PAT))
///     .header("version", "2021-07-28")
///     .header("authorization", format!("Bearer {}", Seed::DEMO_TOKEN))
///     .body(bytes::Bytes::new())?;
/// let delivery = ghl.answer(1_772_546_400_000, &request);
/// assert!(matches!(delivery.end, End::Reply(reply) if reply.status() == 200));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ghl {
    now_ms: i64,
    store: Store,
    tokens: Arc<Vec<Token>>,
    knocker_keys: Arc<Vec<String>>,
    rate: Rate,
    faults: Faults,
    /// The forms in which values are shown, unless a fault says otherwise.
    shows: Shows,
    weather: Weather,
    traces: Mint,
    /// What takes effect later, by its instant and in the order in which it came.
    late: BTreeMap<(i64, usize), Request<Bytes>>,
    /// How many came that take effect later.
    late_count: usize,
    received: Arc<Log>,
    /// What is to be told and was not taken yet, when somebody listens.
    announcements: Option<Vec<Announcement>>,
    webhooks: Mint,
}

/// The status and the body of a success, or a refusal.
type Performed = Result<(StatusCode, Value), Refusal>;

/// How and when an answer is delivered.
#[derive(Debug)]
pub struct Delivery {
    /// How long it is held back.
    pub after: Duration,
    /// Over how long its body then comes, in small pieces.
    pub over: Duration,
    /// What comes then.
    pub end: End,
}

/// What comes back for a request.
#[derive(Debug)]
pub enum End {
    /// The answer.
    Reply(Response<Bytes>),
    /// The answer, of which half of the body arrives before the connection ends.
    Truncated(Response<Bytes>),
    /// Nothing: the connection is reset.
    Reset,
}

impl Ghl {
    /// How many of the requests received are kept, the latest.
    pub const RECEIVED_KEPT: usize = Log::KEPT;

    /// A GHL that holds what the seed says.
    ///
    /// # Errors
    ///
    /// When the seed makes no sense.
    pub fn new(seed: Seed) -> Result<Self, SeedError> {
        let mut faults = Faults::default();
        seed.faults.iter().cloned().for_each(|fault| faults.inject(fault));
        Ok(Self {
            now_ms: i64::MIN,
            store: Store::grow(&seed)?,
            shows: seed.shows,
            tokens: Arc::new(seed.tokens),
            knocker_keys: Arc::new(seed.knocker_keys),
            rate: Rate::new(seed.rate_limit),
            faults,
            weather: Weather::default(),
            // Apart from the ids, so that a request refused does not change those to come.
            traces: Mint::new(!seed.random),
            webhooks: Mint::new(!seed.random ^ 1),
            late: BTreeMap::new(),
            late_count: 0,
            received: Arc::default(),
            announcements: None,
        })
    }

    /// Adds a fault to those there are.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.inject(fault);
    }

    /// The faults that have not struck as often as they are to, in the order they were injected.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.waiting()
    }

    /// Takes back all faults, and with them every lag and form that they brought. What they made late still comes.
    pub fn clear_faults(&mut self) {
        self.faults = Faults::default();
    }

    /// Lets faults rain, in place of what rained before.
    pub fn rain(&mut self, rain: Rain) {
        self.weather.rain(rain);
    }

    /// Stops the rain, and with it every storm and lag that it brought. What it made late still comes.
    pub fn stop_rain(&mut self) {
        self.weather.stop();
    }

    /// What rain has struck so far.
    pub fn rainfall(&self) -> &Rainfall {
        &self.weather.rainfall
    }

    /// What time it is there (Unix epoch, milliseconds): the latest that it was told.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Makes a token valid.
    pub fn add_token(&mut self, token: Token) {
        Arc::make_mut(&mut self.tokens).push(token);
    }

    /// Makes a token expire.
    pub fn expire_token(&mut self, token: &str) {
        let tokens = Arc::make_mut(&mut self.tokens).iter_mut();
        for expired in tokens.filter(|known| known.token == token) {
            expired.expired = true;
        }
    }

    /// Whether a token is one of GHL's here, or a key one of Active Knocker's.
    pub(super) fn knows(&self, credential: &str) -> bool {
        let mut tokens = self.tokens.iter().map(|known| &known.token);
        tokens.any(|token| token == credential) || self.knocker_keys.iter().any(|key| key == credential)
    }

    /// The location that this is.
    pub fn location(&self) -> &Location {
        &self.store.location
    }

    /// Keeps at most so many of the requests received, the latest; [`RECEIVED_KEPT`](Self::RECEIVED_KEPT) unless said
    /// otherwise.
    pub fn keep_received(&mut self, most: usize) {
        Arc::make_mut(&mut self.received).keep(most);
    }

    /// Answers a request that arrives at `now_ms` (Unix epoch, milliseconds).
    ///
    /// What it changes is changed when this returns, however long the delivery takes.
    pub fn answer(&mut self, now_ms: i64, request: &Request<Bytes>) -> Delivery {
        self.advance(now_ms);
        let (route, id) = match routes::find(request.method(), request.uri().path()) {
            Found::Route(route, ids) => (Some(route), ids.into_iter().next()),
            Found::MisCased | Found::Nothing => (None, None),
        };
        let operation = route.map(|route| route.key);
        let of_ghl = route.is_none_or(|route| route.api == Api::Ghl);
        let quota = of_ghl.then(|| self.rate.take(self.now_ms));
        let (strike, end) = if quota.is_none_or(|quota| quota.allowed) {
            let strike = self.strike(request, operation, id.as_deref());
            let end = self.end(request, strike.ending.as_ref(), quota);
            (strike, end)
        } else {
            let limit = Refusal::of_status(StatusCode::TOO_MANY_REQUESTS);
            (Strike::default(), End::Reply(self.write(Err(limit), quota)))
        };
        let status = match &end {
            End::Reply(reply) => Some(reply.status()),
            End::Truncated(_) | End::Reset => None,
        };
        Arc::make_mut(&mut self.received).push(|| Received::of(request, self.now_ms, operation, status));
        Delivery {
            after: strike.latency,
            over: strike.trickle,
            end,
        }
    }

    /// What befalls a request: what was injected, and else what the weather brings.
    fn strike(&mut self, request: &Request<Bytes>, operation: Option<&'static str>, id: Option<&str>) -> Strike {
        let mut strike = self.faults.strike(operation, self.now_ms);
        if strike.ending.is_none()
            && let Some((kind, effect)) = self.weather.strike(request.method(), self.now_ms)
        {
            strike.add(&effect);
            let struck = Struck::of(self.now_ms, kind, operation, id, request.body());
            self.weather.rainfall.note(struck);
        }
        strike
    }

    /// Lets time pass: what was to take effect by `now_ms` does, each at its own instant.
    pub fn advance(&mut self, now_ms: i64) {
        while let Some(next) = self.late.first_entry() {
            let (due_ms, _) = *next.key();
            if due_ms > now_ms {
                break;
            }
            let request = next.remove();
            self.now_ms = self.now_ms.max(due_ms);
            let _lost = self.perform(&request);
        }
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// Begins to keep what GHL tells apps by webhook, until it is taken, or ends it.
    pub fn announce(&mut self, listened: bool) {
        if self.announcements.is_some() == listened {
            return;
        }
        self.store.watch(listened);
        self.announcements = listened.then(Vec::new);
    }

    /// What is to be told and was not taken yet, in the order it came about.
    pub fn take_announcements(&mut self) -> Vec<Announcement> {
        self.announcements.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Keeps what the request that was just carried out gives to tell.
    fn tell(&mut self) {
        let Some(announcements) = &mut self.announcements else {
            return;
        };
        for (of_type, mut body) in announcement::news(&mut self.store, instant(self.now_ms)) {
            if let Value::Object(fields) = &mut body {
                fields.insert("webhookId".to_owned(), self.webhooks.trace_id().into());
            }
            let mishap = self.faults.befall(of_type);
            announcements.push(Announcement { of_type, body, mishap });
        }
    }

    /// Every appointment that was ever committed, as it is now, oldest first.
    pub fn appointments(&self) -> impl Iterator<Item = &Appointment> {
        self.store.appointments()
    }

    /// Every contact, as it is now, oldest first.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.store.contacts()
    }

    /// Every document of a kind, as it is now, oldest first.
    pub fn documents(&self, kind: DocumentKind) -> impl Iterator<Item = &Document> {
        self.store.now().documents(kind).map(Arc::as_ref)
    }

    /// All that it holds, as the seed that grows it: whoever asks it gets the same answers. Faults, the requests
    /// received and what is to take effect later are not in it.
    pub fn seed(&self) -> Seed {
        Seed {
            tokens: self.tokens.as_ref().clone(),
            knocker_keys: self.knocker_keys.as_ref().clone(),
            rate_limit: self.rate.limit().clone(),
            shows: self.shows.clone(),
            ..self.store.seed()
        }
    }

    /// The latest requests, in the order they came.
    pub fn received(&self) -> &[Received] {
        self.received.latest()
    }

    /// How a request ends, with the effect it has on the way.
    fn end(&mut self, request: &Request<Bytes>, ending: Option<&Effect>, quota: Option<Quota>) -> End {
        let outcome = match ending {
            None | Some(Effect::Latency { .. } | Effect::Trickle { .. } | Effect::Lag { .. } | Effect::Shows(_)) => {
                self.perform(request)
            }
            // These are for webhooks.
            Some(Effect::Duplicate | Effect::Reorder | Effect::Drop | Effect::BadSignature) => self.perform(request),
            Some(Effect::Status(reply)) => return self.end_with(reply, quota),
            Some(Effect::StatusAfterCommit(reply)) => {
                let _lost = self.perform(request);
                return self.end_with(reply, quota);
            }
            // What stands in front of GHL knows neither its traces nor its limits.
            Some(Effect::Page(BareReply { code, committed })) => {
                let _lost = committed.then(|| self.perform(request));
                return End::Reply(reply::write(*code, Value::String(reply::page(*code)), None));
            }
            Some(Effect::Empty(BareReply { code, committed })) => {
                let _lost = committed.then(|| self.perform(request));
                return End::Reply(reply::empty(*code));
            }
            Some(Effect::Body(BodyReply { code, json, committed })) => {
                let _lost = committed.then(|| self.perform(request));
                return End::Reply(with_quota(reply::verbatim(*code, json), quota));
            }
            Some(Effect::ScopeMissing) => Err(Refusal::out_of_scope()),
            Some(Effect::OtherContact(id)) => self.other_contact(id),
            Some(Effect::CommandTimedOut { committed }) => {
                let _lost = committed.then(|| self.perform(request));
                Err(Refusal::command_timed_out())
            }
            Some(Effect::ResetBeforeCommit) => return End::Reset,
            Some(Effect::ResetAfterCommit) => {
                let _lost = self.perform(request);
                return End::Reset;
            }
            Some(Effect::Truncate) => {
                let outcome = self.perform(request);
                return End::Truncated(self.write(outcome, quota));
            }
            Some(Effect::CommitLate { ms }) => {
                let due_ms = self.now_ms.saturating_add(millis(*ms));
                self.late.insert((due_ms, self.late_count), request.clone());
                self.late_count += 1;
                Err(Refusal::of_status(StatusCode::GATEWAY_TIMEOUT))
            }
        };
        End::Reply(self.write(outcome, quota))
    }

    /// What an upsert answers that finds this contact and writes nothing.
    fn other_contact(&self, id: &str) -> Performed {
        let contact = self.store.now().contact(id);
        let contact = contact.ok_or_else(|| Refusal::missing("Contact", id))?;
        let mut body = upserted(false, contact.shown());
        self.rewrite(UPSERT, &mut body);
        Ok((StatusCode::OK, body))
    }

    /// Puts the values of an answer into the forms in which they are shown.
    fn rewrite(&self, operation: &str, body: &mut Value) {
        self.shows()
            .rewrite(operation, &self.store.location, self.store.zone, body);
    }

    fn shows(&self) -> &Shows {
        self.faults.shows().unwrap_or(&self.shows)
    }

    /// The answer that a fault gives.
    fn end_with(&mut self, reply: &StatusReply, quota: Option<Quota>) -> End {
        let mut response = self.write(Err(refusal_of(reply)), quota);
        if let Some(seconds) = reply.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        End::Reply(response)
    }

    /// Judges a request as of now, and carries it out.
    fn perform(&mut self, request: &Request<Bytes>) -> Performed {
        let path = request.uri().path();
        let (route, ids) = match routes::find(request.method(), path) {
            Found::Route(route, ids) => (route, ids),
            // That it is a 401 was seen; in which words was not recorded.
            Found::MisCased => return Err(Refusal::out_of_scope()),
            Found::Nothing => return Err(Refusal::unknown_path(request.method(), path)),
        };
        let query = Query::parse(request.uri().query());
        let sent = Sent::read(request, route.body);
        let no_fields = Map::new();
        let fields = sent.as_ref().and_then(Sent::fields).unwrap_or(&no_fields);
        let asked = Asked::of(request, &query, fields, &ids);
        let let_in = match route.api {
            Api::Ghl => gate::check(asked, route, &self.tokens, &self.store.location.id),
            Api::Knocker => gate::check_key(request.headers(), &self.knocker_keys),
        };
        let Some(sent) = &sent else {
            // A body that cannot be read names no location, and that is not what is wrong.
            let refusal = let_in.err().filter(|refusal| *refusal != Refusal::foreign_location());
            return Err(refusal.unwrap_or_else(|| route.body.unreadable()));
        };
        let_in?;
        check_query(&query, route.query)?;
        route.body.check(sent)?;
        let outcome = (route.run)(&mut Call {
            now: instant(self.now_ms),
            reads_as_of: [
                self.faults.reads_as_of(self.now_ms),
                self.weather.reads_as_of(self.now_ms),
            ]
            .into_iter()
            .flatten()
            .min(),
            store: &mut self.store,
            is_v3: asked.is_v3(),
            path: &ids,
            query: &query,
            body: fields,
            list: sent.list(),
        });
        self.tell();
        if route.api != Api::Ghl {
            return outcome.map(|body| (route.status, body));
        }
        let mut body = outcome.map_err(|refusal| self.shows().reword(refusal))?;
        self.rewrite(route.key, &mut body);
        Ok((route.status, body))
    }

    /// Writes an answer, with what GHL says about every request, unless it has no quota and is not GHL's.
    fn write(&mut self, performed: Performed, quota: Option<Quota>) -> Response<Bytes> {
        let (status, body) = performed.unwrap_or_else(|refusal| (refusal.status, refusal.body));
        let Some(quota) = quota else {
            return reply::write(status, body, None);
        };
        let response = reply::write(status, body, Some(&self.traces.trace_id()));
        with_quota(response, Some(quota))
    }
}

/// The answer with what is left of the rate limit, where there is one.
fn with_quota(mut response: Response<Bytes>, quota: Option<Quota>) -> Response<Bytes> {
    if let Some(quota) = quota {
        quota.write(response.headers_mut());
    }
    response
}

fn refusal_of(reply: &StatusReply) -> Refusal {
    match &reply.body {
        Some(body) => Refusal {
            status: reply.code,
            body: body.clone(),
        },
        None => Refusal::of_status(reply.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::trial::{MONDAY, Trial, request, tuesday};
    use crate::emulator::{Calendar, CalendarKind};
    use http::Method;
    use http::header::CONTENT_TYPE;
    use serde_json::json;

    const CREATE: &str = "appointment.create";
    const PATH: &str = "/calendars/events/appointments";

    fn booking() -> Request<Bytes> {
        let body = Trial::booking(Seed::OPEN_HOUSE, tuesday("10:00"));
        request(Method::POST, PATH, Some(body))
    }

    fn events(trial: &mut Trial) -> usize {
        let query = format!("calendarId={}&startTime=0&endTime=1900000000000", Seed::OPEN_HOUSE);
        let target = format!("/calendars/events?locationId={}&{query}", Seed::DEMO_LOCATION);
        trial.get(&target).body["events"].as_array().unwrap().len()
    }

    #[test]
    fn every_answer_has_a_trace_and_the_rate_headers() {
        let mut trial = Trial::of(Seed::demo());
        for target in ["/nowhere", "/contacts/nobody", "/calendars/"] {
            let answer = trial.get(target);
            assert_eq!(answer.body["traceId"].as_str().unwrap().len(), 36);
            assert_eq!(answer.headers["x-ratelimit-max"], "100");
            assert_eq!(answer.headers["x-ratelimit-limit-daily"], "200000");
        }
        assert_eq!(trial.get("/").headers["x-ratelimit-remaining"], "96");
    }

    #[test]
    fn the_rate_limit_comes_before_everything_and_faults_do_not_count_its_refusals() {
        let mut seed = Seed::demo();
        seed.rate_limit.max = 1;
        let mut trial = Trial::of(seed);
        trial
            .ghl
            .inject(Fault::on("*", Effect::ResetBeforeCommit).unwrap().nth(2));
        assert_eq!(trial.get("/nowhere").status, 404);
        let limit = trial.get("/nowhere");
        assert_eq!(limit.status, 429);
        assert_eq!(limit.body["message"], "Too Many Requests");
        assert_eq!(limit.headers.get("retry-after"), None);
        trial.now_ms += 10_000;
        let reset = trial.deliver(&request(Method::GET, "/nowhere", None));
        assert!(matches!(reset.end, End::Reset));
    }

    #[test]
    fn the_same_seed_and_requests_give_the_same_answers() {
        let run = || {
            let mut trial = Trial::demo();
            let first = trial.send(booking());
            (first.body, trial.send(booking()).body)
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn a_clone_goes_its_own_way() {
        let mut trial = Trial::demo();
        let before = trial.ghl.clone();
        assert_eq!(trial.send(booking()).status, 200);
        assert_eq!(before.appointments().count(), 0);
        assert!(before.received().is_empty());
    }

    #[test]
    fn requests_are_logged_with_what_was_answered() {
        let mut trial = Trial::demo();
        trial.fault("contact.get", Effect::ResetAfterCommit);
        trial.get("/nowhere?x=1");
        trial.send(booking());
        trial.deliver(&request(Method::GET, "/contacts/x", None));
        let log = trial.ghl.received();
        assert_eq!((log[0].operation, log[0].status), (None, Some(StatusCode::NOT_FOUND)));
        assert_eq!(log[0].target, "/nowhere?x=1");
        assert_eq!(log[1].operation, Some(CREATE));
        assert_eq!(log[1].body["contactId"], Seed::PAT);
        assert_eq!((log[2].operation, log[2].status), (Some("contact.get"), None));
        assert_eq!((log[2].at_ms, &log[2].body), (MONDAY, &Value::Null));
    }

    #[test]
    fn a_status_before_the_commit_has_no_effect_and_one_after_it_has() {
        let code = StatusCode::SERVICE_UNAVAILABLE;
        for (effect, committed) in [
            (Effect::Status(code.into()), 0),
            (Effect::StatusAfterCommit(code.into()), 1),
        ] {
            let mut trial = Trial::demo();
            trial.fault(CREATE, effect);
            let answer = trial.send(booking());
            assert_eq!(answer.status, 503);
            assert_eq!(answer.headers[CONTENT_TYPE], "text/html");
            assert_eq!(trial.ghl.appointments().count(), committed);
        }
    }

    #[test]
    fn a_command_that_timed_out_may_have_been_carried_out() {
        for committed in [false, true] {
            let mut trial = Trial::demo();
            trial.fault(CREATE, Effect::CommandTimedOut { committed });
            let answer = trial.send(booking());
            assert_eq!(answer.status, 401);
            assert_eq!(answer.body["message"], "Command timed out");
            assert_eq!(trial.ghl.appointments().count(), usize::from(committed));
        }
    }

    #[test]
    fn a_connection_is_cut_before_or_after_the_commit() {
        for (effect, committed) in [
            (Effect::ResetBeforeCommit, 0),
            (Effect::ResetAfterCommit, 1),
            (Effect::Truncate, 1),
        ] {
            let mut trial = Trial::demo();
            let truncated = effect == Effect::Truncate;
            trial.fault(CREATE, effect);
            match trial.deliver(&booking()).end {
                End::Reset => assert!(!truncated),
                End::Truncated(reply) => assert!(truncated && reply.status() == 200),
                End::Reply(reply) => panic!("{reply:?}"),
            }
            assert_eq!(trial.ghl.appointments().count(), committed);
            assert_eq!(trial.ghl.received()[0].status, None);
        }
    }

    #[test]
    fn latency_holds_the_answer_back_but_not_the_effect() {
        let mut trial = Trial::demo();
        trial.fault(CREATE, Effect::Latency { ms: 250 });
        trial.fault(CREATE, Effect::StatusAfterCommit(StatusCode::BAD_GATEWAY.into()));
        let delivery = trial.deliver(&booking());
        assert_eq!(delivery.after, Duration::from_millis(250));
        assert!(matches!(delivery.end, End::Reply(reply) if reply.status() == 502));
        assert_eq!(trial.ghl.appointments().count(), 1);
    }

    #[test]
    fn a_fault_may_bring_its_own_body() {
        let mut trial = Trial::demo();
        let body = Some(json!({ "message": "Conversation already exists" }));
        let code = StatusCode::BAD_REQUEST;
        trial.fault(CREATE, Effect::Status(StatusReply { body, ..code.into() }));
        let answer = trial.send(booking());
        assert_eq!(answer.body["message"], "Conversation already exists");
    }

    #[test]
    fn something_in_front_of_ghl_answers_before_or_after_the_commit() {
        let code = StatusCode::FORBIDDEN;
        for committed in [false, true] {
            let bare = BareReply { code, committed };
            let json = json!([]);
            for (effect, kind, body) in [
                (Effect::Page(bare), Some("text/html"), reply::page(code)),
                (Effect::Empty(bare), None, String::new()),
                (
                    Effect::Body(BodyReply { code, json, committed }),
                    Some("application/json; charset=utf-8"),
                    "[]".to_owned(),
                ),
            ] {
                let mut trial = Trial::demo();
                trial.fault(CREATE, effect);
                let End::Reply(reply) = trial.deliver(&booking()).end else {
                    panic!("no answer");
                };
                assert_eq!(reply.status(), 403);
                assert_eq!(
                    reply.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap()),
                    kind
                );
                assert_eq!(reply.body(), body.as_bytes());
                assert_eq!(trial.ghl.appointments().count(), usize::from(committed));
            }
        }
    }

    #[test]
    fn a_body_is_sent_as_it_is_written() {
        for json in [json!(null), json!("text"), json!({}), json!({ "statusCode": 500 })] {
            let mut trial = Trial::demo();
            let body = BodyReply {
                code: StatusCode::OK,
                json: json.clone(),
                committed: false,
            };
            trial.fault("contact.get", Effect::Body(body));
            let answer = trial.get(&format!("/contacts/{}", Seed::PAT));
            assert_eq!((answer.status, answer.body), (200, json));
        }
    }

    #[test]
    fn a_missing_scope_has_no_effect_and_the_words_of_the_gate() {
        let mut trial = Trial::demo();
        trial.fault(CREATE, Effect::ScopeMissing);
        let answer = trial.send(booking());
        assert_eq!(answer.status, 401);
        assert_eq!(answer.body["message"], "The token is not authorized for this scope.");
        assert_eq!(trial.ghl.appointments().count(), 0);
    }

    #[test]
    fn an_upsert_may_find_somebody_else_and_write_nothing() {
        let mut trial = Trial::demo();
        let before: Vec<Contact> = trial.ghl.contacts().cloned().collect();
        trial.fault(UPSERT, Effect::OtherContact(Seed::PAT.to_owned()));
        let body = json!({ "locationId": Seed::DEMO_LOCATION, "email": "new@example.com", "firstName": "New" });
        let answer = trial.post("/contacts/upsert", body.clone());
        assert_eq!((answer.status, &answer.body["new"]), (200, &json!(false)));
        assert_eq!(answer.body["contact"]["id"], Seed::PAT);
        assert_ne!(answer.body["contact"]["email"], "new@example.com");
        assert_eq!(trial.ghl.contacts().cloned().collect::<Vec<_>>(), before);
        trial.fault(UPSERT, Effect::OtherContact("nobody".to_owned()));
        assert_eq!(trial.post("/contacts/upsert", body).status, 400);
    }

    #[test]
    fn faults_of_the_seed_strike_from_the_start() {
        let mut seed = Seed::demo();
        seed.faults = vec![Fault::on("contact.get", Effect::ScopeMissing).unwrap()];
        let mut trial = Trial::of(seed);
        let target = format!("/contacts/{}", Seed::PAT);
        assert_eq!([trial.get(&target).status, trial.get(&target).status], [401, 200]);
    }

    #[test]
    fn a_late_commit_takes_effect_at_its_own_instant() {
        let mut trial = Trial::demo();
        trial.fault(CREATE, Effect::CommitLate { ms: 45_000 });
        assert_eq!(trial.send(booking()).status, 504);
        trial.now_ms += 44_999;
        assert_eq!(events(&mut trial), 0);
        trial.now_ms += 5_000;
        assert_eq!(events(&mut trial), 1);
        let added = trial.ghl.appointments().next().unwrap().date_added;
        assert_eq!(added.timestamp_millis(), MONDAY + 45_000);
    }

    #[test]
    fn a_late_commit_is_judged_by_the_state_of_then() {
        let mut trial = Trial::demo();
        trial.fault(CREATE, Effect::CommitLate { ms: 45_000 });
        assert_eq!(trial.send(booking()).status, 504);
        // The slot is still free, so a hasty second try gets it, and the first one does not.
        trial.now_ms += 1_000;
        assert_eq!(trial.send(booking()).status, 200);
        trial.ghl.advance(MONDAY + 60_000);
        assert_eq!(trial.ghl.appointments().count(), 1);

        // Where there is room for both, both are there.
        let mut seed = Seed::demo();
        seed.calendars.push(Calendar {
            per_slot: 2,
            ..Calendar::new("two", "Two", CalendarKind::Event, &[])
        });
        let mut trial = Trial::of(seed);
        trial.fault(CREATE, Effect::CommitLate { ms: 45_000 });
        assert_eq!(trial.book("two", tuesday("10:00")).status, 504);
        assert_eq!(trial.book("two", tuesday("10:00")).status, 200);
        trial.ghl.advance(MONDAY + 60_000);
        assert_eq!(trial.ghl.appointments().count(), 2);
    }

    #[test]
    fn lagging_reads_show_the_past_and_writes_the_present() {
        let mut trial = Trial::demo();
        let lag = Effect::Lag {
            ms: 20_000,
            for_ms: Some(100_000),
        };
        trial.fault("*", lag);
        let answer = trial.send(booking());
        assert_eq!(answer.status, 200);
        let one = format!("{PATH}/{}", answer.body["id"].as_str().unwrap());
        let of_pat = format!("/contacts/{}/appointments", Seed::PAT);
        let day = "2026-03-03T00:00:00-06:00";
        let see = |trial: &mut Trial| {
            let listed = trial.get(&of_pat).body["events"].as_array().unwrap().len();
            let free = trial.free(Seed::OPEN_HOUSE, day, 1);
            let free = free["2026-03-03"]["slots"].as_array().unwrap().len();
            (events(trial), listed, trial.get(&one).status, free)
        };
        trial.now_ms += 19_999;
        assert_eq!(see(&mut trial), (0, 0, 400, 16));
        assert_eq!(trial.send(booking()).status, 400, "writes see the booking");
        trial.now_ms += 1;
        assert_eq!(see(&mut trial), (1, 1, 200, 15));

        let cancelled = json!({ "appointmentStatus": "cancelled" });
        assert_eq!(trial.put(&one, cancelled).status, 200);
        let status = |trial: &mut Trial| trial.get(&one).body["appointment"]["appointmentStatus"].clone();
        trial.now_ms += 10_000;
        assert_eq!(status(&mut trial), "confirmed");
        // The lag ends.
        trial.now_ms = MONDAY + 100_000;
        assert_eq!(status(&mut trial), "cancelled");
    }

    #[test]
    fn contacts_lag_too_and_an_upsert_does_not() {
        let mut trial = Trial::demo();
        trial.fault(
            "*",
            Effect::Lag {
                ms: 5_000,
                for_ms: None,
            },
        );
        let body = json!({ "locationId": Seed::DEMO_LOCATION, "email": "new@example.com" });
        let made = trial.post("/contacts/upsert", body.clone()).body;
        let one = format!("/contacts/{}", made["contact"]["id"].as_str().unwrap());
        assert_eq!(trial.get(&one).status, 400);
        assert_eq!(trial.post("/contacts/upsert", body).body["new"], false);
        trial.now_ms += 5_000;
        assert_eq!(trial.get(&one).status, 200);
    }

    #[test]
    fn a_body_is_read_only_when_it_is_announced_as_json() {
        let mut trial = Trial::demo();
        let mut plain = booking();
        plain.headers_mut().insert(CONTENT_TYPE, "text/plain".parse().unwrap());
        assert_eq!(trial.send(plain).status, 403, "no location was seen");
        let broken = booking().map(|_| Bytes::from_static(b"{ \"a\": "));
        assert_eq!(trial.send(broken).status, 400);
    }

    #[test]
    fn a_token_can_be_renewed() {
        let mut trial = Trial::demo();
        trial.ghl.expire_token(Seed::DEMO_TOKEN);
        let refused = trial.send(booking());
        assert_eq!(refused.status, 401);
        assert_eq!(refused.body["message"], "Invalid Private Integration token");
        trial.ghl.add_token(Token::of_location("pit-next"));
        let mut renewed = booking();
        let bearer = "Bearer pit-next".parse().unwrap();
        renewed.headers_mut().insert("authorization", bearer);
        assert_eq!(trial.send(renewed).status, 200);
    }

    #[test]
    fn time_never_goes_back() {
        let mut trial = Trial::demo();
        trial.ghl.advance(MONDAY + 1_000);
        assert_eq!(trial.send(booking()).status, 200);
        let added = trial.ghl.appointments().next().unwrap().date_added;
        assert_eq!(added.timestamp_millis(), MONDAY + 1_000);
    }
}
