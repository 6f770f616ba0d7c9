//! The component that this version was built with.

/// The Knockcal component.
pub fn component() -> &'static [u8] {
    include_bytes!(env!("KNOCKCAL_COMPONENT"))
}
