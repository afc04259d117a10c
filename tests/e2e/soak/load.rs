//! Clients of every kind, at once, and what became of each response.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use meshveil_tests::client::{Client, Connection};
use meshveil_tests::envoy::{KEY, NEXT_KEY};

use super::documents::{SECRET, Size, masked};

/// What a client asks for, and how it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Small,
    /// With the entity tag of an earlier answer.
    Again,
    Middle,
    Large,
    /// It takes a second to come.
    Lasting,
    /// The client takes a second to read it.
    Slow,
    /// The client leaves in the middle.
    Leave,
    /// The upstream leaves in the middle.
    Cut,
    Broken,
    Page,
}

impl Kind {
    /// What one client after the other asks for.
    const ROUND: [Self; 12] = [
        Self::Small,
        Self::Middle,
        Self::Slow,
        Self::Again,
        Self::Leave,
        Self::Lasting,
        Self::Small,
        Self::Cut,
        Self::Page,
        Self::Middle,
        Self::Broken,
        Self::Again,
    ];

    pub fn of_round(number: usize) -> Self {
        Self::ROUND[number % Self::ROUND.len()]
    }

    fn path(self) -> &'static str {
        match self {
            Self::Small | Self::Again => "/small",
            Self::Middle | Self::Slow | Self::Leave => "/middle",
            Self::Large => "/large",
            Self::Lasting => "/lasting",
            Self::Cut => "/cut",
            Self::Broken => "/broken",
            Self::Page => "/page",
        }
    }
}

/// What became of one response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Masked to the last byte.
    Masked,
    /// Refused as it has to be, or cut where upstream or client ended it.
    Proper,
    /// Neither.
    Lost(String),
    /// A value arrived.
    Leaked,
}

/// One response.
#[derive(Debug, Clone)]
pub struct Seen {
    pub kind: Kind,
    pub begun: Instant,
    pub ended: Instant,
    pub end: End,
}

/// The bodies that may arrive.
pub struct Expected {
    small: [Vec<u8>; 2],
    middle: [Vec<u8>; 2],
    large: [Vec<u8>; 2],
}

impl Expected {
    pub fn new() -> Arc<Self> {
        let of = |size| [KEY, NEXT_KEY].map(|key| masked(size, key));
        Arc::new(Self { small: of(Size::Small), middle: of(Size::Middle), large: of(Size::Large) })
    }

    fn of(&self, kind: Kind) -> &[Vec<u8>; 2] {
        match kind {
            Kind::Small | Kind::Again | Kind::Page => &self.small,
            Kind::Large => &self.large,
            _ => &self.middle,
        }
    }
}

/// One client that asks again and again.
pub struct Asker {
    pub client: Client,
    pub expected: Arc<Expected>,
    /// The entity tag of an earlier answer.
    pub tag: Option<String>,
}

/// How far a body is like what may arrive: all of it under one key.
struct Comparison<'a> {
    candidates: Vec<&'a [u8]>,
    length: usize,
    tail: Vec<u8>,
    has_secret: bool,
}

impl<'a> Comparison<'a> {
    fn new(expected: &'a [Vec<u8>; 2]) -> Self {
        Self {
            candidates: expected.iter().map(Vec::as_slice).collect(),
            length: 0,
            tail: Vec::new(),
            has_secret: false,
        }
    }

    fn add(&mut self, data: &[u8]) {
        let at = self.length;
        self.length += data.len();
        self.candidates.retain(|expected| expected.get(at..).is_some_and(|rest| rest.starts_with(data)));
        // What is a prefix of a masked body holds no secret; anything else is looked through, across pieces, too.
        if self.candidates.is_empty() {
            self.tail.extend_from_slice(data);
            self.has_secret |= self.tail.windows(SECRET.len()).any(|window| window == SECRET);
            self.tail.drain(..self.tail.len().saturating_sub(SECRET.len()));
        }
    }

    fn is_whole(&self) -> bool {
        self.candidates.iter().any(|expected| expected.len() == self.length)
    }

    fn is_beginning(&self) -> bool {
        !self.candidates.is_empty()
    }
}

impl Asker {
    /// Asks once over a connection of its own.
    pub async fn ask(&mut self, kind: Kind) -> Seen {
        let begun = Instant::now();
        let end = match self.client.connect().await {
            Ok(mut connection) => self.ask_over(&mut connection, kind).await,
            Err(error) => End::Lost(format!("no connection: {error}")),
        };
        Seen { kind, begun, ended: Instant::now(), end }
    }

    async fn ask_over(&mut self, connection: &mut Connection, kind: Kind) -> End {
        let mut request = Request::get(kind.path());
        let tag = self.tag.clone().filter(|_| kind == Kind::Again);
        if let Some(tag) = &tag {
            request = request.header("if-none-match", tag);
        }
        let response = match connection.open(request).await {
            Ok(response) => response,
            // A stream that is reset before its headers went out has no answer.
            Err(_) if matches!(kind, Kind::Cut | Kind::Broken) => return End::Proper,
            Err(error) => return End::Lost(format!("no answer: {error}")),
        };
        let status = response.status().as_u16();
        if status == 200 && kind == Kind::Small {
            self.tag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        }
        let expected = Arc::clone(&self.expected);
        let mut comparison = Comparison::new(expected.of(kind));
        let is_cut = read(response.into_body(), kind, &mut comparison).await;
        if comparison.has_secret {
            return End::Leaked;
        }
        match (kind, status) {
            (Kind::Page, 502) | (Kind::Cut | Kind::Broken, 502 | 503) if !is_cut => End::Proper,
            (Kind::Cut | Kind::Broken, 200) if is_cut && comparison.is_beginning() => End::Proper,
            (Kind::Leave, 200) if comparison.is_beginning() => End::Proper,
            (Kind::Again, 304) if tag.is_some() && comparison.length == 0 => End::Proper,
            (Kind::Page | Kind::Cut | Kind::Broken | Kind::Leave, _) => {
                End::Lost(format!("status {status}, cut: {is_cut}, bytes: {}", comparison.length))
            }
            (_, 200) if comparison.is_whole() && !is_cut => End::Masked,
            _ => End::Lost(format!(
                "status {status}, cut: {is_cut}, bytes: {}, as expected: {}",
                comparison.length,
                comparison.is_beginning()
            )),
        }
    }
}

/// Reads a body; whether it was cut.
async fn read(mut body: Incoming, kind: Kind, comparison: &mut Comparison<'_>) -> bool {
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return true };
        if let Ok(data) = frame.into_data() {
            comparison.add(&data);
        }
        match kind {
            Kind::Leave if comparison.length > 30_000 => return true,
            Kind::Slow => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => {}
        }
    }
    false
}
