//! What wasmtime makes of `wit/`. Generated; converted at once, in `convert.rs`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "generated; the documentation is in `wit/`"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "connector",
    imports: { default: async | trappable },
    exports: { default: async },
});
