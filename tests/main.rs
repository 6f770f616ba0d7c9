//! What Knockcal promises, tried from outside: by the real component in the real engine wherever that is what people
//! run, natively where a world has to be simulated.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

mod actions;
mod bounds;
mod cases;
mod catalog;
mod command_line;
mod component;
mod configurations;
mod forms;
mod heard;
mod inputs;
mod nesting;
mod outbound;
mod pacing;
mod pem;
mod sandbox;
mod secrecy;
mod serve;
mod simulation;
mod specification;
mod torture;
mod understood;
mod verification;
