//! The encoding of a file, and its text as UTF-8.

use super::error::BulkError;
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How much of a file is looked at to see whether it is text, in bytes.
const LOOKED_AT: usize = 4_096;

/// How much is read at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// The bytes that Windows-1252 gives no letter.
const WITHOUT_LETTER: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) encoding: &'static Encoding,
    /// Whether neither the file nor the map says so.
    pub(super) is_assumed: bool,
}

impl Encoded {
    /// Of a file that says so with a byte order mark, and else is UTF-8.
    pub(super) fn marked(path: &Path) -> Result<Self, BulkError> {
        let start = start(path)?;
        Ok(Self::of_mark(&start).unwrap_or(Self::said(UTF_8)))
    }

    /// Of a file that may have been written by any program. `named` is what the map says.
    pub(super) fn find(path: &Path, named: Option<&'static Encoding>) -> Result<Self, BulkError> {
        let start = start(path)?;
        if let Some(marked) = Self::of_mark(&start).or(named.map(Self::said)) {
            return Ok(marked);
        }
        if let Some(without_mark) = utf_16_without_mark(&start) {
            return Ok(Self::said(without_mark));
        }
        if start.contains(&0) {
            return Err(BulkError::content(path, "is not text: it holds NUL bytes"));
        }
        let letters = Letters::of(path)?;
        match letters {
            Letters { is_utf_8: true, .. } | Letters { has_utf_8: true, .. } => Ok(Self::said(UTF_8)),
            Letters {
                fits_windows_1252: true,
                ..
            } => Ok(Self {
                encoding: WINDOWS_1252,
                is_assumed: true,
            }),
            _ => Err(BulkError::content(
                path,
                "is neither UTF-8 nor Windows-1252: save it as UTF-8, or write its encoding into the map, such as \
                 `encoding = \"macintosh\"`",
            )),
        }
    }

    fn said(encoding: &'static Encoding) -> Self {
        Self {
            encoding,
            is_assumed: false,
        }
    }

    fn of_mark(start: &[u8]) -> Option<Self> {
        Encoding::for_bom(start).map(|(encoding, _)| Self::said(encoding))
    }

    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self.encoding.name() {
            "windows-1252" => "Windows-1252",
            name => name,
        }
    }

    /// The text of the file as UTF-8. What is UTF-8 already is passed on as it is, faults and all.
    pub(super) fn open(self, path: &Path) -> Result<Box<dyn BufRead + Send>, BulkError> {
        let file = File::open(path).map_err(|error| BulkError::open(path, &error))?;
        Ok(match self.encoding == UTF_8 {
            true => Box::new(BufReader::new(file)),
            false => Box::new(Decoded::new(file, self.encoding)),
        })
    }
}

/// The beginning of a file.
pub(super) fn start(path: &Path) -> Result<Vec<u8>, BulkError> {
    let read = || {
        let mut start = Vec::new();
        let most = u64::try_from(LOOKED_AT).unwrap_or(u64::MAX);
        File::open(path)?.take(most).read_to_end(&mut start)?;
        Ok::<_, io::Error>(start)
    };
    read().map_err(|error| BulkError::open(path, &error))
}

/// In UTF-16 every other byte of what people write in the West is zero.
fn utf_16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| {
        let bytes = start.iter().skip(parity).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let most = start.len() / 4;
    match (zeros(0), zeros(1)) {
        (0, low) if low > most => Some(UTF_16LE),
        (high, 0) if high > most => Some(UTF_16BE),
        _ => None,
    }
}

/// What the letters of a file are that are not ASCII.
struct Letters {
    /// All of it is UTF-8.
    is_utf_8: bool,
    /// Some of its letters are.
    has_utf_8: bool,
    fits_windows_1252: bool,
}

impl Letters {
    fn of(path: &Path) -> Result<Self, BulkError> {
        let failed = |error: io::Error| BulkError::open(path, &error);
        let mut file = File::open(path).map_err(failed)?;
        let mut letters = Self {
            is_utf_8: true,
            has_utf_8: false,
            fits_windows_1252: true,
        };
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            let most = u64::try_from(CHUNK).unwrap_or(u64::MAX);
            file.by_ref().take(most).read_to_end(&mut bytes).map_err(failed)?;
            let is_last = bytes.len() == before;
            let rest = letters.read(&bytes, is_last);
            bytes.drain(..bytes.len() - rest);
            if is_last {
                return Ok(letters);
            }
        }
    }

    /// Reads some of the file. Returns how many bytes at its end belong to a letter that goes on in the next.
    fn read(&mut self, mut bytes: &[u8], is_last: bool) -> usize {
        self.fits_windows_1252 &= !bytes.iter().any(|byte| WITHOUT_LETTER.contains(byte));
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.has_utf_8 |= !text.is_ascii();
                    return 0;
                }
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.has_utf_8 |= !valid.is_ascii();
            match error.error_len() {
                None if !is_last => return rest.len(),
                None => {
                    self.is_utf_8 = false;
                    return 0;
                }
                Some(length) => {
                    self.is_utf_8 = false;
                    bytes = rest.get(length..).unwrap_or_default();
                }
            }
        }
    }
}

/// Reads a text of any encoding as UTF-8.
struct Decoded<R> {
    reader: R,
    decoder: Decoder,
    text: String,
    /// How much of the text was taken.
    taken: usize,
    is_at_end: bool,
}

impl<R: Read> Decoded<R> {
    fn new(reader: R, encoding: &'static Encoding) -> Self {
        Self {
            reader,
            decoder: encoding.new_decoder_with_bom_removal(),
            text: String::new(),
            taken: 0,
            is_at_end: false,
        }
    }

    /// Decodes the next part of the file.
    fn decode(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        let most = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        self.reader.by_ref().take(most).read_to_end(&mut bytes)?;
        self.is_at_end = bytes.is_empty();
        self.text.clear();
        self.taken = 0;
        let room = self.decoder.max_utf8_buffer_length(bytes.len());
        self.text.reserve(room.unwrap_or(3 * bytes.len()));
        // There is room for all of it.
        let _ = self.decoder.decode_to_string(&bytes, &mut self.text, self.is_at_end);
        Ok(())
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.taken == self.text.len() && !self.is_at_end {
            self.decode()?;
        }
        Ok(self.text.as_bytes().get(self.taken..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.taken = (self.taken + amount).min(self.text.len());
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8], encoding: &'static Encoding) -> String {
        let mut text = String::new();
        Decoded::new(bytes, encoding).read_to_string(&mut text).unwrap();
        text
    }

    fn found(bytes: &[u8]) -> Result<&'static str, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("leads.csv");
        std::fs::write(&path, bytes).unwrap();
        let found = Encoded::find(&path, None).map_err(|error| error.to_string())?;
        Ok(found.name())
    }

    fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    proptest! {
        #[test]
        fn a_text_is_found_and_read_in_each_encoding_of_unicode(text in "[ -~]{0,20}([a-zäöüñ日😀]{0,20}[ -~]{2}){0,50}") {
            let marked = format!("\u{feff}{text}");
            prop_assert_eq!(found(text.as_bytes()), Ok("UTF-8"));
            prop_assert_eq!(found(&utf_16(&marked, u16::to_le_bytes)), Ok("UTF-16LE"));
            prop_assert_eq!(found(&utf_16(&marked, u16::to_be_bytes)), Ok("UTF-16BE"));
            prop_assert_eq!(decoded(&utf_16(&marked, u16::to_le_bytes), UTF_16LE), &*text);
            prop_assert_eq!(decoded(&utf_16(&marked, u16::to_be_bytes), UTF_16BE), &*text);
        }
    }

    #[test]
    fn a_text_without_a_mark_is_what_its_letters_are() {
        assert_eq!(found(b"Name\nJ\xfcrgen M\xfcller \x80 5\n"), Ok("Windows-1252"));
        assert_eq!(decoded(b"J\xfcrgen \x80", WINDOWS_1252), "Jürgen €");
        assert_eq!(
            found(&utf_16("Name;Phone\nAnn;512\n", u16::to_le_bytes)),
            Ok("UTF-16LE")
        );
        assert_eq!(found("Jürgen".as_bytes()), Ok("UTF-8"));
        // One letter is broken, and its line will say so.
        assert_eq!(found(&["Jürgen\nJ".as_bytes(), b"\xfc\n"].concat()), Ok("UTF-8"));
        assert!(
            found(b"Jos\x8e Garc\x92a \x8d\n")
                .unwrap_err()
                .contains("encoding = \"macintosh\"")
        );
        assert!(found(b"a\0b\0\0c").unwrap_err().contains("is not text"));
    }

    #[test]
    fn a_letter_may_begin_in_one_part_of_a_file_and_end_in_the_next() {
        let mut text = "x".repeat(CHUNK - 1);
        text.push_str("ü and more");
        assert_eq!(found(text.as_bytes()), Ok("UTF-8"));
        let bytes = utf_16(&text, u16::to_le_bytes);
        assert_eq!(decoded(&bytes, UTF_16LE), text);
    }
}
