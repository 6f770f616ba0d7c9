//! What belongs to one instance, and the host's side of its imports.

use super::bindings::knockcal::connector::{secrets, state};
use super::bounds::Bounds;
use super::capture::Capture;
use super::convert;
use super::leases::Leases;
use super::options::Limits;
use super::state_use::StateUse;
use crate::egress::Hooks;
use crate::secrets::Secrets;
use crate::state::{Store, Write};
use std::sync::Arc;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The data of one instance.
pub(super) struct Guest {
    pub(super) bounds: Bounds,
    lent: Lent,
    state_use: StateUse,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    // Given back after everything that could still send is gone.
    leases: Leases,
}

/// What one call is lent.
pub(super) struct Lent {
    pub(super) hooks: Hooks,
    pub(super) secrets: Option<Arc<dyn Secrets>>,
    pub(super) store: Option<Arc<dyn Store>>,
}

impl Lent {
    /// For calls that need nothing but what they are passed.
    pub(super) fn nothing() -> Self {
        Self {
            hooks: Hooks::closed(),
            secrets: None,
            store: None,
        }
    }
}

impl Guest {
    pub(super) fn new(bounds: Bounds, limits: &Limits, output: &Capture, lent: Lent) -> Self {
        // No arguments, no environment, no input; clocks and random numbers are the machine's.
        let wasi = WasiCtx::builder().stdout(output.clone()).stderr(output.clone()).build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.resources);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS_BYTES);
        let leases = Leases::in_store(lent.store.clone());
        Self {
            bounds,
            lent,
            state_use: StateUse::new(limits.state),
            wasi,
            http,
            table,
            leases,
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.lent.hooks,
        }
    }
}

impl secrets::Host for Guest {
    async fn get(&mut self, role: String) -> wasmtime::Result<Result<String, secrets::Error>> {
        Ok(match &self.lent.secrets {
            Some(secrets) => secrets.get(&role).map_err(convert::secret_error),
            None => Err(secrets::Error::Unavailable(NOT_LENT.to_owned())),
        })
    }

    async fn renew(&mut self, role: String, refused: String) -> wasmtime::Result<Result<String, secrets::Error>> {
        let Some(secrets) = self.lent.secrets.clone() else {
            return Ok(Err(secrets::Error::Unavailable(NOT_LENT.to_owned())));
        };
        let renewed = tokio::task::spawn_blocking(move || secrets.renew(&role, &refused)).await?;
        Ok(renewed.map_err(convert::secret_error))
    }
}

impl state::Host for Guest {
    async fn get_many(&mut self, keys: Vec<String>) -> wasmtime::Result<Result<state::Snapshot, String>> {
        let Some(store) = self.lent.store.clone() else {
            return Ok(Err(NOT_LENT.to_owned()));
        };
        if let Err(used_up) = self.state_use.read(&keys) {
            return Ok(Err(used_up));
        }
        let snapshot = match tokio::task::spawn_blocking(move || store.get_many(&keys)).await? {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let counted = self.state_use.was_given(&snapshot);
        Ok(counted.map(|()| convert::snapshot(snapshot)))
    }

    async fn commit(
        &mut self,
        checks: Vec<state::Check>,
        writes: Vec<state::Write>,
    ) -> wasmtime::Result<Result<state::Committed, state::CommitError>> {
        let Some(store) = self.lent.store.clone() else {
            return Ok(Err(state::CommitError::Unavailable(NOT_LENT.to_owned())));
        };
        if let Err(used_up) = self.state_use.commit(&checks, &writes) {
            return Ok(Err(state::CommitError::Unavailable(used_up)));
        }
        let checks: Vec<_> = checks.into_iter().map(convert::check).collect();
        let writes: Vec<_> = writes.into_iter().map(convert::write).collect();
        let is_lease = |write: &Write| (write.key.clone(), write.lease && write.value.is_some());
        let written = writes.iter().map(is_lease).collect();
        let outcome = tokio::task::spawn_blocking(move || store.commit(&checks, &writes)).await?;
        if let Ok(committed) = &outcome {
            self.leases.note(written, committed.version);
        }
        Ok(outcome.map(convert::committed).map_err(convert::commit_error))
    }
}

/// Largest header section that a component can make, in bytes.
const FIELDS_BYTES: usize = 32 * 1024;

const NOT_LENT: &str = "this call has neither secrets nor state";
