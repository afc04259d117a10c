//! Array slices: RFC 9535, section 2.3.4.2.

/// Whether `start:end:step` selects `index` of an array with `len` elements.
///
/// Without `len` the answer is `None` where it depends on the length; the slices for which that can happen are those
/// of [`needs_length`]. With `len` the answer is always known.
#[must_use]
pub fn slice_selects(start: Option<i64>, end: Option<i64>, step: i64, len: Option<u64>, index: u64) -> Option<bool> {
    if step == 0 {
        return Some(false);
    }
    let index = i128::from(index);
    match len {
        Some(len) => {
            let len = i128::from(len);
            Some(index < len && selects(start, end, i128::from(step), len, index))
        }
        None if needs_length(start, end, step) => None,
        // The answer is the same for every length that has this index: ask with the shortest.
        None => Some(selects(start, end, i128::from(step), index + 1, index)),
    }
}

/// Whether what `start:end:step` selects can depend on the length of the array, so that it cannot be known when an
/// element arrives.
///
/// - a step above 0: when `start` or `end` is negative (`[-3:]`, `[:-1]`);
/// - a step of -1: the selected set is a range, so it depends on the length only through a negative `start` or `end`
///   (`[::-1]` is every element, `[5:2:-1]` is 3, 4 and 5 of those there are);
/// - a step below -1: also when `start` is missing, or at or past what the array may hold, because the elements are
///   counted down from the last one (`[::-2]`, `[9::-2]`). A `start` of 0 needs no length;
/// - a step of 0 selects nothing.
#[must_use]
pub fn needs_length(start: Option<i64>, end: Option<i64>, step: i64) -> bool {
    let negative = |bound: Option<i64>| bound.is_some_and(|bound| bound < 0);
    match step {
        0 => false,
        -1 | 1.. => negative(start) || negative(end),
        _ => start != Some(0) || negative(end),
    }
}

/// Section 2.3.4.2.2 with `index` below `len` and a step that is not 0.
fn selects(start: Option<i64>, end: Option<i64>, step: i128, len: i128, index: i128) -> bool {
    let normalize = |bound: i64| {
        let bound = i128::from(bound);
        if bound < 0 { len + bound } else { bound }
    };
    if step > 0 {
        let lower = start.map_or(0, normalize).clamp(0, len);
        let upper = end.map_or(len, normalize).clamp(0, len);
        lower <= index && index < upper && (index - lower) % step == 0
    } else {
        let upper = start.map_or(len - 1, normalize).clamp(-1, len - 1);
        let lower = end.map_or(-1, normalize).clamp(-1, len - 1);
        lower < index && index <= upper && (upper - index) % -step == 0
    }
}
