//! Placeholders become secrets on the way out, and secrets placeholders on the way back.

use super::origin::Origin;
use crate::secrets::{SecretValue, Secrets};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The one place that a secret may go to.
#[derive(Clone, Debug)]
pub(super) struct SecretPlace {
    pub(super) role: String,
    pub(super) origin: Origin,
    pub(super) header: HeaderName,
    pub(super) prefix: String,
}

/// A placeholder that was swapped in a request, to be put back in its reply.
pub(super) struct Swapped {
    placeholder: String,
    value: SecretValue,
}

/// Puts the secrets into the headers of a request. A placeholder anywhere else goes out as it is, and means nothing
/// to whoever reads it.
pub(super) fn put_secrets(
    headers: &mut HeaderMap,
    origin: &Origin,
    places: &[SecretPlace],
    secrets: &dyn Secrets,
) -> Vec<Swapped> {
    let mut swapped = Vec::new();
    for place in places.iter().filter(|place| place.origin == *origin) {
        let http::header::Entry::Occupied(mut entry) = headers.entry(&place.header) else {
            continue;
        };
        for value in entry.iter_mut() {
            let Some(placeholder) = value
                .to_str()
                .ok()
                .and_then(|text| text.strip_prefix(place.prefix.as_str()))
                .map(str::to_owned)
            else {
                continue;
            };
            let Some(revealed) = secrets.reveal(&placeholder) else {
                continue;
            };
            if revealed.role != place.role {
                continue;
            }
            let with_secret = format!("{}{}", place.prefix, revealed.value.expose());
            let Ok(mut with_secret) = HeaderValue::from_str(&with_secret) else {
                continue;
            };
            with_secret.set_sensitive(true);
            *value = with_secret;
            swapped.push(Swapped {
                placeholder,
                value: revealed.value,
            });
        }
    }
    swapped
}

/// Puts the placeholders back where a server repeats the secret it was given, as it is.
///
/// A server that encodes it first (base64, escapes) is not seen through; the declared server is trusted with the
/// secret, and this keeps an ordinary echo, such as an error that quotes the request, out of the sandbox.
pub(super) fn take_secrets(headers: &mut HeaderMap, body: &mut Bytes, swapped: &[Swapped]) {
    for Swapped { placeholder, value } in swapped {
        let secret = value.expose().as_bytes();
        let placeholder = placeholder.as_bytes();
        for header in headers.values_mut() {
            if let Some(replaced) = replace(header.as_bytes(), secret, placeholder) {
                *header = HeaderValue::from_bytes(&replaced).unwrap_or_else(|_| HeaderValue::from_static("[secret]"));
            }
        }
        if let Some(replaced) = replace(body, secret, placeholder) {
            *body = Bytes::from(replaced);
        }
    }
}

fn replace(text: &[u8], secret: &[u8], placeholder: &[u8]) -> Option<Vec<u8>> {
    let mut replaced: Option<Vec<u8>> = None;
    let mut rest = text;
    while let Some(at) = find(rest, secret) {
        let (before, from) = rest.split_at_checked(at)?;
        let (_, after) = from.split_at_checked(secret.len())?;
        let out = replaced.get_or_insert_with(|| Vec::with_capacity(text.len()));
        out.extend_from_slice(before);
        out.extend_from_slice(placeholder);
        rest = after;
    }
    replaced.map(|mut out| {
        out.extend_from_slice(rest);
        out
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    text.windows(wanted.len()).position(|window| window == wanted)
}
