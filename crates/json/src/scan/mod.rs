//! Where the next byte that matters is: ends of strings, of white space, of numbers.

pub(crate) mod block;
mod number;
mod string;

pub(crate) use number::{NumberState, NumberStep, number};
pub(crate) use string::{StringState, StringStep, string};

use block::BLOCK;

/// The 16 bytes at `pos`, where there are that many.
#[inline(always)]
fn block_at(bytes: &[u8], pos: usize) -> Option<&[u8; BLOCK]> {
    bytes.get(pos..)?.first_chunk()
}

/// Position of the first byte at or after `pos` for which the block test or, near the end, the byte test holds; the
/// length where there is none.
#[inline(always)]
fn find(bytes: &[u8], mut pos: usize, in_block: impl Fn(&[u8; BLOCK]) -> u32, is: impl Fn(u8) -> bool) -> usize {
    while let Some(block) = block_at(bytes, pos) {
        let found = in_block(block);
        if found != 0 {
            return pos + found.trailing_zeros() as usize;
        }
        pos += BLOCK;
    }
    while bytes.get(pos).is_some_and(|&byte| !is(byte)) {
        pos += 1;
    }
    pos
}

/// Whether JSON calls this byte white space (RFC 8259, section 2).
#[inline(always)]
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Position of the first byte at or after `pos` that is not white space.
#[inline(always)]
pub(crate) fn skip_blanks(bytes: &[u8], pos: usize) -> usize {
    // One blank after a colon or comma is by far the most frequent case; vectors pay from the second on.
    match bytes.get(pos) {
        Some(&byte) if is_blank(byte) => match bytes.get(pos + 1) {
            Some(&byte) if is_blank(byte) => skip_many_blanks(bytes, pos + 2),
            _ => pos + 1,
        },
        _ => pos,
    }
}

#[inline(never)]
fn skip_many_blanks(bytes: &[u8], pos: usize) -> usize {
    find(bytes, pos, block::not_blank, |byte| !is_blank(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn skipping_blanks_agrees_with_a_byte_loop(bytes in "[ \t\r\n]{0,40}[a-z \n]{0,20}", pos in 0_usize..70) {
            let bytes = bytes.as_bytes();
            let pos = pos.min(bytes.len());
            let naive = bytes[pos..].iter().position(|&b| !is_blank(b)).map_or(bytes.len(), |i| pos + i);
            prop_assert_eq!(skip_blanks(bytes, pos), naive);
        }
    }
}
