use std::io::Write as _;

use flate2::{Compression, GzBuilder, write};
use meshveil_json::{Masker, Query, Rule};
use meshveil_mask::Keys;
use meshveil_plan::Limits;

use super::{Coding, EXPANSION, EXPANSION_FREE};
use crate::{Fault, Framing, Pipeline, Representation, Stage};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn gzip_with_all_of_a_header(body: &[u8]) -> Vec<u8> {
    let builder = GzBuilder::new().extra(vec![7; 300]).filename("customers.json").comment("all of them").mtime(1);
    let mut encoder = builder.write(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    let mut bytes = encoder.finish().unwrap();
    // The encoder writes no checksum of the header.
    bytes[3] |= 2;
    let end = 10 + 2 + 300 + "customers.json\0".len() + "all of them\0".len();
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes.splice(end..end, [checksum[0], checksum[1]]);
    bytes
}

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn raw(body: &[u8]) -> Vec<u8> {
    let mut encoder = write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn br(body: &[u8]) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(body).unwrap();
    encoder.into_inner()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(body, ruzstd::encoding::CompressionLevel::Fastest)
}

type Encode = fn(&[u8]) -> Vec<u8>;

const CODINGS: [(Coding, Encode); 6] = [
    (Coding::Gzip, gzip),
    (Coding::Gzip, gzip_with_all_of_a_header),
    (Coding::Deflate, zlib),
    (Coding::Deflate, raw),
    (Coding::Brotli, br),
    (Coding::Zstd, zstd),
];

fn masker() -> Masker {
    let mask = serde_json::from_str(r#"{"redact":{"with":"*"}}"#).unwrap();
    let rule = Rule { id: "rule".to_owned(), query: Query::parse("$..a").unwrap(), mask };
    Masker::compile(vec![rule], &Keys::none(), Limits::default()).unwrap()
}

/// What comes out of chunks of this size.
fn run(coding: Coding, framing: Framing, bytes: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    let mut pipeline = Pipeline::new(&masker(), Representation { coding, ..framing.into() });
    let mut out = Vec::new();
    for chunk in bytes.chunks(size.max(1)) {
        pipeline.push(chunk, &mut out)?;
    }
    pipeline.finish(&mut out)?;
    Ok(out)
}

/// A body of some size, with what it is masked.
fn lines(count: u64) -> (Vec<u8>, Vec<u8>) {
    let (mut clear, mut masked) = (Vec::new(), Vec::new());
    for id in 0..count {
        let noise = id.wrapping_mul(6_364_136_223_846_793_005) >> 20;
        writeln!(clear, "{{\"id\":{id},\"a\":\"{noise}\",\"b\":\"{noise:x}\"}}").unwrap();
        writeln!(masked, "{{\"id\":{id},\"a\":\"*\",\"b\":\"{noise:x}\"}}").unwrap();
    }
    (clear, masked)
}

#[test]
fn encoded_bodies_are_decoded_and_masked_however_they_are_cut() {
    for count in [0, 1, 20, 30_000] {
        let (clear, masked) = lines(count);
        for (coding, encode) in CODINGS {
            let bytes = encode(&clear);
            let sizes: &[usize] =
                if count > 100 { &[usize::MAX, 65_536, 1_000, 7] } else { &[usize::MAX, 64, 13, 5, 3, 2, 1] };
            for &size in sizes {
                let out = run(coding, Framing::Lines, &bytes, size.min(bytes.len()));
                assert!(out == Ok(masked.clone()), "{coding:?}, {count} lines, chunks of {size}: {:?}", out.err());
            }
        }
    }
}

#[test]
fn frames_of_the_reference_encoder_are_decoded() {
    // `zstd -19 --check` and `zstd --no-check` of these bytes: compressed blocks with Huffman codes and sequences.
    let (clear, masked) = lines(400);
    for bytes in [&include_bytes!("tests/checked.zst")[..], include_bytes!("tests/unchecked.zst")] {
        for size in [usize::MAX, 100, 1] {
            assert!(run(Coding::Zstd, Framing::Lines, bytes, size.min(bytes.len())) == Ok(masked.clone()));
        }
    }
    assert_eq!(clear.len(), 19586, "what the files were made of");
}

#[test]
fn members_and_frames_follow_each_other() {
    let (first, second) = (b"{\"a\":".as_slice(), b"1}".as_slice());
    for (coding, encode) in
        [(Coding::Gzip, gzip as Encode), (Coding::Gzip, gzip_with_all_of_a_header), (Coding::Zstd, zstd)]
    {
        let bytes = [encode(first), encode(b""), encode(second)].concat();
        for size in 1..=bytes.len() {
            assert_eq!(run(coding, Framing::Document, &bytes, size), Ok(b"{\"a\":\"*\"}".to_vec()), "{coding:?}");
        }
    }
}

#[test]
fn no_byte_is_an_empty_body_in_every_coding() {
    for (coding, _) in CODINGS {
        assert_eq!(run(coding, Framing::Document, b"", 1), Ok(Vec::new()), "{coding:?}");
    }
}

#[test]
fn what_is_cut_or_followed_by_something_is_refused() {
    let (clear, _) = lines(20);
    for (coding, encode) in CODINGS {
        let bytes = encode(&clear);
        for end in 1..bytes.len() {
            let out = run(coding, Framing::Lines, &bytes[..end], 64);
            assert!(out.is_err(), "{coding:?}: {end} of {} bytes", bytes.len());
        }
        assert_eq!(run(coding, Framing::Lines, &bytes[..bytes.len() - 1], 64), Err(Fault::Truncated), "{coding:?}");
        for garbage in [&b"{\"a\":\"SECRET\"}"[..], b"\0\0\0\0\0\0\0\0"] {
            let out = run(coding, Framing::Lines, &[&bytes, garbage].concat(), 64);
            assert_eq!(out, Err(Fault::Coding), "{coding:?}");
        }
    }
}

#[test]
fn checksums_are_verified() {
    let (clear, _) = lines(20);
    // Raw deflate and Brotli have none.
    let with_checksum: [(Coding, Encode); 4] = [
        (Coding::Gzip, gzip),
        (Coding::Gzip, gzip_with_all_of_a_header),
        (Coding::Deflate, zlib),
        (Coding::Zstd, zstd),
    ];
    for (coding, encode) in with_checksum {
        let mut bytes = encode(&clear);
        let at = bytes.len() - if coding == Coding::Gzip { 8 } else { 1 };
        bytes[at] ^= 1;
        assert_eq!(run(coding, Framing::Lines, &bytes, 64), Err(Fault::Coding), "{coding:?}");
    }
    let mut length = gzip(&clear);
    *length.last_mut().unwrap() ^= 1;
    assert_eq!(run(Coding::Gzip, Framing::Lines, &length, 64), Err(Fault::Coding));
    let mut header = gzip_with_all_of_a_header(&clear);
    header[50] ^= 1;
    assert_eq!(run(Coding::Gzip, Framing::Lines, &header, 64), Err(Fault::Coding));
}

#[test]
fn damaged_bodies_neither_panic_nor_depend_on_cuts() {
    let (clear, _) = lines(50);
    let mut refused = 0;
    for (coding, encode) in CODINGS {
        let bytes = encode(&clear);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let whole = run(coding, Framing::Lines, &damaged, damaged.len());
            assert_eq!(run(coding, Framing::Lines, &damaged, 17).ok(), whole.clone().ok(), "{coding:?} at {at}");
            refused += usize::from(whole.is_err());
        }
    }
    assert!(refused > 3_000, "{refused}");
}

#[test]
fn a_body_that_expands_too_much_is_refused() {
    let bomb = vec![b' '; 64 << 20];
    for (coding, encode) in CODINGS {
        let bytes = encode(&bomb);
        assert!((bytes.len() as u64) * EXPANSION < bomb.len() as u64, "{coding:?}: {} bytes", bytes.len());
        let mut pipeline = Pipeline::new(&masker(), Representation { coding, ..Framing::Document.into() });
        let mut out = Vec::new();
        let fault = bytes.chunks(1_000).find_map(|chunk| pipeline.push(chunk, &mut out).err());
        assert_eq!(fault, Some(Fault::Expansion), "{coding:?}");
        assert!((out.len() as u64) < 2 * EXPANSION_FREE + 1_000 * EXPANSION, "{coding:?}: {} came out", out.len());
        // A body of white space that is smaller is nothing special.
        assert!(run(coding, Framing::Document, &encode(&bomb[..1 << 19]), 1_000).is_ok(), "{coding:?}");
    }
}

#[test]
fn codings_are_known_by_their_names() {
    for (name, coding) in [
        ("identity", Some(Coding::Identity)),
        ("GZip", Some(Coding::Gzip)),
        ("x-gzip", Some(Coding::Gzip)),
        ("deflate", Some(Coding::Deflate)),
        ("br", Some(Coding::Brotli)),
        ("zstd", Some(Coding::Zstd)),
        ("compress", None),
        ("dcb", None),
        ("", None),
    ] {
        assert_eq!(Coding::named(name.as_bytes()), coding, "{name}");
    }
}
