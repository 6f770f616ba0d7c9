//! The ledger kernel under a simulated clock, against the emulator's own model of GHL: crashes after every step,
//! faults alone and in pairs, two calls at every interleaving that matters, recipes of many steps, changes in any order.

mod crashes;
mod edits;
mod events;
mod evidence;
mod existing_contacts;
mod faults;
mod forgetting;
mod forms;
mod household;
mod interleavings;
mod invocations;
mod judge;
mod ledger;
mod lost;
mod provision;
mod recipes;
mod refused_bookings;
mod refused_looks;
mod restored;
mod slots;
mod troubles;
mod turns;
mod world;

pub(crate) use faults::effects;
pub(crate) use refused_looks::refusals;
