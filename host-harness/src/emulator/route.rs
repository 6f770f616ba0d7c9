//! One operation: how it is asked for, what it asks for, and what it does.

use http::Method;

use super::body::Field;
use super::call::Call;
use super::reply::Outcome;

/// An operation: how it is asked for, what it asks for, and what it does.
#[derive(Debug)]
pub(super) struct Route {
    /// Its key, such as `appointment.create`.
    pub(super) key: &'static str,
    pub(super) method: Method,
    /// Its path, with a name in braces where an id stands.
    pub(super) path: &'static str,
    pub(super) scope: &'static str,
    /// The versions that know its path.
    pub(super) since: Since,
    /// Where it says which location it is about.
    pub(super) location: Place,
    /// What its body may hold.
    pub(super) fields: &'static [Field],
    pub(super) run: fn(&mut Call<'_>) -> Outcome,
}

/// The versions that know a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// All of them.
    V2,
    /// `v3` alone.
    V3,
}

/// Where a request says which location it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `locationId` in the query.
    Query,
    /// `locationId` in the body.
    Body,
    /// Nowhere: the id in the path belongs to one.
    Path,
}
