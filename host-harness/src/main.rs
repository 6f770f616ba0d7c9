//! `knock`: runs the component against GHL, or against a GHL of its own.

mod command;

fn main() -> std::process::ExitCode {
    command::main()
}
