//! Whether a response can be masked: a pure function of method, status and headers.

use meshveil_body::{Charset, Coding, Representation, media_type};
use meshveil_plan::Masked;

use crate::host::Headers;

/// Why a response is refused. Names are stable: metrics, problem documents and receipts show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The request asks for another protocol (`Upgrade`, `CONNECT`), or the upstream switched to one.
    Upgrade,
    /// There is no `Content-Type`, so the body could be anything.
    NoContentType,
    /// There are several `Content-Type` lines, or one that cannot be parsed.
    ContentTypeUnclear,
    /// A media type that may hold the same data in a form that cannot be read.
    ContentType,
    /// A character set other than UTF-8.
    Charset,
    /// A content coding.
    ContentEncoding,
    /// A transfer coding other than `chunked`.
    TransferEncoding,
    /// A part of a representation: where it starts in the document is unknown.
    PartialContent,
    /// The proxy did not give, or did not take, headers or body.
    Host,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Upgrade,
        Self::NoContentType,
        Self::ContentTypeUnclear,
        Self::ContentType,
        Self::Charset,
        Self::ContentEncoding,
        Self::TransferEncoding,
        Self::PartialContent,
        Self::Host,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::NoContentType => "no-content-type",
            Self::ContentTypeUnclear => "content-type-unclear",
            Self::ContentType => "content-type",
            Self::Charset => "charset",
            Self::ContentEncoding => "content-encoding",
            Self::TransferEncoding => "transfer-encoding",
            Self::PartialContent => "partial-content",
            Self::Host => "host",
        }
    }

    /// One sentence for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Upgrade => "A protected route cannot switch to another protocol.",
            Self::NoContentType => "The response of a protected route has no content type.",
            Self::ContentTypeUnclear => "The content type of a protected response cannot be told for certain.",
            Self::ContentType => "The response of a protected route is of a type that cannot be masked.",
            Self::Charset => "The response of a protected route is in a character set that cannot be masked.",
            Self::ContentEncoding => "The response of a protected route is encoded and cannot be masked.",
            Self::TransferEncoding => "The response of a protected route has a transfer coding that cannot be masked.",
            Self::PartialContent => "The response of a protected route is partial and cannot be masked.",
            Self::Host => "The proxy could not process the response of a protected route.",
        }
    }
}

/// What becomes of a response of a protected route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eligibility {
    /// It has no body; only headers can tell something.
    NoBody,
    /// Its body passes unread: the plan lists its media type.
    Passes,
    /// Its body is masked.
    Mask(Representation),
    /// It is refused, except when the proxy itself wrote it.
    RefuseUnlessLocal(Reason),
    /// It is refused.
    Refuse(Reason),
}

/// A response before its body.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// Whether the request was `HEAD`.
    pub head: bool,
    /// Its headers, with `:status`.
    pub headers: &'a Headers,
    /// Whether the headers end it.
    pub end_of_stream: bool,
}

impl Response<'_> {
    /// The status code; 0 when there is none.
    #[must_use]
    pub fn status(&self) -> u32 {
        let digits = self.headers.only(":status").and_then(|value| std::str::from_utf8(value).ok());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }
}

/// Decides for a route and caller whose view masks something.
#[must_use]
pub fn decide<V>(response: &Response<'_>, masked: &Masked<'_, V>) -> Eligibility {
    let status = response.status();
    if status == 101 {
        return Eligibility::Refuse(Reason::Upgrade);
    }
    if response.head || response.end_of_stream || matches!(status, 204 | 304) {
        return Eligibility::NoBody;
    }
    let headers = response.headers;
    let mut types = headers.all("content-type");
    let Some(first) = types.next() else {
        return Eligibility::RefuseUnlessLocal(Reason::NoContentType);
    };
    if types.next().is_some() {
        return Eligibility::Refuse(Reason::ContentTypeUnclear);
    }
    let Some(media) = media_type::parse(first) else {
        return Eligibility::Refuse(Reason::ContentTypeUnclear);
    };
    let reads = masked.reads;
    let reading = if media.is_watch { reads.of_watch(&media.essence) } else { reads.of(&media.essence) };
    let Some(reading) = reading else {
        return match media.essence.as_str() {
            listed if masked.passes.contain(listed) => Eligibility::Passes,
            // What the proxy itself writes.
            "text/plain" => Eligibility::RefuseUnlessLocal(Reason::ContentType),
            _ => Eligibility::Refuse(Reason::ContentType),
        };
    };
    if media.charset == Charset::Other {
        return Eligibility::Refuse(Reason::Charset);
    }
    let Some(coding) = coding(headers) else {
        return Eligibility::Refuse(Reason::ContentEncoding);
    };
    // The proxy has undone `chunked`.
    let is_undone = |name: &[u8]| name.eq_ignore_ascii_case(b"chunked") || name.eq_ignore_ascii_case(b"identity");
    if !codings(headers, "transfer-encoding").all(is_undone) {
        return Eligibility::Refuse(Reason::TransferEncoding);
    }
    if status == 206 || headers.has("content-range") {
        return Eligibility::Refuse(Reason::PartialContent);
    }
    Eligibility::Mask(Representation {
        coding,
        framing: reading.into(),
        ascii: media.charset == Charset::AsciiAlone,
        bad_lines: masked.bad_lines,
    })
}

/// The coding of a body. One that is not understood, or two on top of each other, are none that can be undone.
fn coding(headers: &Headers) -> Option<Coding> {
    let mut found = Coding::Identity;
    for name in codings(headers, "content-encoding") {
        match Coding::named(name)? {
            Coding::Identity => {}
            coding if found == Coding::Identity => found = coding,
            _ => return None,
        }
    }
    Some(found)
}

/// Every item of every line of a header that lists codings.
fn codings<'a>(headers: &'a Headers, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let items = headers.all(name).flat_map(|line| line.split(|&byte| byte == b','));
    items.map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty())
}

/// Whether a request asks for another protocol. Extended `CONNECT` (RFC 8441) reaches filters as an upgrade.
#[must_use]
pub fn asks_for_upgrade(request: &Headers) -> bool {
    request.has("upgrade") || request.has(":protocol") || request.all(":method").any(|method| method == b"CONNECT")
}

#[cfg(test)]
mod tests {
    use meshveil_body::Framing;
    use meshveil_plan::{BadLines, MediaRange, OnError, Passes, Reading, Reads, ReadsByType};

    use super::*;

    type Lines<'a> = &'a [(&'a str, &'a str)];

    fn decided(lines: Lines<'_>, head: bool, end_of_stream: bool) -> Eligibility {
        let headers = Headers::from_lines(lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
        let none = ReadsByType::new();
        decide(
            &Response { head, headers: &headers, end_of_stream },
            &masked(Reads::new(&none, None), Passes::default()),
        )
    }

    fn masked<'a>(reads: Reads<'a>, passes: Passes<'a>) -> Masked<'a, ()> {
        Masked { view: (), reads, bad_lines: BadLines::Drop, passes, on_error: OnError::Block }
    }

    /// What is masked under [`masked`].
    fn read(framing: Framing, ascii: bool) -> Eligibility {
        Eligibility::Mask(Representation { framing, ascii, bad_lines: BadLines::Drop, ..Representation::default() })
    }

    #[test]
    fn table_of_responses() {
        use Eligibility::{NoBody, Refuse, RefuseUnlessLocal};
        let document = read(Framing::Document, false);
        let lines = read(Framing::Lines, false);
        let gzip = Eligibility::Mask(Representation {
            coding: Coding::Gzip,
            bad_lines: BadLines::Drop,
            ..Representation::default()
        });
        const JSON: (&str, &str) = ("content-type", "application/json");
        const OK: (&str, &str) = (":status", "200");
        let cases: &[(Lines<'_>, Eligibility)] = &[
            (&[OK, JSON], document),
            (&[(":status", "404"), JSON], document),
            (&[(":status", "302"), JSON, ("location", "/x")], document),
            (&[(":status", "500"), ("content-type", "application/problem+json")], document),
            (&[OK, ("content-type", "application/x-ndjson")], lines),
            (&[OK, JSON, ("content-encoding", "identity")], document),
            (&[OK, JSON, ("content-encoding", "gzip")], gzip),
            (&[OK, JSON, ("content-encoding", "Identity, X-Gzip")], gzip),
            (&[OK, JSON, ("content-encoding", "gzip"), ("cache-control", "no-transform")], gzip),
            (&[OK, JSON, ("content-encoding", "gzip, gzip")], Refuse(Reason::ContentEncoding)),
            (
                &[OK, JSON, ("content-encoding", "gzip"), ("content-encoding", "deflate")],
                Refuse(Reason::ContentEncoding),
            ),
            (&[OK, JSON, ("content-encoding", "identity, compress")], Refuse(Reason::ContentEncoding)),
            (&[OK, JSON, ("content-encoding", "gzip;q=1")], Refuse(Reason::ContentEncoding)),
            (&[OK, JSON, ("transfer-encoding", "chunked")], document),
            (&[OK, JSON, ("transfer-encoding", "gzip, chunked")], Refuse(Reason::TransferEncoding)),
            (&[OK, JSON, JSON], Refuse(Reason::ContentTypeUnclear)),
            (&[OK, ("content-type", "image/png"), JSON], Refuse(Reason::ContentTypeUnclear)),
            (&[OK, ("content-type", "image/png, application/json")], Refuse(Reason::ContentTypeUnclear)),
            (&[OK, ("content-type", "application/json; charset=utf-16")], Refuse(Reason::Charset)),
            (&[OK, ("content-type", "application/json; charset=latin1")], read(Framing::Document, true)),
            (&[OK, ("content-type", "application/json;stream=watch")], lines),
            (&[OK, ("content-type", "text/event-stream;charset=utf-8")], read(Framing::Events, false)),
            (&[OK, ("content-type", "application/json-seq")], read(Framing::Sequence, false)),
            (&[OK, ("content-type", "application/vnd.x.v1.json")], document),
            (&[OK], RefuseUnlessLocal(Reason::NoContentType)),
            (&[OK, ("content-type", "text/plain")], RefuseUnlessLocal(Reason::ContentType)),
            (&[OK, ("content-type", "text/csv")], Refuse(Reason::ContentType)),
            (&[OK, ("content-type", "image/png"), ("content-encoding", "gzip")], Refuse(Reason::ContentType)),
            (&[OK, ("content-type", "text/html")], Refuse(Reason::ContentType)),
            (&[(":status", "206"), JSON], Refuse(Reason::PartialContent)),
            (&[OK, JSON, ("content-range", "bytes 0-1/2")], Refuse(Reason::PartialContent)),
            (&[(":status", "206"), ("content-type", "multipart/byteranges; boundary=a")], Refuse(Reason::ContentType)),
            (&[(":status", "204"), JSON], NoBody),
            (&[(":status", "304")], NoBody),
            (&[(":status", "101")], Refuse(Reason::Upgrade)),
        ];
        for (lines, expected) in cases {
            assert_eq!(decided(lines, false, false), *expected, "{lines:?}");
        }
        assert_eq!(decided(&[OK, JSON], true, false), NoBody);
        assert_eq!(decided(&[OK], false, true), NoBody);
    }

    #[test]
    fn listed_media_types_pass_whatever_their_encoding() {
        use Eligibility::{NoBody, Passes as Pass, Refuse};
        let listed = ["image/*", "text/html", "text/plain"].map(|range| MediaRange(range.to_owned()));
        let (of_plan, of_route) = listed.split_at(1);
        type Case<'a> = (&'a str, Lines<'a>, Eligibility);
        let cases: &[Case<'_>] = &[
            ("image/png", &[("content-encoding", "gzip")], Pass),
            ("Text/HTML; charset=windows-1252", &[("content-encoding", "br")], Pass),
            ("image/png", &[("content-range", "bytes 0-1/2")], Pass),
            ("text/plain", &[], Pass),
            ("text/css", &[], Refuse(Reason::ContentType)),
            ("image/x+json", &[], read(Framing::Document, false)),
            ("image/png", &[("content-type", "image/png")], Refuse(Reason::ContentTypeUnclear)),
        ];
        for (media, more, expected) in cases {
            let lines = [(":status", "200"), ("content-type", media)].into_iter().chain(more.iter().copied());
            let headers = Headers::from_lines(lines.map(|(name, value)| (name.as_bytes(), value.as_bytes())));
            let none = ReadsByType::new();
            let masked = masked(Reads::new(&none, None), Passes::new(of_plan, of_route));
            let decided = |head| decide(&Response { head, headers: &headers, end_of_stream: false }, &masked);
            assert_eq!(decided(false), *expected, "{media}");
            assert_eq!(decided(true), NoBody, "{media}");
        }
    }

    #[test]
    fn what_the_plan_says_how_to_read_is_read_and_does_not_pass() {
        let listed = |essence: &str, reading| ReadsByType::from([(essence.to_owned(), reading)]);
        let of_plan = listed("application/json", Reading::Lines);
        let of_route = listed("text/plain", Reading::Documents);
        let passing = ["text/*", "application/x"].map(|range| MediaRange(range.to_owned()));
        let masked = masked(Reads::new(&of_plan, Some(&of_route)), Passes::new(&passing, &[]));
        for (media, expected) in [
            ("application/json", read(Framing::Lines, false)),
            ("Text/Plain; charset=iso-8859-1", read(Framing::Documents, true)),
            ("text/plain; charset=utf-16", Eligibility::Refuse(Reason::Charset)),
            ("text/html", Eligibility::Passes),
            ("application/problem+json", read(Framing::Document, false)),
        ] {
            let lines = [(":status", "200"), ("content-type", media)];
            let headers = Headers::from_lines(lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
            let response = Response { head: false, headers: &headers, end_of_stream: false };
            assert_eq!(decide(&response, &masked), expected, "{media}");
        }
    }
}
