//! Compiling what somebody else has written.
//!
//! What is bounded before it begins: the file, each function of it, and a function's local variables, because compiling
//! one function takes more than in proportion to it. While it goes on, its time is watched, and the memory of the
//! process. That cannot stop it: it can only be given up, so whoever is told had better end the process, as `knock`
//! does, which compiles before anything else runs.

use super::error::LoadError;
use super::options::EngineOptions;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use wasmparser::{FunctionBody, Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// The bounds of compiling.
#[derive(Clone, Debug)]
pub(super) struct CompileBounds {
    component_bytes: usize,
    function_bytes: usize,
    function_locals: u32,
    time: Duration,
    memory_bytes: u64,
}

impl CompileBounds {
    pub(super) fn of(options: &EngineOptions) -> Self {
        Self {
            component_bytes: options.component_bytes,
            function_bytes: options.function_bytes,
            function_locals: options.function_locals,
            time: options.compile_time,
            memory_bytes: options.compile_memory_bytes,
        }
    }

    /// Refuses what would take too much to compile.
    fn check(&self, component: &[u8]) -> Result<(), LoadError> {
        let too_large = |what, found: usize, limit: usize| LoadError::TooLarge {
            what,
            found: format!("{found} bytes"),
            limit: format!("{limit}"),
        };
        if component.len() > self.component_bytes {
            return Err(too_large("a file", component.len(), self.component_bytes));
        }
        let unreadable = |error: wasmparser::BinaryReaderError| LoadError::NotAComponent(error.to_string());
        for payload in Parser::new(0).parse_all(component) {
            let Payload::CodeSectionEntry(function) = payload.map_err(unreadable)? else {
                continue;
            };
            let bytes = function.range().len();
            if bytes > self.function_bytes {
                return Err(too_large("a function", bytes, self.function_bytes));
            }
            let locals = count_locals(&function).map_err(unreadable)?;
            if locals > u64::from(self.function_locals) {
                return Err(LoadError::TooLarge {
                    what: "a function",
                    found: format!("{locals} local variables"),
                    limit: self.function_locals.to_string(),
                });
            }
        }
        Ok(())
    }
}

fn count_locals(function: &FunctionBody<'_>) -> wasmparser::Result<u64> {
    let mut locals = 0_u64;
    for group in function.get_locals_reader()? {
        locals = locals.saturating_add(group?.0.into());
    }
    Ok(locals)
}

/// Compiles a component, or finds it compiled.
pub(super) fn compile(engine: &Engine, component: &[u8], bounds: &CompileBounds) -> Result<Component, LoadError> {
    bounds.check(component)?;
    let (done, compiled) = sync_channel(1);
    let (engine, component): (_, Arc<[u8]>) = (engine.clone(), component.into());
    let started = Instant::now();
    let memory_before = resident_bytes();
    thread::Builder::new()
        .name("knock-compile".to_owned())
        .spawn(move || {
            let compiled = Component::new(&engine, &component);
            // Nobody waits for it any more where it took too long.
            drop(done.send(compiled.map_err(|error| LoadError::NotAComponent(format!("{error:#}")))));
        })
        .map_err(|error| LoadError::NotAComponent(format!("cannot begin to compile it: {error}")))?;
    loop {
        match compiled.recv_timeout(LOOK) {
            Ok(compiled) => return compiled,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(LoadError::NotAComponent("the compiler gave up on it".to_owned()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if started.elapsed() > bounds.time {
            return Err(LoadError::CompileBound {
                limit: format!("{} s", bounds.time.as_secs()),
            });
        }
        let grown = resident_bytes()
            .zip(memory_before)
            .map(|(now, before)| now.saturating_sub(before));
        if grown.is_some_and(|grown| grown > bounds.memory_bytes) {
            return Err(LoadError::CompileBound {
                limit: format!("{} MiB of memory", bounds.memory_bytes >> 20),
            });
        }
    }
}

/// How much memory this process has, where the system says it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = kilobytes.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}
