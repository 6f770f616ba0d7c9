//! What Knockcal promises, tried from outside.

mod cases;
mod sandbox;
mod simulation;
