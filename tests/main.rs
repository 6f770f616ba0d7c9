//! What Knockcal promises, tried from outside.

mod simulation;
