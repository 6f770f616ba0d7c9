//! What `wit-bindgen` generates from `wit/`. Only [`crate::host`] and [`crate::plugin`] use it.

#![allow(unsafe_code, reason = "generated code crosses the component's border")]
#![allow(
    missing_docs,
    clippy::all,
    clippy::restriction,
    unused_qualifications,
    reason = "generated code"
)]

wit_bindgen::generate!({
    world: "connector",
    path: "wit",
});

#[cfg(target_family = "wasm")]
export!(Component with_types_in self);

#[cfg(target_family = "wasm")]
use crate::plugin::Component;
