//! The engine and the oracle agree on what no query lists, on names that are masked, and on names without case.

use meshveil_body::Framing;
use meshveil_json::{
    Masker, Query, Rules, Unlisted,
    query::{LooseName, Selector},
};
use meshveil_mask::{Keys, MaskSpec};
use meshveil_oracle::agree::{cuts, run};
use meshveil_oracle::generate::{self, Random};
use meshveil_oracle::{KEY, oracle};
use meshveil_plan::Limits;

/// The same names in another case, or their ends, compared without case.
fn loosely(mut query: Query, random: &mut Random) -> Query {
    for selector in query.segments.iter_mut().flat_map(|segment| &mut segment.selectors) {
        if let Selector::Name(name) = selector {
            let end: String = name.chars().rev().take(1).collect();
            let name = if random.one_in(3) && !end.is_empty() { format!("*{end}") } else { name.to_uppercase() };
            *selector = Selector::Loose(LooseName::new(&name));
        }
    }
    query
}

/// The rules of a generated input, dealt out: some are for names, some show, some are loose.
fn dealt(input: &meshveil_oracle::input::Input, random: &mut Random) -> Rules {
    let mut rules = Rules::default();
    let mut shows = Vec::new();
    for mut rule in input.rules.clone() {
        if random.one_in(3) {
            rule.query = loosely(rule.query, random);
        }
        match random.below(4) {
            0 => rules.names.push(rule),
            1 => rules.values.push(rule),
            _ => shows.push(rule.query),
        }
    }
    if !random.one_in(4) {
        let mask = MaskSpec::named(random.pick::<&str>(&["redact", "default", "null"]));
        rules.unlisted = Some(Unlisted { mask, shows, names: Vec::new() });
    }
    rules
}

#[test]
fn engine_and_oracle_agree_on_what_is_listed() {
    let (mut hidden, mut named, mut shown) = (0, 0, 0);
    for seed in 0..20_000 {
        let mut random = Random::new(0x5eed ^ seed);
        let input = generate::input(seed);
        let rules = dealt(&input, &mut random);
        let limits = if seed % 7 == 0 { Limits { value: 16, ..Limits::default() } } else { Limits::default() };
        let masker = Masker::compile_all(rules.clone(), &Keys::new(KEY.as_bytes()), limits)
            .unwrap_or_else(|error| panic!("{error}"));
        let expected = oracle::mask_all(&input.bytes, &rules, input.framing, &limits)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        hidden += expected.report.unlisted;
        named += expected.report.masked.iter().skip(rules.values.len()).sum::<u64>();
        shown += u64::from(expected.bytes == input.bytes);
        for cuts in [Vec::new(), cuts(&mut random, input.bytes.len())] {
            let run = run(&masker, input.framing, &input.bytes, &cuts);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(
                run.bytes == expected.bytes,
                "seed {seed} ({:?}), {cuts:?}:\n{}\nengine {}\noracle {}\n{rules:?}",
                input.framing,
                text(&input.bytes),
                text(&run.bytes),
                text(&expected.bytes),
            );
            assert_eq!(run.end.as_ref(), Ok(&expected.report), "seed {seed}");
        }
    }
    // The generator reaches all of it.
    assert!(hidden > 10_000 && named > 1_000 && shown > 100, "{hidden} {named} {shown}");
}

#[test]
fn a_document_that_is_refused_is_one_in_which_something_is_masked() {
    let mut refused = 0;
    for seed in 0..4_000 {
        let mut random = Random::new(0xface ^ seed);
        let input = generate::input(seed);
        let mut rules = dealt(&input, &mut random);
        let Some(unlisted) = rules.unlisted.clone() else { continue };
        let expected = oracle::mask_all(&input.bytes, &rules, Framing::Document, &Limits::default());
        let Ok(expected) = expected else { continue };
        rules.unlisted = Some(Unlisted { mask: None, ..unlisted });
        let masker = Masker::compile_all(rules, &Keys::new(KEY.as_bytes()), Limits::default())
            .unwrap_or_else(|error| panic!("{error}"));
        let whole = run(&masker, Framing::Document, &input.bytes, &[]);
        let cut = run(&masker, Framing::Document, &input.bytes, &cuts(&mut random, input.bytes.len()));
        assert_eq!(whole.end, cut.end, "seed {seed}");
        assert_eq!(whole.end.is_err(), expected.report.unlisted > 0, "seed {seed}: {:?}", whole.end);
        assert!(whole.end.is_err() || whole.bytes == expected.bytes, "seed {seed}");
        refused += u64::from(whole.end.is_err());
    }
    assert!(refused > 1_000, "{refused}");
}
