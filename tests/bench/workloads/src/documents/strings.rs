//! Long strings: articles whose text is one to six kilobytes, with an escape or a letter beyond ASCII now and then.

use super::array;
use crate::random::Random;

const WORDS: [&str; 16] = [
    "mesh",
    "proxy",
    "request",
    "answer",
    "between",
    "the",
    "and",
    "with",
    "response",
    "cluster",
    "listener",
    "a",
    "of",
    "upstream",
    "caf\u{e9}",
    "quoted\\\"word\\\"",
];

/// Articles in at most `limit` bytes.
pub(super) fn strings(limit: usize) -> String {
    let mut random = Random::new(2);
    array(limit, |number| {
        let paragraphs: Vec<String> = (0..random.between(1, 7)).map(|_| paragraph(&mut random)).collect();
        format!(
            r#"{{"id":{number},"author":{{"name":"writer {number}","email":"w{number}@example.com"}},"title":"{}","body":"{}","token":"{}"}}"#,
            random.sentence(&WORDS, 6),
            paragraphs.join("\\n"),
            random.digits(64),
        )
    })
}

/// About 900 bytes; special words are rare, so that most stretches are plain.
fn paragraph(random: &mut Random) -> String {
    let plain = WORDS.get(..14).unwrap_or_default();
    let mut text = random.sentence(plain, 140);
    if random.chance(60) {
        text.push(' ');
        text.push_str(&random.sentence(&WORDS, 8));
    }
    text
}
