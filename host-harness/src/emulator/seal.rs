//! The signature of webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::Ed25519KeyPair;

/// What the key is made of. It is the same for ever and known to everybody: it proves nothing but that a receiver
/// checks signatures rightly. GHL's own key is another.
const SEED: &[u8; 32] = b"the emulator's webhook test key!";

/// The key to check the signatures of webhooks with, in the form in which GHL publishes its own: Ed25519, SPKI in
/// base64, as in a PEM file.
pub const WEBHOOK_PUBLIC_KEY: &str = "MCowBQYDK2VwAyEA7l3IYkSADRa5mYP6XT9LTjBaROqrYgR0C5Xndrj/4cE=";

/// The signature of some bytes, as it stands in `x-ghl-signature`.
pub(super) fn seal(bytes: &[u8]) -> String {
    STANDARD.encode(pair().sign(bytes))
}

fn pair() -> Ed25519KeyPair {
    #[expect(clippy::expect_used, reason = "any 32 bytes are the seed of a key")]
    Ed25519KeyPair::from_seed_unchecked(SEED).expect("a seed has 32 bytes")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    /// Whether a signature is that of some bytes, as a receiver of webhooks judges it.
    pub(crate) fn is_sealed(bytes: &[u8], signature: &str) -> bool {
        // What stands before the key is the same for every Ed25519 key.
        let spki = STANDARD.decode(WEBHOOK_PUBLIC_KEY).unwrap();
        let key = UnparsedPublicKey::new(&ED25519, &spki[12..]);
        key.verify(bytes, &STANDARD.decode(signature).unwrap()).is_ok()
    }

    #[test]
    fn what_is_sealed_is_checked_with_the_public_key() {
        let seal = seal(b"{}");
        assert!(is_sealed(b"{}", &seal));
        assert!(!is_sealed(b"{ }", &seal));
    }
}
