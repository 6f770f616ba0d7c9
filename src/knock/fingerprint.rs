//! Short, stable names for content.

use sha2::{Digest, Sha256};

/// The first 128 bits of the SHA-256 of the parts, in hexadecimal. Each part is hashed with its length, so that
/// moving a letter from one part to the next changes the result.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = String::new();
    for byte in hash.finalize().iter().take(16) {
        for digit in [byte >> 4, byte & 15] {
            name.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_ne!(fingerprint(&["ab"]), fingerprint(&["ab", ""]));
    }

    #[test]
    fn it_stays_the_same_from_release_to_release() {
        assert_eq!(
            fingerprint(&["location", "subject"]),
            fingerprint(&["location", "subject"])
        );
        assert_eq!(fingerprint(&[]), "e3b0c44298fc1c149afbf4c8996fb924");
    }
}
