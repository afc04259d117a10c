//! Damaged texts are findings, never panics: every stage runs on what is left of them.

use meshveil_answers::checks::{self, Context};
use meshveil_reach::network::Matrix;
use meshveil_reach::{Manifests, Options, Reach};
use meshveil_text::codes::Base;

const TEXTS: [&str; 3] =
    [Base::Sidecar.text(), Base::Ambient.text(), include_str!("../../../reach/tests/fixtures/default-deny.yaml")];

/// SplitMix64.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((z ^ (z >> 31)) >> 1).unwrap()
}

fn damage(text: &str, state: &mut u64) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=next(state) % 4 {
        let at = next(state) % characters.len();
        let until = (at + next(state) % 30).min(characters.len());
        const ODD: [&str; 14] =
            ["", "{}", "[]", "null", ": ", "- ", "\n", "99999999999", "-1", "'", "*", "é", "10.0.0.0/40", "&a *a"];
        let odd = ODD.get(next(state) % ODD.len()).unwrap();
        characters.splice(at..until, odd.chars());
    }
    characters.into_iter().collect()
}

#[test]
fn damaged_texts_never_panic() {
    let mut state = 7;
    let mut sound = 0;
    for round in 0..3_000 {
        let text = damage(TEXTS.get(round % TEXTS.len()).unwrap(), &mut state);
        let manifests = Manifests::from_text("damaged.yaml", &text);
        sound += usize::from(manifests.is_sound());
        let reach = Reach::new(&manifests, &Options::default());
        let _ = Matrix::new(&reach.network).connections(&reach.network);
        for finding in checks::run(&Context::inferred(&reach)).iter().chain(&manifests.findings) {
            let span = finding.span;
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{finding:?}");
        }
    }
    assert!(sound > 100, "nearly everything was refused: {sound}");
}
