//! One operation: how it is asked for, what it asks for, and what it does.

use http::{Method, StatusCode};

use super::body::Field;
use super::call::Call;
use super::reply::Outcome;
use super::sent::Shape;

/// An operation: how it is asked for, what it asks for, and what it does.
#[derive(Debug)]
pub(super) struct Route {
    /// Its key, such as `appointment.create`.
    pub(super) key: &'static str,
    pub(super) api: Api,
    pub(super) method: Method,
    /// Its path, with a name in braces where an id stands.
    pub(super) path: &'static str,
    pub(super) scope: &'static str,
    /// The versions that know its path.
    pub(super) since: Since,
    /// Where it says which location it is about.
    pub(super) location: Place,
    /// What its query must hold, or hold properly; more can stand there.
    pub(super) query: &'static [Field],
    /// What its body may hold.
    pub(super) body: Shape,
    /// The status of its success.
    pub(super) status: StatusCode,
    pub(super) run: Run,
}

/// What an operation does.
pub(super) type Run = fn(&mut Call<'_>) -> Outcome;

impl Route {
    /// An operation of all versions that takes neither a query nor a body, says its location nowhere, and answers 200.
    const fn new(key: &'static str, method: Method, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self {
            key,
            api: Api::Ghl,
            method,
            path,
            scope,
            since: Since::V2,
            location: Place::Path,
            query: &[],
            body: Shape::Object(&[]),
            status: StatusCode::OK,
            run,
        }
    }

    pub(super) const fn get(key: &'static str, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(key, Method::GET, path, scope, run)
    }

    pub(super) const fn post(key: &'static str, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(key, Method::POST, path, scope, run)
    }

    pub(super) const fn put(key: &'static str, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(key, Method::PUT, path, scope, run)
    }

    pub(super) const fn delete(key: &'static str, path: &'static str, scope: &'static str, run: Run) -> Self {
        Self::new(key, Method::DELETE, path, scope, run)
    }

    /// The same, of another API.
    pub(super) const fn of(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// The same, for some versions alone.
    pub(super) const fn since(mut self, since: Since) -> Self {
        self.since = since;
        self
    }

    /// The same, saying which location it is about.
    pub(super) const fn location(mut self, location: Place) -> Self {
        self.location = location;
        self
    }

    /// The same, with parameters in its query.
    pub(super) const fn query(mut self, params: &'static [Field]) -> Self {
        self.query = params;
        self
    }

    /// The same, with a body that is an object with these properties.
    pub(super) const fn fields(self, fields: &'static [Field]) -> Self {
        self.body(Shape::Object(fields))
    }

    /// The same, with a body.
    pub(super) const fn body(mut self, shape: Shape) -> Self {
        self.body = shape;
        self
    }

    /// The same, answering 201.
    pub(super) const fn created(mut self) -> Self {
        self.status = StatusCode::CREATED;
        self
    }
}

/// Whose operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Ghl,
    /// Active Knocker's, which asks for a key instead of a token, and has no versions, scopes, limits and traces.
    Knocker,
}

/// The versions that know a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// All of them.
    V2,
    /// All but `v3`, which has it no more.
    V2Only,
    /// `v3` alone.
    V3,
}

/// Where a request says which location it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `locationId` in the query.
    Query,
    /// `location_id` in the query, which `v3` calls `locationId`.
    SnakeQuery,
    /// `locationId` in the body.
    Body,
    /// The first id of the path is the location's.
    First,
    /// Nowhere: the id in the path belongs to one.
    Path,
}
