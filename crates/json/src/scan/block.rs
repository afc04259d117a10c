//! Sixteen bytes at a time: the only place with `unsafe`, kept to loads; a portable twin serves every other target
//! and is what the tests compare with.

/// Bytes examined at once.
pub(crate) const BLOCK: usize = 16;

#[cfg(any(test, not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))))]
pub(super) mod portable {
    //! The naive twin.

    #[inline]
    fn mask(block: &[u8; 16], test: impl Fn(u8) -> bool) -> u32 {
        block.iter().enumerate().fold(0, |mask, (i, &byte)| mask | (u32::from(test(byte)) << i))
    }

    #[inline]
    pub(crate) fn quote_escape_control_or_high(block: &[u8; 16]) -> u32 {
        mask(block, |b| b == b'"' || b == b'\\' || !(0x20..0x80).contains(&b))
    }

    #[inline]
    pub(crate) fn quote_escape_or_control(block: &[u8; 16]) -> u32 {
        mask(block, |b| b == b'"' || b == b'\\' || b < 0x20)
    }

    #[inline]
    pub(crate) fn not_blank(block: &[u8; 16]) -> u32 {
        mask(block, |b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'))
    }

    #[inline]
    pub(crate) fn not_digit(block: &[u8; 16]) -> u32 {
        mask(block, |b| !b.is_ascii_digit())
    }

    /// One bit per byte in which both are equal.
    #[inline]
    pub(crate) fn equal(a: &[u8; 16], b: &[u8; 16]) -> u16 {
        a.iter().zip(b).enumerate().fold(0, |mask, (i, (a, b))| mask | (u16::from(a == b) << i))
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use core::arch::wasm32::{
        i8x16_lt, i8x16_splat, u8x16_bitmask, u8x16_eq, u8x16_gt, u8x16_lt, u8x16_splat, u8x16_sub, v128, v128_load,
        v128_not, v128_or,
    };

    #[inline]
    #[expect(unsafe_code, reason = "no safe intrinsic loads from memory")]
    fn load(block: &[u8; 16]) -> v128 {
        // SAFETY: the reference guarantees 16 readable bytes; `v128_load` has no alignment requirement.
        unsafe { v128_load(core::ptr::from_ref(block).cast()) }
    }

    #[inline]
    pub(crate) fn quote_escape_control_or_high(block: &[u8; 16]) -> u32 {
        let v = load(block);
        // As signed bytes, everything above 0x7f is negative, so one comparison finds it together with the controls.
        let low_or_high = i8x16_lt(v, i8x16_splat(0x20));
        let quote = u8x16_eq(v, u8x16_splat(b'"'));
        let escape = u8x16_eq(v, u8x16_splat(b'\\'));
        u32::from(u8x16_bitmask(v128_or(low_or_high, v128_or(quote, escape))))
    }

    #[inline]
    pub(crate) fn quote_escape_or_control(block: &[u8; 16]) -> u32 {
        let v = load(block);
        let low = u8x16_lt(v, u8x16_splat(0x20));
        let quote = u8x16_eq(v, u8x16_splat(b'"'));
        let escape = u8x16_eq(v, u8x16_splat(b'\\'));
        u32::from(u8x16_bitmask(v128_or(low, v128_or(quote, escape))))
    }

    #[inline]
    pub(crate) fn not_blank(block: &[u8; 16]) -> u32 {
        let v = load(block);
        let space = v128_or(u8x16_eq(v, u8x16_splat(b' ')), u8x16_eq(v, u8x16_splat(b'\n')));
        let other = v128_or(u8x16_eq(v, u8x16_splat(b'\r')), u8x16_eq(v, u8x16_splat(b'\t')));
        u32::from(u8x16_bitmask(v128_not(v128_or(space, other))))
    }

    #[inline]
    pub(crate) fn not_digit(block: &[u8; 16]) -> u32 {
        let shifted = u8x16_sub(load(block), u8x16_splat(b'0'));
        u32::from(u8x16_bitmask(u8x16_gt(shifted, u8x16_splat(9))))
    }

    #[inline]
    pub(crate) fn equal(a: &[u8; 16], b: &[u8; 16]) -> u16 {
        u8x16_bitmask(u8x16_eq(load(a), load(b)))
    }
}

#[cfg(target_arch = "x86_64")]
mod simd {
    // SSE2 is part of every x86_64 target, so no run-time detection is needed; wider vectors gained next to nothing.
    use core::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_max_epu8, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_sub_epi8,
    };

    #[inline]
    #[expect(unsafe_code, reason = "no safe intrinsic loads from memory")]
    fn load(block: &[u8; 16]) -> __m128i {
        // SAFETY: the reference guarantees 16 readable bytes; `_mm_loadu_si128` has no alignment requirement.
        unsafe { _mm_loadu_si128(core::ptr::from_ref(block).cast()) }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    fn quote_or_escape(v: __m128i) -> __m128i {
        // SAFETY: SSE2 is always there on x86_64.
        unsafe {
            _mm_or_si128(
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b'"'.cast_signed())),
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b'\\'.cast_signed())),
            )
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    pub(crate) fn quote_escape_control_or_high(block: &[u8; 16]) -> u32 {
        let v = load(block);
        // SAFETY: SSE2 is always there on x86_64. As signed bytes, everything above 0x7f is negative, so one
        // comparison finds it together with the controls.
        unsafe {
            let low_or_high = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
            _mm_movemask_epi8(_mm_or_si128(low_or_high, quote_or_escape(v))).cast_unsigned()
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    pub(crate) fn quote_escape_or_control(block: &[u8; 16]) -> u32 {
        let v = load(block);
        // SAFETY: SSE2 is always there on x86_64.
        unsafe {
            let low = _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8(0x1f)), _mm_set1_epi8(0x1f));
            _mm_movemask_epi8(_mm_or_si128(low, quote_or_escape(v))).cast_unsigned()
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    pub(crate) fn not_blank(block: &[u8; 16]) -> u32 {
        let v = load(block);
        // SAFETY: SSE2 is always there on x86_64.
        unsafe {
            let space = _mm_or_si128(
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b' '.cast_signed())),
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b'\n'.cast_signed())),
            );
            let other = _mm_or_si128(
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b'\r'.cast_signed())),
                _mm_cmpeq_epi8(v, _mm_set1_epi8(b'\t'.cast_signed())),
            );
            !_mm_movemask_epi8(_mm_or_si128(space, other)).cast_unsigned() & 0xffff
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    pub(crate) fn not_digit(block: &[u8; 16]) -> u32 {
        let v = load(block);
        // SAFETY: SSE2 is always there on x86_64.
        unsafe {
            let shifted = _mm_sub_epi8(v, _mm_set1_epi8(b'0'.cast_signed()));
            let digit = _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(9)), shifted);
            !_mm_movemask_epi8(digit).cast_unsigned() & 0xffff
        }
    }

    #[inline]
    #[expect(unsafe_code, reason = "the intrinsics need SSE2, which every x86_64 target has")]
    pub(crate) fn equal(a: &[u8; 16], b: &[u8; 16]) -> u16 {
        let (a, b) = (load(a), load(b));
        // SAFETY: SSE2 is part of x86_64.
        unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) as u16 }
    }
}

#[cfg(not(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64")))]
pub(crate) use portable::{equal, not_blank, not_digit, quote_escape_control_or_high, quote_escape_or_control};
#[cfg(any(all(target_arch = "wasm32", target_feature = "simd128"), target_arch = "x86_64"))]
pub(crate) use simd::{equal, not_blank, not_digit, quote_escape_control_or_high, quote_escape_or_control};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agree(block: &[u8; 16]) {
        assert_eq!(quote_escape_control_or_high(block), portable::quote_escape_control_or_high(block));
        assert_eq!(quote_escape_or_control(block), portable::quote_escape_or_control(block));
        assert_eq!(not_blank(block), portable::not_blank(block));
        assert_eq!(not_digit(block), portable::not_digit(block));
    }

    #[test]
    fn every_byte_in_every_lane_agrees_with_the_portable_twin() {
        for byte in 0..=255 {
            for lane in 0..16 {
                let mut block = [b'a'; 16];
                block[lane] = byte;
                agree(&block);
            }
        }
    }

    proptest! {
        #[test]
        fn random_blocks_agree_with_the_portable_twin(block: [u8; 16]) {
            agree(&block);
        }

        #[test]
        fn equal_bytes_agree_with_the_portable_twin(a in prop::array::uniform16(0_u8..4), b in prop::array::uniform16(0_u8..4)) {
            prop_assert_eq!(equal(&a, &b), portable::equal(&a, &b));
        }
    }
}
