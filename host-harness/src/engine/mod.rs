//! Runs the component: compiles it once, gives every call an instance of its own, and ends a call that takes too
//! much.
//!
//! [`Engine`] loads a [`Plugin`]; a plugin with a configuration, its manifest and what the operator lends it is a
//! [`Connection`], which plans and handles events. Whatever a component does, the worst is one failed call: it runs
//! out of processor time, of time, or of memory ([`Trap`]), and the host goes on.
//!
//! The types that wasmtime generates from `wit/` end at the edge of this module; beyond it there is
//! [`crate::contract`].

mod bindings;
mod bounds;
mod cache;
mod capture;
mod compile;
mod connection;
mod convert;
mod embedded;
mod error;
mod guest;
mod leases;
mod linker;
mod machine;
mod options;
#[cfg(unix)]
mod ownership;
mod plugin;
mod state_use;
mod surface;
#[cfg(test)]
mod tests;
mod ticker;

pub use connection::{Connection, Powers};
pub use embedded::component;
pub use error::{EngineError, LoadError, ManifestError, RunError, Trap};
pub use machine::Engine;
pub use options::{EngineOptions, Limits, StateBounds};
pub use plugin::Plugin;
