//! Makes a failing input small by running it again and again.

use meshveil_plan::Limits;

use crate::input::Input;
use crate::tree::parse;

/// Removes rules, values and bytes as long as `fails` still holds.
#[must_use]
pub fn shrink(mut input: Input, fails: &dyn Fn(&Input) -> bool) -> Input {
    loop {
        let before = (input.rules.len(), input.bytes.len());
        while let Some(smaller) = smaller(&input).into_iter().find(|smaller| fails(smaller)) {
            input = smaller;
        }
        if (input.rules.len(), input.bytes.len()) == before {
            return input;
        }
    }
}

/// Inputs with something left out, the most first.
fn smaller(input: &Input) -> Vec<Input> {
    let mut all = Vec::new();
    for rule in 0..input.rules.len() {
        let mut smaller = input.clone();
        smaller.rules.remove(rule);
        all.push(smaller);
    }
    let roots = parse(&input.bytes, input.framing, &Limits::default()).unwrap_or_default();
    for node in roots.iter().flat_map(crate::tree::Node::descendants) {
        // The value alone is the document; or a scalar stands in for it.
        let mut alone = input.clone();
        alone.bytes = input.bytes[node.span.clone()].to_vec();
        let mut scalar = input.clone();
        scalar.bytes.splice(node.span.clone(), *b"0");
        all.extend([alone, scalar]);
    }
    let mut size = input.bytes.len();
    while size > 0 {
        for start in (0..=input.bytes.len() - size).step_by(size.div_ceil(2)) {
            let mut smaller = input.clone();
            smaller.bytes.drain(start..start + size);
            all.push(smaller);
        }
        size /= 2;
    }
    let mut shorter: Vec<Input> = all
        .into_iter()
        .filter(|other| (other.rules.len(), other.bytes.len()) < (input.rules.len(), input.bytes.len()))
        .collect();
    shorter.sort_by_key(|other| (other.rules.len(), other.bytes.len()));
    shorter
}
