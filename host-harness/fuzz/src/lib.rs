//! What the fuzz target of the HTTP interface is made of.
//!
//! An input is what a caller sends, as a person would write it; see [`conversation`]. Seeds and findings can be read
//! and edited.
//!
//! | room | what it does |
//! |---|---|
//! | [`answers`] | reads what the host says, and judges it |
//! | [`conversation`] | what a caller sends, and where it pauses |
//! | [`house`] | a host that listens: the real component, a state file, a socket on loopback |
//! | [`mutate`] | changes conversations without losing their form |

pub mod answers;
pub mod conversation;
pub mod house;
pub mod mutate;
