//! The only way out of the sandbox.
//!
//! A request of the component passes, in this order:
//!
//! 1. [`Hooks`] let it wait until the call has room for it ([`RequestBounds`]), and collect its body whole. A refusal reaches the component as an error only after its body was taken;
//!    before that it would see a broken stream, and could not tell a refusal from a lost request.
//! 2. [`Policy`]: what the manifest declares and the operator's [`Grants`] allow; neither side can widen the other.
//! 3. The swap of placeholders for secrets, in the declared header towards the declared server alone.
//! 4. [`Client`]: an address that was checked is the address that is connected to, no redirect is followed, and
//!    nothing is written after the instant that the request names.
//! 5. The reply, whole, with an echoed secret put back behind its placeholder.
//!
//! A [`Tap`] sees each exchange as the component does.

mod address;
mod allowance;
mod client;
mod connect;
mod endpoint;
mod error;
mod exchange;
mod gate;
mod gatekeeper;
mod grants;
mod hooks;
mod hop;
mod limit;
mod link;
mod origin;
mod policy;
mod pool;
mod route;
mod swap;
mod tap;
#[cfg(test)]
pub(crate) mod tests;
mod transport;

pub use address::{forbidden, forbidden_now};
pub use allowance::RequestBounds;
pub use client::{Client, ClientError, ClientOptions};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{EgressError, Refusal};
pub use gatekeeper::Egress;
pub use grants::{Grant, GrantError, Grants, Reach};
pub use hooks::Hooks;
pub use origin::{Origin, OriginError, Scheme};
pub use policy::{Policy, PolicyError};
pub use tap::{Exchange, Reply, Tap};
