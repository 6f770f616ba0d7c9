//! Identifiers, drawn in an order that is the same on every run.

/// Draws ids and trace ids.
#[derive(Clone, Debug)]
pub(super) struct Mint(fastrand::Rng);

impl Mint {
    pub(super) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// The seed of one that draws what this one draws from here on.
    pub(super) fn seed(&self) -> u64 {
        self.0.get_seed()
    }

    /// An id as GHL gives them: twenty letters and digits.
    pub(super) fn id(&mut self) -> String {
        (0..20).map(|_| self.0.alphanumeric()).collect()
    }

    /// A UUID of version 4, for `traceId`.
    pub(super) fn trace_id(&mut self) -> String {
        let version = (self.0.u128(..) & !(0xf << 76)) | (0x4 << 76);
        let bits = (version & !(0x3 << 62)) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
        let parts: Vec<&str> = parts.into_iter().filter_map(|part| hex.get(part)).collect();
        parts.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_a_uuid_of_version_4() {
        let mut mint = Mint::new(7);
        for _ in 0..1_000 {
            let trace = mint.trace_id();
            let lengths: Vec<usize> = trace.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{trace}");
            assert_eq!(&trace[14..15], "4", "{trace}");
            assert!("89ab".contains(&trace[19..20]), "{trace}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_ids() {
        let (mut one, mut other) = (Mint::new(1), Mint::new(1));
        assert_eq!(one.id(), other.id());
        assert_eq!(Mint::new(one.seed()).id(), other.id());
        assert_eq!(one.id().len(), 20);
        assert_ne!(one.id(), Mint::new(2).id());
    }
}
