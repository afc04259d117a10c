//! Whether a response can be masked: a pure function of method, status and headers.

use meshveil_body::{Charset, Coding, Representation, media_type};
use meshveil_plan::Masked;

use crate::host::{Headers, list_items};

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
    /// Its body cannot be read.
    Unreadable(Unreadable),
}

/// A response whose body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Why.
    pub reason: Reason,
    /// What becomes of it.
    pub remedy: Remedy,
    /// Whether it can be an answer of the proxy itself, which holds no value and arrives.
    pub may_be_local: bool,
}

/// What becomes of a response whose body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It is refused.
    Refuse,
    /// Status and headers go on, the body does not: for redirects and errors, which mean something without it.
    DropBody,
    /// It goes on if there is no body at all, which its first byte will tell. Otherwise it is refused.
    RefuseUnlessEmpty,
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
        let unreadable = Unreadable { reason: Reason::Upgrade, remedy: Remedy::Refuse, may_be_local: false };
        return Eligibility::Unreadable(unreadable);
    }
    // No body may follow these (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5).
    if matches!(status, 204 | 205 | 304) {
        return Eligibility::NoBody;
    }
    match read(response.headers, status, masked) {
        Ok(Body::Passes) => Eligibility::Passes,
        // `HEAD` tells what `GET` would give.
        Ok(Body::Read(_)) if response.has_no_body() => Eligibility::NoBody,
        Ok(Body::Read(representation)) => Eligibility::Mask(representation),
        Err(reason) => response.without_reading(reason, status),
    }
}

impl Response<'_> {
    fn has_no_body(&self) -> bool {
        self.head || self.end_of_stream || self.is_empty()
    }

    fn is_empty(&self) -> bool {
        self.headers
            .only("content-length")
            .is_some_and(|length| !length.is_empty() && length.iter().all(|&digit| digit == b'0'))
    }

    fn without_reading(&self, reason: Reason, status: u32) -> Eligibility {
        let is_answer = status < 300;
        let remedy = match reason {
            // An answer of `GET` without a type can be empty, or not; that of `HEAD` always is.
            Reason::NoContentType if self.head => return Eligibility::NoBody,
            _ if self.end_of_stream && !self.head => return Eligibility::NoBody,
            _ if self.is_empty() => return Eligibility::NoBody,
            // The client has asked for a part, so its absence is an answer, too.
            _ if !is_answer && self.head => return Eligibility::NoBody,
            _ if !is_answer => Remedy::DropBody,
            _ if self.head => Remedy::Refuse,
            _ if self.headers.has("content-length") => Remedy::Refuse,
            _ => Remedy::RefuseUnlessEmpty,
        };
        let may_be_local = match reason {
            Reason::NoContentType => true,
            // What the proxy itself writes.
            Reason::ContentType => {
                let types = self.headers.all("content-type").next().and_then(media_type::parse);
                types.is_some_and(|media| media.essence == "text/plain")
            }
            _ => false,
        };
        Eligibility::Unreadable(Unreadable { reason, remedy, may_be_local })
    }
}

/// What a body is.
enum Body {
    Passes,
    Read(Representation),
}

fn read<V>(headers: &Headers, status: u32, masked: &Masked<'_, V>) -> Result<Body, Reason> {
    // Proxies repeat a line, or join equal ones by commas; two that differ are two statements.
    let mut types = headers.all("content-type").flat_map(list_items);
    let first = types.next().ok_or(Reason::NoContentType)?;
    if types.any(|other| !other.eq_ignore_ascii_case(first)) {
        return Err(Reason::ContentTypeUnclear);
    }
    let media = media_type::parse(first).ok_or(Reason::ContentTypeUnclear)?;
    let reads = masked.reads;
    let reading = if media.is_watch { reads.of_watch(&media.essence) } else { reads.of(&media.essence) };
    let Some(reading) = reading else {
        return if masked.passes.contain(&media.essence) { Ok(Body::Passes) } else { Err(Reason::ContentType) };
    };
    if media.charset == Charset::Other {
        return Err(Reason::Charset);
    }
    let coding = coding(headers).ok_or(Reason::ContentEncoding)?;
    // The proxy has undone `chunked`.
    let is_undone = |name: &[u8]| name.eq_ignore_ascii_case(b"chunked") || name.eq_ignore_ascii_case(b"identity");
    if !codings(headers, "transfer-encoding").all(is_undone) {
        return Err(Reason::TransferEncoding);
    }
    if status == 206 || headers.has("content-range") {
        return Err(Reason::PartialContent);
    }
    Ok(Body::Read(Representation {
        coding,
        framing: reading.into(),
        ascii: media.charset == Charset::AsciiAlone,
        bad_lines: masked.bad_lines,
    }))
}

/// The coding of a body; `None` for one that cannot be undone, and for two on top of each other.
fn coding(headers: &Headers) -> Option<Coding> {
    let mut found = Coding::Identity;
    for name in codings(headers, "content-encoding") {
        let coding = Coding::named(name)?;
        if found == Coding::Identity {
            found = coding;
        } else if coding != Coding::Identity {
            return None;
        }
    }
    Some(found)
}

/// What the body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestBody {
    /// There is none.
    None,
    /// It is of a media type that the plan lets through unread.
    Passes,
    /// It can be read.
    Read(Representation),
    /// It cannot.
    Unreadable,
}

/// Decides for a request of a caller whose view masks something, by the same rules as for responses.
#[must_use]
pub fn request_body<V>(request: &Headers, masked: &Masked<'_, V>) -> RequestBody {
    if (Response { head: false, headers: request, end_of_stream: false }).is_empty() {
        return RequestBody::None;
    }
    match read(request, 0, masked) {
        Ok(Body::Passes) => RequestBody::Passes,
        Ok(Body::Read(representation)) => RequestBody::Read(representation),
        Err(_) => RequestBody::Unreadable,
    }
}

/// Every item of every line of a header that lists codings.
pub(crate) fn codings<'a>(headers: &'a Headers, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
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
    use meshveil_plan::{BadLines, ListedHeaders, MediaRange, OnError, Passes, Reading, Reads, ReadsByType, Writes};

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
        Masked {
            view: (),
            number: 0,
            reads,
            bad_lines: BadLines::Drop,
            passes,
            headers: ListedHeaders::default(),
            writes: Writes::Pass,
            on_error: OnError::Block,
        }
    }

    /// What is masked under [`masked`].
    fn read(framing: Framing, ascii: bool) -> Eligibility {
        Eligibility::Mask(Representation { framing, ascii, bad_lines: BadLines::Drop, ..Representation::default() })
    }

    const fn unreadable(reason: Reason, remedy: Remedy, may_be_local: bool) -> Eligibility {
        Eligibility::Unreadable(Unreadable { reason, remedy, may_be_local })
    }

    /// Refused, as there is a body.
    const fn refuse(reason: Reason) -> Eligibility {
        unreadable(reason, Remedy::Refuse, false)
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const OK: (&str, &str) = (":status", "200");
    const LONG: (&str, &str) = ("content-length", "7");

    #[test]
    fn table_of_responses() {
        use Eligibility::NoBody;
        let document = read(Framing::Document, false);
        let lines = read(Framing::Lines, false);
        let gzip = Eligibility::Mask(Representation {
            coding: Coding::Gzip,
            bad_lines: BadLines::Drop,
            ..Representation::default()
        });
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
            (&[OK, JSON, LONG, ("content-encoding", "gzip, gzip")], refuse(Reason::ContentEncoding)),
            (
                &[OK, JSON, LONG, ("content-encoding", "gzip"), ("content-encoding", "deflate")],
                refuse(Reason::ContentEncoding),
            ),
            (&[OK, JSON, LONG, ("content-encoding", "gzip;q=1")], refuse(Reason::ContentEncoding)),
            (&[OK, JSON, LONG, ("content-encoding", "identity, unknown")], refuse(Reason::ContentEncoding)),
            (
                &[OK, JSON, LONG, ("content-encoding", "identity"), ("content-encoding", "unknown")],
                refuse(Reason::ContentEncoding),
            ),
            (
                &[OK, JSON, LONG, ("content-encoding", "unknown"), ("cache-control", "no-transform")],
                refuse(Reason::ContentEncoding),
            ),
            (&[OK, JSON, ("transfer-encoding", "chunked")], document),
            (&[OK, JSON, LONG, ("transfer-encoding", "gzip, chunked")], refuse(Reason::TransferEncoding)),
            (&[OK, JSON, JSON], document),
            (&[OK, JSON, ("content-type", "Application/JSON")], document),
            (&[OK, ("content-type", "application/json,application/json")], document),
            (&[OK, LONG, ("content-type", "application/json, ")], refuse(Reason::ContentTypeUnclear)),
            (&[OK, LONG, ("content-type", "application/json, text/html")], refuse(Reason::ContentTypeUnclear)),
            (&[OK, ("content-type", "application/json;a=\",\"")], document),
            (&[OK, LONG, ("content-type", "image/png"), JSON], refuse(Reason::ContentTypeUnclear)),
            (&[OK, LONG, JSON, JSON, ("content-type", "image/png")], refuse(Reason::ContentTypeUnclear)),
            (&[OK, LONG, ("content-type", "image/png, application/json")], refuse(Reason::ContentTypeUnclear)),
            (&[OK, LONG, ("content-type", "application/json; charset=utf-16")], refuse(Reason::Charset)),
            (&[OK, LONG], unreadable(Reason::NoContentType, Remedy::Refuse, true)),
            (&[OK, LONG, ("content-type", "text/plain")], unreadable(Reason::ContentType, Remedy::Refuse, true)),
            (&[OK, LONG, ("content-type", "text/csv")], refuse(Reason::ContentType)),
            (&[OK, LONG, ("content-type", "image/png"), ("content-encoding", "gzip")], refuse(Reason::ContentType)),
            (&[OK, LONG, ("content-type", "text/html")], refuse(Reason::ContentType)),
            (&[(":status", "206"), LONG, JSON], refuse(Reason::PartialContent)),
            (&[OK, LONG, JSON, ("content-range", "bytes 0-1/2")], refuse(Reason::PartialContent)),
            (
                &[(":status", "206"), LONG, ("content-type", "multipart/byteranges; boundary=a")],
                refuse(Reason::ContentType),
            ),
            (&[OK, ("content-type", "application/json; charset=latin1")], read(Framing::Document, true)),
            (&[OK, ("content-type", "application/json;stream=watch")], lines),
            (&[OK, ("content-type", "text/event-stream;charset=utf-8")], read(Framing::Events, false)),
            (&[OK, ("content-type", "application/json-seq")], read(Framing::Sequence, false)),
            (&[OK, ("content-type", "application/vnd.x.v1.json")], document),
            (&[(":status", "204"), JSON], NoBody),
            (&[(":status", "205")], NoBody),
            (&[(":status", "304")], NoBody),
            (&[(":status", "101")], refuse(Reason::Upgrade)),
        ];
        for (lines, expected) in cases {
            assert_eq!(decided(lines, false, false), *expected, "{lines:?}");
        }
        assert_eq!(decided(&[OK, JSON], true, false), NoBody);
    }

    #[test]
    fn empty_body_of_any_type_goes_on() {
        const PDF: (&str, &str) = ("content-type", "application/pdf");
        for lines in [&[OK][..], &[OK, PDF], &[OK, JSON], &[OK, PDF, JSON], &[OK, ("content-type", "?")]] {
            assert_eq!(decided(lines, false, true), Eligibility::NoBody, "{lines:?}");
            let empty: Vec<_> = lines.iter().copied().chain([("content-length", "0")]).collect();
            assert_eq!(decided(&empty, false, false), Eligibility::NoBody, "{lines:?}");
        }
        // Without a length, the first byte tells.
        let wait = |reason, may_be_local| unreadable(reason, Remedy::RefuseUnlessEmpty, may_be_local);
        assert_eq!(decided(&[OK], false, false), wait(Reason::NoContentType, true));
        assert_eq!(decided(&[OK, PDF], false, false), wait(Reason::ContentType, false));
        assert_eq!(
            decided(&[OK, PDF, ("content-length", "0"), ("content-length", "9")], false, false),
            refuse(Reason::ContentType)
        );
    }

    #[test]
    fn redirect_and_error_lose_a_body_that_cannot_be_read() {
        for status in ["301", "302", "303", "307", "308", "400", "401", "404", "500", "503"] {
            for kind in ["text/html", "text/plain", "application/pdf"] {
                let decided = decided(&[(":status", status), LONG, ("content-type", kind)], false, false);
                let is_text = kind == "text/plain";
                assert_eq!(decided, unreadable(Reason::ContentType, Remedy::DropBody, is_text), "{status} {kind}");
            }
            let decided = decided(&[(":status", status)], false, false);
            assert_eq!(decided, unreadable(Reason::NoContentType, Remedy::DropBody, true), "{status}");
        }
    }

    #[test]
    fn head_is_answered_as_get_would_be() {
        let html = ("content-type", "text/html");
        assert_eq!(decided(&[OK, html, LONG], true, true), refuse(Reason::ContentType));
        assert_eq!(decided(&[OK, html], true, false), refuse(Reason::ContentType));
        assert_eq!(decided(&[OK], true, true), Eligibility::NoBody);
        assert_eq!(decided(&[(":status", "302"), html], true, true), Eligibility::NoBody);
    }

    #[test]
    fn listed_media_types_pass_whatever_their_encoding() {
        use Eligibility::{Mask, NoBody, Passes as Pass};
        let listed = ["image/*", "text/html", "text/plain"].map(|range| MediaRange(range.to_owned()));
        let (of_plan, of_route) = listed.split_at(1);
        type Case<'a> = (&'a str, Lines<'a>, Eligibility);
        let cases: &[Case<'_>] = &[
            ("image/png", &[("content-encoding", "gzip")], Pass),
            ("Text/HTML; charset=windows-1252", &[("content-encoding", "br")], Pass),
            ("image/png", &[("content-range", "bytes 0-1/2")], Pass),
            ("text/plain", &[], Pass),
            ("text/css", &[LONG], refuse(Reason::ContentType)),
            ("image/x+json", &[], read(Framing::Document, false)),
            ("image/png", &[LONG, ("content-type", "image/jpeg")], refuse(Reason::ContentTypeUnclear)),
        ];
        for (media, more, expected) in cases {
            let lines = [(":status", "200"), ("content-type", media)].into_iter().chain(more.iter().copied());
            let headers = Headers::from_lines(lines.map(|(name, value)| (name.as_bytes(), value.as_bytes())));
            let none = ReadsByType::new();
            let masked = masked(Reads::new(&none, None), Passes::new(of_plan, of_route));
            let decided = |head| decide(&Response { head, headers: &headers, end_of_stream: false }, &masked);
            assert_eq!(decided(false), *expected, "{media}");
            let of_head = if let Mask(_) = expected { NoBody } else { *expected };
            assert_eq!(decided(true), of_head, "{media}");
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
            ("text/plain; charset=utf-16", unreadable(Reason::Charset, Remedy::RefuseUnlessEmpty, false)),
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
