//! `knock`: runs the component against GHL, or against a GHL of its own.

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
