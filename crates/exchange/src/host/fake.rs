//! A proxy that records what it is asked, for native tests.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Headers, Host, HostError, Level, Map};

/// A recorded local reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u32,
    /// Its body.
    pub body: String,
}

/// What a fake proxy holds and has seen. Clones share it.
#[derive(Debug, Default, Clone)]
pub struct Fake(Rc<Recorded>);

type Lines = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Debug, Default)]
struct Recorded {
    request: RefCell<Lines>,
    response: RefCell<Lines>,
    trailers: RefCell<Lines>,
    properties: RefCell<BTreeMap<String, Vec<u8>>>,
    receipt: RefCell<Option<String>>,
    mark: RefCell<Option<String>>,
    body: RefCell<Vec<u8>>,
    replaced: Cell<bool>,
    replies: RefCell<Vec<Reply>>,
    reset: Cell<bool>,
    counters: RefCell<Vec<(String, u64)>>,
    log: RefCell<Vec<String>>,
    calls: Cell<usize>,
    failing: Cell<bool>,
}

impl Fake {
    fn map(&self, map: Map) -> &RefCell<Lines> {
        match map {
            Map::Request => &self.0.request,
            Map::Response => &self.0.response,
            Map::ResponseTrailers => &self.0.trailers,
        }
    }

    /// Sets all lines of a map.
    pub fn put(&self, map: Map, lines: &[(&str, &[u8])]) {
        *self.map(map).borrow_mut() =
            lines.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())).collect();
    }

    /// The lines of one header.
    pub fn values(&self, map: Map, name: &str) -> Vec<String> {
        let lines = self.map(map).borrow();
        let named = lines.iter().filter(|(known, _)| known == name.as_bytes());
        named.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// Sets a property; parts of the path are joined by `.`, dots inside a part are written `/`.
    pub fn put_property(&self, path: &str, value: &[u8]) {
        self.0.properties.borrow_mut().insert(path.to_owned(), value.to_vec());
    }

    /// Sets the chunk at hand.
    pub fn put_body(&self, chunk: &[u8]) {
        *self.0.body.borrow_mut() = chunk.to_vec();
        self.0.replaced.set(false);
    }

    /// The chunk as it would go on, and whether it was replaced.
    pub fn body(&self) -> (Vec<u8>, bool) {
        (self.0.body.borrow().clone(), self.0.replaced.get())
    }

    /// Local replies.
    pub fn replies(&self) -> Vec<Reply> {
        self.0.replies.borrow().clone()
    }

    /// Whether the response was cut off.
    pub fn was_reset(&self) -> bool {
        self.0.reset.get()
    }

    /// The value of a counter.
    pub fn counter(&self, name: &str) -> Option<u64> {
        self.0.counters.borrow().iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// The sum of the counters whose names begin so; `None` when there is none.
    pub fn counted(&self, begin: &str) -> Option<u64> {
        let counters = self.0.counters.borrow();
        let mut values = counters.iter().filter(|(known, _)| known.starts_with(begin)).map(|(_, value)| *value);
        let first = values.next()?;
        Some(first + values.sum::<u64>())
    }

    /// The names of the counters.
    pub fn counters(&self) -> Vec<String> {
        self.0.counters.borrow().iter().map(|(name, _)| name.clone()).collect()
    }

    /// The receipt.
    pub fn receipt(&self) -> Option<String> {
        self.0.receipt.borrow().clone()
    }

    /// The marker of a request that was seen.
    pub fn mark(&self) -> Option<String> {
        self.0.mark.borrow().clone()
    }

    /// Everything that leaves by another way than the body.
    pub fn told(&self) -> String {
        format!("{:?} {:?} {:?}", self.0.log.borrow(), self.0.counters.borrow(), self.0.receipt.borrow())
    }

    /// Host calls so far.
    pub fn calls(&self) -> usize {
        self.0.calls.get()
    }

    /// From now on every call that can fail does.
    pub fn fail(&self) {
        self.0.failing.set(true);
    }

    fn called(&self) -> Result<(), HostError> {
        self.0.calls.set(self.0.calls.get() + 1);
        if self.0.failing.get() { Err(HostError) } else { Ok(()) }
    }
}

impl Host for Fake {
    fn headers(&self, map: Map) -> Result<Headers, HostError> {
        self.called()?;
        let lines = self.map(map).borrow();
        Ok(Headers::from_lines(lines.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))))
    }

    fn remove_header(&self, map: Map, name: &str) -> Result<(), HostError> {
        self.called()?;
        self.map(map).borrow_mut().retain(|(known, _)| known != name.as_bytes());
        Ok(())
    }

    fn set_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.remove_header(map, name)?;
        self.map(map).borrow_mut().push((name.as_bytes().to_vec(), value.to_vec()));
        Ok(())
    }

    fn add_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.called()?;
        self.map(map).borrow_mut().push((name.as_bytes().to_vec(), value.to_vec()));
        Ok(())
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        self.called().ok()?;
        let path: Vec<_> = path.iter().map(|part| part.replace('.', "/")).collect();
        self.0.properties.borrow().get(&path.join(".")).cloned()
    }

    fn set_property(&self, name: &str, value: &[u8]) {
        if self.called().is_err() {
            return;
        }
        let kept = match name {
            "meshveil" => &self.0.receipt,
            "meshveil.filter" => &self.0.mark,
            _ => return,
        };
        *kept.borrow_mut() = Some(String::from_utf8_lossy(value).into_owned());
    }

    fn request_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        self.response_body(size)
    }

    fn response_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        self.called()?;
        self.0.body.borrow().get(..size).map(<[u8]>::to_vec).ok_or(HostError)
    }

    fn replace_response_body(&self, size: usize, body: &[u8]) -> Result<(), HostError> {
        self.called()?;
        self.0.body.borrow_mut().splice(..size, body.iter().copied());
        self.0.replaced.set(true);
        Ok(())
    }

    fn send_response(
        &self,
        status: u32,
        _details: &str,
        _headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(), HostError> {
        self.called()?;
        self.0.replies.borrow_mut().push(Reply { status, body: String::from_utf8_lossy(body).into_owned() });
        Ok(())
    }

    fn reset_response(&self) -> Result<(), HostError> {
        self.0.reset.set(true);
        self.called()
    }

    fn define_counter(&self, name: &str) -> Option<u32> {
        let mut counters = self.0.counters.borrow_mut();
        counters.push((name.to_owned(), 0));
        u32::try_from(counters.len() - 1).ok()
    }

    fn increment(&self, counter: u32, by: u64) {
        self.0.calls.set(self.0.calls.get() + 1);
        let index = usize::try_from(counter).unwrap_or(usize::MAX);
        if let Some((_, value)) = self.0.counters.borrow_mut().get_mut(index) {
            *value += by;
        }
    }

    fn log(&self, _level: Level, line: &str) {
        self.0.log.borrow_mut().push(line.to_owned());
    }
}
