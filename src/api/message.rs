//! What goes over the wire. The types of the crate `http` say the same, and their tables take 16 kB of the component.

/// A request as it is sent. It has a secret in it, so nothing prints it.
pub struct Message {
    /// `GET` and so on.
    pub method: &'static str,
    /// `https`, or `http` towards this machine.
    pub scheme: String,
    /// Host, with a port where it is not the scheme's own.
    pub authority: String,
    /// Path and query.
    pub target: String,
    /// Names in small letters, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

/// The whole answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in small letters, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether it says that all went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header; the last one where there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().rfind(|(header, _)| header == name);
        header.map(|(_, value)| value.as_str())
    }
}

/// Whether a text can be the value of a header.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}
