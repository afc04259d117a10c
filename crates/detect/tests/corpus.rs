//! How much the detectors find in a corpus that is made without them, and how much of what they find is right.
//!
//! `corpus/values.tsv` holds values whose check digits other programs computed. The generator here puts them into texts, as logs,
//! letters, JSON and links hold them, and makes as many look-alikes: numbers, ids, times, versions, hashes, code.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

use std::collections::BTreeMap;

use meshveil_detect::{Detector, find, find_first};

/// A generator of numbers (splitmix64, Steele et al. 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of(&mut self, letters: &str, count: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..count).map(|_| letters[self.below(letters.len() as u64) as usize]).collect()
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Values that are nothing of what is looked for.
fn look_alikes(random: &mut Random) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for _ in 0..40 {
        let mut add = |kind, text: String| all.push((kind, text));
        add("milliseconds", format!("17{}", random.of(DIGITS, 11)));
        add("microseconds", format!("17{}", random.of(DIGITS, 14)));
        add("seconds", format!("17{}", random.of(DIGITS, 8)));
        add("order number", format!("{}-{}", random.pick(&["ORD", "INV", "TKT", "PO"]), random.of(DIGITS, 8)));
        add("digits", {
            let n = 5 + random.below(4) as usize;
            random.of(DIGITS, n)
        });
        add(
            "uuid",
            format!(
                "{}-{}-4{}-a{}-{}",
                random.of(HEX, 8),
                random.of(HEX, 4),
                random.of(HEX, 3),
                random.of(HEX, 3),
                random.of(HEX, 12)
            ),
        );
        add("commit", random.of(HEX, 40));
        add("digest", format!("sha256:{}", random.of(HEX, 64)));
        add("object id", random.of(HEX, 24));
        add("version", format!("{}.{}.{}", random.below(20), random.below(40), random.below(100)));
        add(
            "build",
            format!("v{}.{}.{}.{}", random.below(20), random.below(40), random.below(100), random.below(3000)),
        );
        add(
            "package",
            format!(
                "{}@{}.{}.{}",
                random.pick(&["lodash", "react", "serde", "@types/node"]),
                random.below(20),
                random.below(40),
                random.below(30)
            ),
        );
        add("image", format!("registry.example.com/shop/api@sha256:{}", random.of(HEX, 64)));
        add("asset", format!("icon-{}@2x.{}", random.below(99), random.pick(&["png", "jpg", "webp"])));
        add("date", format!("20{:02}-{:02}-{:02}", random.below(30), 1 + random.below(12), 1 + random.below(28)));
        add(
            "german date",
            format!("{:02}.{:02}.20{:02}", 1 + random.below(28), 1 + random.below(12), random.below(30)),
        );
        add(
            "time",
            format!(
                "20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                random.below(30),
                1 + random.below(12),
                1 + random.below(28),
                random.below(24),
                random.below(60),
                random.below(60)
            ),
        );
        add("sku", format!("{}-{}-{}", random.of(UPPER, 3), random.of(UPPER, 6), random.of(DIGITS, 3)));
        add("sku", format!("{}{}", random.of(UPPER, 2), random.of(DIGITS, 7)));
        add("amount", format!("{}.{}", random.below(1_000_000), random.of(DIGITS, 2)));
        add("fraction", format!("0.{}", random.of(DIGITS, 16)));
        add(
            "coordinates",
            format!("{}.{},{}.{}", random.below(80), random.of(DIGITS, 6), random.below(170), random.of(DIGITS, 6)),
        );
        add("mask", format!("255.255.{}.0", random.pick(&["0", "128", "192", "240", "255"])));
        add("network", format!("10.{}.0.0/16", random.below(250)));
        add(
            "agent",
            format!(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36",
                90 + random.below(40)
            ),
        );
        add("path", format!("/v1/customers/{}/orders/{}", random.below(100_000), random.below(100_000)));
        add(
            "code",
            format!("std::{}::{}", random.pick(&["fade", "cafe", "vector"]), random.pick(&["abc", "bad", "iter"])),
        );
        add("trace", format!("00-{}-{}-01", random.of(HEX, 32), random.of(HEX, 16)));
        add("etag", format!("W/\"{}\"", random.of(HEX, 20)));
        add("random id", random.of(ALNUM, 22));
        add("customer id", format!("cus_{}", random.of(ALNUM, 14)));
        add("isbn", format!("978-3-{}-{}-{}", random.of(DIGITS, 2), random.of(DIGITS, 6), random.below(10)));
        add("ean", format!("40{}", random.of(DIGITS, 11)));
        add(
            "locale",
            random.pick(&["en-GB", "de-DE", "application/json", "null", "true", "text/html; charset=utf-8"]).to_owned(),
        );
        add("font hash", format!("#{}", random.of(HEX, 6)));
        add("clone", format!("git@github.com:shop/{}.git", random.of("abcdefgh", 6)));
        add("ratio", format!("{}:{}:{}", random.below(24), random.of(DIGITS, 2), random.of(DIGITS, 2)));
        add("fingerprint", (0..20).map(|_| random.of(HEX, 2)).collect::<Vec<_>>().join(":"));
        add("timezone", random.pick(&["+01:00", "+0200", "UTC+2", "-05:00"]).to_owned());
        add("loopback", random.pick(&["127.0.0.1", "::1", "0.0.0.0", "::", "localhost:8080"]).to_owned());
    }
    all
}

/// A value among other text.
fn dressed(random: &mut Random, value: &str) -> String {
    match random.below(12) {
        0 => format!("Customer read out {value} on the phone"),
        1 => format!("({value})"),
        2 => format!("{{\"x\":\"{value}\",\"y\":1}}"),
        3 => format!("note: {value}, see above."),
        4 => format!("a=1&v={value}&b=2"),
        5 => format!("<td>{value}</td>"),
        6 => format!("col1;{value};col3"),
        7 => format!("\"{value}\""),
        8 => format!("value={value} level=info"),
        9 => format!("First line.\n{value}\nLast line."),
        10 => format!("[{value}]"),
        _ => format!("{value}."),
    }
}

fn values() -> Vec<(String, String, String)> {
    let lines = include_str!("corpus/values.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut rows = Vec::new();
    for line in lines {
        let mut parts = line.split('\t').map(|part| part.replace("\\n", "\n"));
        rows.push((parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap()));
    }
    rows
}

/// Writes a text for others to read, where `MESHVEIL_CORPUS` names a file: what is in it, where, and whether we find it.
struct Corpus(Option<std::fs::File>);

impl Corpus {
    fn new() -> Self {
        Self(std::env::var_os("MESHVEIL_CORPUS").map(|path| std::fs::File::create(path).unwrap()))
    }

    fn add(&mut self, class: &str, kind: &str, text: &str, value: Option<&std::ops::Range<usize>>, found: bool) {
        let Some(file) = &mut self.0 else { return };
        let letters = |at: usize| text[..at].chars().count();
        let (start, end) = value.map_or((0, 0), |range| (letters(range.start), letters(range.end)));
        let line = serde_json::json!({
            "class": class, "kind": kind, "text": text, "sensitive": value.is_some(), "start": start, "end": end, "found": found,
        });
        std::io::Write::write_all(file, format!("{line}\n").as_bytes()).unwrap();
    }
}

#[derive(Default)]
struct Score {
    found: u32,
    all: u32,
}

#[test]
fn the_corpus_is_found_and_little_else() {
    let mut random = Random(7);
    let mut kinds: BTreeMap<(String, String), Score> = BTreeMap::new();
    let mut missed = Vec::new();
    let mut right = 0;
    let mut corpus = Corpus::new();
    for (class, kind, value) in values() {
        let alone = match class.as_str() {
            "strong" => Detector::of(&value).is_some(),
            _ => Detector::of(&value).is_some() || Detector::weak(&value).next().is_some(),
        };
        corpus.add(&class, &kind, &value, Some(&(0..value.len())), alone);
        let mut tries = vec![alone];
        if class == "strong" {
            let text = dressed(&mut random, &value);
            let start = text.find(&value).unwrap();
            let range = start..start + value.len();
            let overlaps = find(&text).any(|found| found.range.start < range.end && range.start < found.range.end);
            if !overlaps {
                missed.push(format!("{kind}: {text:?}"));
            }
            corpus.add(&class, &kind, &text, Some(&range), overlaps);
            tries.push(overlaps);
        }
        if !alone {
            missed.push(format!("{kind}: {value:?}"));
        }
        let score = kinds.entry((class, kind)).or_default();
        for found in tries {
            score.all += 1;
            score.found += u32::from(found);
            right += u32::from(found);
        }
    }
    let mut wrong = Vec::new();
    let mut others = 0;
    for (kind, value) in look_alikes(&mut random) {
        for text in [value.clone(), dressed(&mut random, &value)] {
            others += 1;
            corpus.add("none", kind, &text, None, find_first(&text).is_some());
            if let Some(found) = find_first(&text) {
                wrong.push(format!("{kind}: {text:?} as {}", found.detector.what()));
            }
        }
    }
    let sum = |class: &str| {
        let scores = kinds.iter().filter(|((own, _), _)| class.is_empty() || own == class).map(|(_, score)| score);
        let (found, all) = scores.fold((0, 0), |(found, all), score| (found + score.found, all + score.all));
        f64::from(found) / f64::from(all)
    };
    let wrong_count = u32::try_from(wrong.len()).unwrap();
    let precision = f64::from(right) / f64::from(right + wrong_count);
    for ((class, kind), score) in kinds.iter().filter(|(_, score)| score.found < score.all) {
        eprintln!("{class} {kind}: {} of {}", score.found, score.all);
    }
    eprintln!("missed:\n  {}\nwrong:\n  {}", missed.join("\n  "), wrong.join("\n  "));
    let (recall, strong) = (sum(""), sum("strong"));
    eprintln!(
        "precision {precision:.3} ({right} right, {wrong_count} wrong of {others} look-alikes), recall {recall:.3}, of strong kinds {strong:.3}"
    );
    assert!(precision >= 0.97 && recall >= 0.85 && strong >= 0.98);
}

/// Whatever stands in a long text, each place is looked at a bounded number of times: quadratic work would not end here.
#[test]
fn long_texts_are_read_once() {
    for part in [
        "eyJ.",
        "@",
        "a@",
        "+1",
        "1-",
        "(0",
        "DE02 ",
        "::1",
        "sk-ant-",
        "$2b$",
        "4111 ",
        "-----BEGIN ",
        "://a:",
        "0x0",
        "00:",
        "P<<",
    ] {
        let text = part.repeat(40_000);
        assert!(find(&text).count() <= text.len(), "{part}");
    }
}
