//! Texts that the build script has packed.

/// The text that `build.rs` has packed: runs of bytes, each after its length; and copies of what stands before, each a
/// length with the highest bit set and how far back it begins, in two bytes.
pub fn unpacked(mut packed: &[u8]) -> String {
    let mut text = Vec::new();
    while let Some((first, rest)) = packed.split_first() {
        let length = usize::from(first & 0x7f);
        packed = match rest {
            [low, high, rest @ ..] if *first > 0x7f => {
                let from = text.len() - usize::from(u16::from_le_bytes([*low, *high]));
                text.extend_from_within(from..from + length);
                rest
            }
            _ => {
                let (run, rest) = rest.split_at(length);
                text.extend_from_slice(run);
                rest
            }
        };
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_repeats_what_stands_before() {
        assert_eq!(unpacked(b"\x06a book\x85\x05\x00\x01s"), "a book books");
    }
}
