//! One Envoy with a listener for each case, all requests, and every disagreement.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use meshveil_reach::Manifests;
use meshveil_tests::certificate::Authority;
use meshveil_tests::envoy::Envoy;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::application::Application;
use crate::client::{Answer, Clients, spiffe};
use crate::compare::{Cause, Engine, Expected, Reading};
use crate::generate::requests::{Ask, Transport, Visit};
use crate::generate::{Case, PORTS, case};
use crate::objects::Mesh;
use crate::translate::listener::{self, Secrets};

/// How many cases talk to Envoy at a time.
const AT_A_TIME: usize = 16;

/// Only a hang takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many requests there were of each sort.
pub type Tally = BTreeMap<String, u64>;

/// What came of a replay.
#[derive(Debug, Default)]
pub struct Report {
    /// Requests that were compared.
    pub requests: u64,
    /// How many of each sort.
    pub tally: Tally,
    /// Each disagreement with both readings and the policies.
    pub disagreements: Vec<String>,
    /// Envoy's answers, by case, visit and request.
    pub answers: Vec<Vec<Vec<Answer>>>,
}

/// Loopback addresses that no other run on this machine uses while the value lives.
struct Block {
    second: u8,
    _lock: TcpListener,
}

impl Block {
    fn reserve() -> Result<Self> {
        let first = std::process::id() % 200;
        for offset in 0..200 {
            let second = u8::try_from(20 + (first + offset) % 200)?;
            if let Ok(lock) = TcpListener::bind((Ipv4Addr::new(127, second, 255, 254), PORTS[0])) {
                return Ok(Self { second, _lock: lock });
            }
        }
        bail!("no block of loopback addresses is free (127.20.0.0 to 127.219.255.255)")
    }

    fn address(&self, at: usize) -> Result<Ipv4Addr> {
        Ok(Ipv4Addr::new(127, self.second, u8::try_from(at / 250)?, u8::try_from(at % 250 + 1)?))
    }
}

/// Changes a mesh before it is translated for Envoy: how the replay is shown to notice.
pub type Mutation = fn(&mut Mesh);

/// Replays `count` cases from the seed `first` on; with a mutation, only those that it changes.
///
/// # Errors
/// Envoy does not start, does not take the configuration, or hangs.
pub async fn replay(first: u64, count: u64, mutation: Option<Mutation>) -> Result<Report> {
    let mutated = |case: &Case| {
        let mut mesh = case.mesh.clone();
        if let Some(mutate) = mutation {
            mutate(&mut mesh);
        }
        mesh
    };
    let all = (first..).map(case).map(accepted).map(|case| (mutated(&case), case));
    let changed = all.filter(|(mesh, case)| mutation.is_none() || mesh.policies() != case.mesh.policies());
    let (meshes, cases): (Vec<Mesh>, Vec<Case>) = changed.take(usize::try_from(count)?).unzip();
    replay_with(cases, &meshes).await
}

/// A case without the policies that Istio's webhook refuses: istiod never sees them.
fn accepted(mut case: Case) -> Case {
    let manifests = Manifests::from_text("case.yaml", &case.mesh.manifests());
    if !manifests.refused.is_empty() {
        case.mesh.authorization.retain(|policy| {
            let named = (policy.meta.namespace.as_str(), policy.meta.name.as_str());
            let read = &manifests.authorization_policies;
            read.iter().any(|read| (read.meta.namespace.as_str(), read.meta.name.as_str()) == named)
        });
    }
    case
}

/// Replays cases, with Envoy configured for the mesh at the same place.
///
/// # Errors
/// As [`replay`].
pub async fn replay_with(cases: Vec<Case>, meshes: &[Mesh]) -> Result<Report> {
    let cases: Vec<Arc<Case>> = cases.into_iter().map(Arc::new).collect();
    let block = Block::reserve()?;
    let application = Application::start().await?;
    let authority = Authority::new()?;
    let server = authority.workload("spiffe://cluster.local/ns/shop/sa/api")?;
    let secrets =
        Secrets { certificate: server.certificate, key: server.key, authority: authority.certificate().to_owned() };
    let mut listeners = Vec::new();
    for (at, (case, mesh)) in cases.iter().zip(meshes).enumerate() {
        let ports: BTreeSet<u16> = case.visits.iter().map(|visit| visit.port).collect();
        let ports: Vec<u16> = ports.into_iter().collect();
        listeners.push(listener::listener(mesh, &secrets, block.address(at)?, &ports));
    }
    let directory = tempfile::tempdir()?;
    let configuration = listener::bootstrap(listeners, application.port()).to_string();
    let _envoy = Envoy::start(directory.path(), "envoy.json", &configuration, 1).await?;

    let ids: BTreeSet<String> = cases
        .iter()
        .flat_map(|case| &case.visits)
        .filter_map(|visit| match &visit.transport {
            Transport::Mtls { domain, caller } => Some(spiffe(domain, caller)),
            _ => None,
        })
        .collect();
    let clients = Arc::new(Clients::new(&authority, ids)?);
    let turns = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = JoinSet::new();
    for (at, case) in cases.iter().enumerate() {
        let address = block.address(at)?;
        let (case, clients, turns) = (Arc::clone(case), Arc::clone(&clients), Arc::clone(&turns));
        tasks.spawn(async move {
            let _turn = turns.acquire().await?;
            let mut answers = Vec::new();
            for visit in &case.visits {
                let visited = tokio::time::timeout(PATIENCE, clients.visit(visit, address)).await;
                answers.push(visited.with_context(|| format!("seed {}: no answer: {visit:?}", case.seed))??);
            }
            anyhow::Ok((at, answers))
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        let (at, of_case) = done??;
        answers.insert(at, of_case);
    }
    let mut report = Report::default();
    for (at, answers) in answers {
        report.compare(&cases[at], &answers);
        report.answers.push(answers);
    }
    Ok(report)
}

impl Report {
    fn compare(&mut self, case: &Case, answers: &[Vec<Answer>]) {
        let manifests = Manifests::from_text("case.yaml", &case.mesh.manifests());
        let engine = Engine::new(case, &manifests);
        for (visit, answers) in case.visits.iter().zip(answers) {
            let readings = engine.readings(visit);
            for ((ask, answer), reading) in visit.asks.iter().zip(answers).zip(&readings) {
                self.requests += 1;
                self.count(visit, reading, answer, has_token(ask) && engine.tokens_are_read());
                let walk = engine.walk_agrees(visit, ask, answer);
                if reading.agrees(answer) && walk.is_none() {
                    continue;
                }
                let mut text = String::new();
                let _ = writeln!(text, "seed {}: {ask:?}\n  over {visit:?}", case.seed);
                let _ = writeln!(text, "  Envoy: {answer:?}\n  engine: {:?} ({})", reading.expected, reading.why);
                if let Some(walk) = walk {
                    let _ = writeln!(text, "  verdict: {walk}");
                }
                let mesh = &case.mesh;
                let (domain, aliases) = (&mesh.trust_domain, &mesh.aliases);
                let _ =
                    writeln!(text, "  trust domain {domain} {aliases:?}, root {}, labels {:?}", mesh.root, mesh.labels);
                let _ = writeln!(text, "  ports {:?}\n{}", mesh.ports, mesh.policies());
                self.disagreements.push(text);
            }
        }
    }

    fn count(&mut self, visit: &Visit, reading: &Reading, answer: &Answer, token: bool) {
        let transport = match visit.transport {
            Transport::Plaintext => "plaintext",
            Transport::Mtls { .. } => "mTLS",
            Transport::Tls => "TLS without certificate",
        };
        let answer = match answer {
            Answer::Served => "served",
            Answer::Raw => "served raw",
            Answer::Forbidden(_) => "forbidden",
            Answer::Closed => "closed",
            Answer::Other(_) => "other",
        };
        let mut count = |sort: String| *self.tally.entry(sort).or_default() += 1;
        count(format!("{transport}: {answer}"));
        count(answer.to_owned());
        let cause = reading.cause;
        match (reading.expected, cause) {
            (Expected::Forbidden, _) => count(format!("forbidden for {}", cause.name())),
            (Expected::Closed, Cause::Deny | Cause::NoAllow) => count("closed by RBAC".to_owned()),
            _ => count(cause.name().to_owned()),
        }
        if token {
            count("with a verified token".to_owned());
        }
    }
}

fn has_token(ask: &Ask) -> bool {
    matches!(ask, Ask::Http(http) if http.token.is_some())
}
