//! What all exchanges of one plugin configuration share: the compiled plan, the counters, one scratch buffer.

use std::cell::RefCell;

use meshveil_body::{Pipeline, Representation, Stage};
use meshveil_json::{CompileError, Engine, Masker, read_plan, split_member, without_member};
use meshveil_mask::{KeyFault, Keys, digest};
use meshveil_plan::{Decision, Faults, Masked, Others, Plan, RouteChoice};

use crate::entity_tag::EntityTags;
use crate::host::Host;
use crate::response_headers::{HeaderFields, OfPlan};
use crate::telemetry::Telemetry;
use crate::writes::Watchers;

/// A scratch buffer larger than this is given back to the allocator: V8 never shrinks a VM's memory, but others in the
/// VM can use it.
const LARGEST_SCRATCH: usize = 1 << 20;

/// Why a configuration is refused. Holds no value of it.
#[derive(Debug)]
pub enum ConfigurationError {
    /// The plan is not valid.
    Plan(Faults),
    /// A rule of the plan cannot be compiled.
    Rule(CompileError),
    /// The key in this variable, named at this place of the plan, can be guessed.
    WeakKey(String, &'static str, KeyFault),
}

impl std::fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plan(faults) => faults.fmt(f),
            Self::Rule(error) => error.fmt(f),
            Self::WeakKey(env, place, fault) => {
                write!(f, "plan: the key in the VM environment variable `{env}` {fault} at `{place}`")
            }
        }
    }
}

impl std::error::Error for ConfigurationError {}

/// One plugin configuration.
#[derive(Debug)]
pub struct Configuration {
    /// The compiled plan.
    pub engine: Engine,
    /// The entity tags that its views give out; `None` without a key.
    pub entity_tags: Option<EntityTags>,
    /// The response headers that are fields; `None` without any.
    header_fields: Option<HeaderFields>,
    /// What finds masks in request bodies; `None` where none is refused.
    pub watchers: Option<Watchers>,
    /// The plan that is observed beside this one.
    pub next: Option<Next>,
    /// The counters.
    pub telemetry: Telemetry,
    /// Nothing is masked and no caller is denied, whatever the request.
    pub idle: bool,
    scratch: RefCell<Vec<u8>>,
}

/// A plan that is observed beside the one in force.
#[derive(Debug)]
pub struct Next {
    /// The compiled plan.
    pub engine: Engine,
    header_fields: Option<HeaderFields>,
}

/// Stands in for the key of keyed masks where the plan in force has none: nothing that is masked with it leaves the filter.
const UNUSED_KEY: &[u8] = b"nothing is handed out under this key";

impl Next {
    fn load(plan: &Plan, keys: &Keys) -> Result<Self, ConfigurationError> {
        let plan = plan.clone().check().map_err(ConfigurationError::Plan)?;
        let keys = if keys.get().is_some() { keys.clone() } else { Keys::new(UNUSED_KEY) };
        let engine = Engine::compile(plan, &keys).map_err(ConfigurationError::Rule)?;
        let header_fields = HeaderFields::new(engine.decisions(), &keys);
        Ok(Self { engine, header_fields })
    }

    /// What the plan says of the response headers of a view.
    #[must_use]
    pub fn response_headers<'a>(&'a self, masked: &Masked<'a, &'a Masker>) -> OfPlan<'a> {
        response_headers(self.header_fields.as_ref(), &self.engine, masked)
    }
}

fn response_headers<'a>(
    fields: Option<&'a HeaderFields>,
    engine: &'a Engine,
    masked: &Masked<'a, &'a Masker>,
) -> OfPlan<'a> {
    let fields = fields.and_then(|fields| fields.of_view(engine, masked.number));
    let longest = engine.plan().limits.value;
    OfPlan { listed: masked.headers, fields, search: masked.view.search(), longest }
}

impl Configuration {
    /// Reads and compiles a plan. `environment` looks up variables of the VM.
    ///
    /// # Errors
    /// [`ConfigurationError`] for the first fault.
    pub fn load<H: Host>(
        host: &H,
        text: &[u8],
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let plan = read_plan(text).map_err(ConfigurationError::Plan)?;
        let read = |env: Option<&str>, place| match env.and_then(|env| Some((env, environment(env)?))) {
            Some((env, key)) => match KeyFault::of(key.as_bytes()) {
                Some(fault) => Err(ConfigurationError::WeakKey(env.to_owned(), place, fault)),
                None => Ok(Some(key)),
            },
            None => Ok(None),
        };
        let key = plan.key.as_ref();
        // Rules with a keyed mask do not compile without a key.
        let current = read(key.map(|key| key.env.as_str()), "key.env")?;
        let keys = current.map_or_else(Keys::none, |key| Keys::new(key.as_bytes()));
        let previous = key.and_then(|key| key.previous.as_ref());
        // Without it the overlap is over.
        let previous = read(previous.map(|previous| previous.env.as_str()), "key.previous.env")?;
        let engine = Engine::compile(plan, &keys).map_err(ConfigurationError::Rule)?;
        // What is only observed changes neither digest nor tags of the plan in force.
        let (text, next_text) =
            split_member(text, "next").map_or_else(|| (text.to_vec(), None), |(text, next)| (text, Some(next)));
        let next = engine.plan().next.as_ref().map(|next| Next::load(next, &keys)).transpose()?;
        let digests = (digest(&text), next_text.map(digest));
        // Tags of one plan under two keys name the same views.
        let tagged = digest(&without_member(&text, "key").concat());
        let entity_tags = keys.get().and_then(|key| EntityTags::new(key, tagged));
        let entity_tags = entity_tags.map(|tags| tags.with_previous(previous.as_ref().map(String::as_bytes)));
        let header_fields = HeaderFields::new(engine.decisions(), &keys);
        let watchers = Watchers::new(engine.decisions());
        let telemetry = Telemetry::define(host, engine.plan(), (&digests.0, digests.1.as_ref()));
        let idle = engine.plan().fields.is_empty() && engine.plan().others == Others::Masked && next.is_none();
        Ok(Self { engine, entity_tags, header_fields, watchers, next, telemetry, idle, scratch: RefCell::default() })
    }

    /// What the plan says of the response headers of a view.
    #[must_use]
    pub fn response_headers<'a>(&'a self, masked: &Masked<'a, &'a Masker>) -> OfPlan<'a> {
        response_headers(self.header_fields.as_ref(), &self.engine, masked)
    }

    /// Runs the masks over a made-up document until V8 has compiled the hot loop: the first megabyte through a new VM
    /// is several times slower. Bounded: 1 MiB.
    pub fn warm(&self) {
        const RECORD: &[u8] =
            br#"{"id": 12345, "name": "a \"b\" \u00e9", "tags": ["x", "y"], "paid": true, "sum": -1.5e3, "at": null},"#;
        let caller = None::<usize>;
        let decision = match self.engine.decide(caller, RouteChoice::Unclear) {
            Decision::Deny => self.engine.decide(self.engine.plan().callers.len().checked_sub(1), RouteChoice::Unclear),
            other => other,
        };
        let Decision::Mask(masked) = decision else {
            return;
        };
        let mut chunk = Vec::new();
        while chunk.len() < 32 << 10 {
            chunk.extend_from_slice(RECORD);
        }
        let mut out = Vec::new();
        let mut body = Pipeline::new(masked.view, Representation::default());
        if body.push(b"[", &mut out).is_err() {
            return;
        }
        for _ in 0..32 {
            out.clear();
            if body.push(&chunk, &mut out).is_err() {
                return;
            }
        }
    }

    /// The shared output buffer, empty. Callbacks do not nest, so one is enough for all streams.
    #[must_use]
    pub fn take_scratch(&self) -> Vec<u8> {
        let mut scratch = self.scratch.take();
        scratch.clear();
        scratch
    }

    /// Gives the buffer back.
    pub fn put_scratch(&self, scratch: Vec<u8>) {
        if scratch.capacity() <= LARGEST_SCRATCH {
            self.scratch.replace(scratch);
        }
    }
}
