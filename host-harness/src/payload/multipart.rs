//! Forms in parts, `multipart/form-data`.

use super::{Note, PayloadError};
use bytes::Bytes;
use http_body_util::{BodyDataStream, Full};
use multer::{Field, Multipart};

/// The most parts of a form.
const MOST_PARTS: usize = 1_000;

/// Reads the fields of a form. A file is left out, unless it is JSON.
pub(super) async fn read(
    content_type: &str,
    body: Bytes,
    notes: &mut Vec<Note>,
) -> Result<Vec<(String, String)>, PayloadError> {
    let boundary = multer::parse_boundary(content_type).map_err(|error| unreadable(&error))?;
    let mut parts = Multipart::new(BodyDataStream::new(Full::new(body)), boundary);
    let mut fields = Vec::new();
    for _ in 0..=MOST_PARTS {
        let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? else {
            return Ok(fields);
        };
        let name = part.name().unwrap_or_default().to_owned();
        if name.is_empty() || is_file(&part) {
            let file = part.file_name().unwrap_or(&name).to_owned();
            notes.push(Note::FileIgnored(file));
            continue;
        }
        let has_charset = part
            .content_type()
            .is_some_and(|kind| kind.get_param("charset").is_some());
        let text = match has_charset {
            true => part.text().await.map_err(|error| unreadable(&error))?,
            false => {
                let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
                super::letters(bytes.to_vec(), notes)
            }
        };
        fields.push((name, text));
    }
    Err(PayloadError::Form(format!("the form has more than {MOST_PARTS} parts")))
}

/// Whether a part is a file that says nothing of an event.
fn is_file(part: &Field<'_>) -> bool {
    let is_json = part
        .content_type()
        .is_some_and(|kind| kind.essence_str() == "application/json");
    part.file_name().is_some() && !is_json
}

fn unreadable(error: &multer::Error) -> PayloadError {
    PayloadError::Form(format!("the form cannot be read: {error}"))
}
