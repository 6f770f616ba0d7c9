//! Builds the component and tells the library where it is.
//!
//! The component is this workspace's root package, for another target: cargo cannot express that as a dependency, so
//! a second cargo runs here, in directories of its own. In the outer ones, each would wait for the other's lock for
//! ever.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const TARGET: &str = "wasm32-wasip2";

/// What the outer cargo sets for its own build and must not reach the inner one. The jobserver does, so that both
/// share the machine's processors.
const SCRUBBED: [&str; 11] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
    "LLVM_PROFILE_FILE",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

fn main() -> ExitCode {
    match build() {
        Ok(component) => {
            println!("cargo::rustc-env=KNOCKCAL_COMPONENT={}", component.display());
            ExitCode::SUCCESS
        }
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<PathBuf, String> {
    let harness = directory("CARGO_MANIFEST_DIR")?;
    let root = harness
        .parent()
        .ok_or("the harness is not inside the workspace")?
        .to_owned();
    for input in ["Cargo.toml", "Cargo.lock", "src", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    let out = directory("OUT_DIR")?.join("component");
    let rustc = env::var_os("RUSTC").ok_or("cargo did not set `RUSTC`")?;
    let sysroot = sysroot(&rustc)?;
    if !sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Err(format!(
            "the target of the component is not installed: run `rustup target add {TARGET}`"
        ));
    }

    let cargo = env::var_os("CARGO").ok_or("cargo did not set `CARGO`")?;
    let mut command = Command::new(cargo);
    command
        .current_dir(&root)
        // Beside the library for tests, every function that it shows would stay in the component, used or not: 140 kB.
        .args(["rustc", "--lib", "--crate-type", "cdylib", "--release", "--locked"])
        .args(["--package", "knockcal", "--target", TARGET, "--config"])
        .arg(remapped(&root, &sysroot, &out));
    for name in SCRUBBED {
        command.env_remove(name);
    }
    command.env("CARGO_TARGET_DIR", &out).env("CARGO_BUILD_BUILD_DIR", &out);
    let output = command
        .output()
        .map_err(|error| format!("cannot run cargo for the component: {error}"))?;
    if !output.status.success() {
        // On standard error, where cargo shows it whole: the compiler's own words are the message.
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
        return Err("the component does not build; its compiler's messages are above".to_owned());
    }
    Ok(out.join(TARGET).join("release/knockcal.wasm"))
}

/// Flags that keep the paths of this machine out of the component, where panic messages would carry them: a setting of
/// cargo, so that those of `.cargo/config.toml` count, too.
fn remapped(root: &Path, sysroot: &Path, out: &Path) -> String {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let remaps = [
        home.map(|home| (home, "/cargo")),
        Some((sysroot.to_owned(), "/rust")),
        // The last one that fits wins: a home inside the workspace is the workspace's.
        Some((root.to_owned(), "/knockcal")),
        Some((out.to_owned(), "/build")),
    ];
    let flags = remaps
        .iter()
        .flatten()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    format!("target.{TARGET}.rustflags={:?}", flags.collect::<Vec<_>>())
}

fn sysroot(rustc: &OsString) -> Result<PathBuf, String> {
    let output = Command::new(rustc)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("cannot run `rustc`: {error}"))?;
    let printed =
        String::from_utf8(output.stdout).map_err(|_| "the path of the Rust toolchain is not text".to_owned())?;
    Ok(PathBuf::from(printed.trim()))
}

fn directory(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("cargo did not set `{variable}`"))
}
