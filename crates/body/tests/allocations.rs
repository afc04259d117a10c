//! Masking allocates nothing for values without escapes: what a mask sees is borrowed from the body, what it writes goes
//! straight into the output, and the next document is read by the same stream.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use meshveil_body::{Framing, Pipeline, Stage};
use meshveil_json::{Masker, Query, Rule};
use meshveil_mask::Keys;
use meshveil_plan::Limits;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted for each thread.
struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
#[expect(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn masking_a_value_without_escapes_allocates_nothing() {
    for mask in [
        r#""redact""#,
        r#""null""#,
        r#""default""#,
        r#"{"partial":{"keepLast":4}}"#,
        r#"{"partial":{"keepLast":4,"length":"same","keepCharacters":"-"}}"#,
        r#""email""#,
        r#""pseudonym""#,
    ] {
        let rule = Rule {
            id: "f".to_owned(),
            query: Query::parse("$..f").unwrap(),
            mask: serde_json::from_str(mask).unwrap(),
        };
        let masker = Masker::compile(vec![rule], &Keys::new(b"0123456789abcdef"), Limits::default()).unwrap();
        let mut body = Pipeline::new(&masker, Framing::Lines.into());
        let lines = "{\"f\":\"anna@example.com\"}\n{\"f\":[\"123-45-6789\",4111111111111111,true,null]}\n".repeat(20);
        let mut out = Vec::with_capacity(1 << 20);
        // The first chunk gives the stages' own buffers their size.
        body.push(lines.as_bytes(), &mut out).unwrap();
        let before = ALLOCATIONS.get();
        body.push(lines.as_bytes(), &mut out).unwrap();
        assert_eq!(ALLOCATIONS.get() - before, 0, "{mask}");
    }
}
