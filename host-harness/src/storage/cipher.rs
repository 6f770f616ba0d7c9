//! Encryption of the ledger: names of entries as keyed hashes, values as ciphertext.
//!
//! A name is the HMAC of an entry's key: a plain hash of a phone number is reversed by trying all numbers. A value is
//! encrypted under a key of its own entry with a random nonce, so that it can neither be read nor be moved to another
//! entry. Both keys come from the one secret in the [key file](super::key_file).

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

/// The length of a secret, in bytes.
pub(super) const SECRET_BYTES: usize = 32;

/// The length of an entry's name, in bytes.
const NAME_BYTES: usize = 32;

/// The name of an entry in the file.
pub(crate) type Name = [u8; NAME_BYTES];

/// What encrypts and decrypts the ledger of one file.
pub(crate) struct Cipher {
    names: hmac::Key,
    values: hmac::Key,
    check: Vec<u8>,
    random: SystemRandom,
}

impl Cipher {
    /// How many bytes an encrypted value has more than the text.
    pub(crate) const OVERHEAD: usize = NONCE_LEN + 16;

    /// The cipher of a secret.
    pub(super) fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derive = |purpose: &str| hmac::sign(&secret, purpose.as_bytes());
        let key = |purpose: &str| hmac::Key::new(hmac::HMAC_SHA256, derive(purpose).as_ref());
        Self {
            names: key("knock ledger names"),
            values: key("knock ledger values"),
            check: derive("knock ledger check").as_ref().to_vec(),
            random: SystemRandom::new(),
        }
    }

    /// A name of the secret that tells nothing of it. A file keeps it, to tell its own secret from others.
    pub(super) fn check(&self) -> &[u8] {
        &self.check
    }

    /// The name of the entry with this key.
    pub(crate) fn name(&self, key: &str) -> Name {
        digest(&hmac::sign(&self.names, key.as_bytes()))
    }

    /// The value of an entry, encrypted: the nonce, the ciphertext, the tag.
    pub(crate) fn encrypt(&self, name: &Name, value: &str) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce)?;
        let mut encrypted = Vec::with_capacity(NONCE_LEN + value.len() + AES_256_GCM.tag_len());
        encrypted.extend_from_slice(&nonce);
        encrypted.extend_from_slice(value.as_bytes());
        let (_, text) = encrypted.split_at_mut_checked(NONCE_LEN).ok_or(Unspecified)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .key_of(name)?
            .seal_in_place_separate_tag(nonce, Aad::from(name), text)?;
        encrypted.extend_from_slice(tag.as_ref());
        Ok(encrypted)
    }

    /// The value of an entry; nothing when it is damaged, or that of another entry or secret.
    pub(crate) fn decrypt(&self, name: &Name, encrypted: &[u8]) -> Option<String> {
        let (nonce, text) = encrypted.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let key = self.key_of(name).ok()?;
        let length = key.open_in_place(nonce, Aad::from(name), &mut text).ok()?.len();
        text.truncate(length);
        String::from_utf8(text).ok()
    }

    /// A key for each entry: random nonces under one key for all would repeat after some billions of writes.
    fn key_of(&self, name: &Name) -> Result<LessSafeKey, Unspecified> {
        let key = hmac::sign(&self.values, name);
        UnboundKey::new(&AES_256_GCM, key.as_ref()).map(LessSafeKey::new)
    }
}

fn digest(tag: &hmac::Tag) -> Name {
    let mut name = [0; NAME_BYTES];
    for (byte, of_tag) in name.iter_mut().zip(tag.as_ref()) {
        *byte = *of_tag;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_comes_back_and_stands_nowhere() {
        let cipher = Cipher::new(&[7; SECRET_BYTES]);
        let name = cipher.name("contact/+15125550100");
        let encrypted = cipher.encrypt(&name, "Ann Lee").unwrap();
        assert_eq!(cipher.decrypt(&name, &encrypted).as_deref(), Some("Ann Lee"));
        assert!(!encrypted.windows(3).any(|part| part == b"Ann"));
        assert_ne!(
            encrypted,
            cipher.encrypt(&name, "Ann Lee").unwrap(),
            "a nonce came twice"
        );
    }

    #[test]
    fn value_of_another_entry_or_secret_and_a_damaged_one_are_none() {
        let cipher = Cipher::new(&[7; SECRET_BYTES]);
        let (name, other) = (cipher.name("one"), cipher.name("other"));
        let mut encrypted = cipher.encrypt(&name, "Ann Lee").unwrap();
        assert_eq!(cipher.decrypt(&other, &encrypted), None);
        assert_eq!(Cipher::new(&[8; SECRET_BYTES]).decrypt(&name, &encrypted), None);
        encrypted[NONCE_LEN] ^= 1;
        assert_eq!(cipher.decrypt(&name, &encrypted), None);
        assert_eq!(cipher.decrypt(&name, b"short"), None);
    }

    #[test]
    fn name_depends_on_the_secret() {
        let name = |secret: u8| Cipher::new(&[secret; SECRET_BYTES]).name("contact/+15125550100");
        assert_eq!(name(1), name(1));
        assert_ne!(name(1), name(2));
    }
}
