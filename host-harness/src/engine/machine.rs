//! The engine that all plugins of a process share.

use super::cache;
use super::compile::{CompileBounds, compile};
use super::error::{EngineError, LoadError};
use super::guest::Guest;
use super::linker::linker;
use super::options::EngineOptions;
use super::plugin::Plugin;
use super::ticker::Ticker;
use std::sync::Arc;
use tokio::sync::Semaphore;
use wasmtime::component::Linker;
use wasmtime::{Cache, Config, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Compiles components and runs them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) engine: wasmtime::Engine,
    linker: Linker<Guest>,
    /// One for each instance that the pool has room for.
    pub(super) room: Semaphore,
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests count its hits"))]
    cache: Option<Cache>,
    compile_bounds: CompileBounds,
    _ticker: Ticker,
}

/// A component consists of several core modules: its own, and those that adapt its imports.
const CORE_INSTANCES_PER_COMPONENT: u32 = 8;

/// One is what a component has; a second leaves room for what toolchains do.
const MEMORIES_PER_COMPONENT: u32 = 2;

/// Most elements of a table. A component's table holds its functions; there are a few thousand.
const TABLE_ELEMENTS: usize = 30_000;

impl Engine {
    /// Sets up the sandbox.
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let instances = options.max_instances.max(1);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(instances)
            .total_stacks(instances)
            .total_memories(instances.saturating_mul(MEMORIES_PER_COMPONENT))
            .max_memories_per_component(MEMORIES_PER_COMPONENT)
            .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
            .max_tables_per_component(CORE_INSTANCES_PER_COMPONENT)
            .total_core_instances(instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
            .total_tables(instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
            .table_elements(TABLE_ELEMENTS)
            .max_memory_size(options.memory_bytes);
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let cache = options.cache_directory.as_deref().map(cache::open).transpose()?;
        config.cache(cache.clone());
        let setup = |error: wasmtime::Error| EngineError::Setup(format!("{error:#}"));
        let engine = wasmtime::Engine::new(&config).map_err(setup)?;
        let linker = linker(&engine).map_err(setup)?;
        let ticker = Ticker::start(&engine).map_err(|error| EngineError::Setup(error.to_string()))?;
        let room = Semaphore::new(usize::try_from(instances).unwrap_or(Semaphore::MAX_PERMITS));
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                linker,
                room,
                cache,
                compile_bounds: CompileBounds::of(options),
                _ticker: ticker,
            }),
        })
    }

    /// Compiles a component, or finds it compiled, and checks that it is a connector. Blocks: compiling takes a
    /// moment.
    pub fn load(&self, component: &[u8]) -> Result<Plugin, LoadError> {
        let engine = &self.shared.engine;
        if !component.starts_with(b"\0asm") {
            let reason = "it does not begin as WebAssembly does".to_owned();
            return Err(LoadError::NotAComponent(reason));
        }
        let component = compile(engine, component, &self.shared.compile_bounds)?;
        super::surface::check(engine, &component)?;
        let mismatch = |error: wasmtime::Error| LoadError::Mismatch(format!("{error:#}"));
        let instance = self.shared.linker.instantiate_pre(&component).map_err(mismatch)?;
        Plugin::new(self.shared.clone(), instance).map_err(mismatch)
    }

    /// How many components were found compiled.
    #[cfg(test)]
    pub(super) fn cache_hits(&self) -> usize {
        self.shared.cache.as_ref().map_or(0, Cache::cache_hits)
    }

    #[cfg(test)]
    pub(super) fn weak(&self) -> wasmtime::EngineWeak {
        self.shared.engine.weak()
    }
}
