//! Certificates and keys as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The PEM of what has this label, `CERTIFICATE` or `PRIVATE KEY`.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<_> = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
