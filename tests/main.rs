//! What Knockcal promises, tried from outside: by the real component in the real engine wherever that is what people
//! run, natively where a world has to be simulated.

mod bounds;
mod cases;
mod command_line;
mod component;
mod sandbox;
mod secrecy;
mod simulation;
