//! Under load no response is leaked and none is lost, whatever happens meanwhile: new plans, new keys, crashes, large bodies, slow
//! readers, clients and upstreams that leave. *Lost* is one that is neither masked to its last byte nor refused as it should be.
#![expect(clippy::panic, reason = "a test")]

mod documents;
mod load;
mod memory;
mod upstream;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use load::{Asker, End, Expected, Kind, Seen};
use meshveil_tests::artifact;
use meshveil_tests::client::Client;
use meshveil_tests::envoy::Envoy;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use upstream::Upstream;

use crate::crash::with_trap;

/// What a rotation of keys goes through, there and back; the delivery changes with each.
fn plans() -> [Value; 4] {
    let old = ("MESHVEIL_KEY", "old");
    let new = ("MESHVEIL_KEY_NEXT", "new");
    let key = |(env, id): (&str, &str), previous: Option<(&str, &str)>| {
        let mut key = json!({"env": env, "id": id});
        if let Some((env, id)) = previous {
            key["previous"] = json!({"env": env, "id": id});
        }
        key
    };
    let steps = [key(old, None), key(new, Some(old)), key(new, None), key(old, Some(new))];
    let mut deliveries = ["strict", "standard"].into_iter().cycle();
    steps.map(|key| plan::shop_with(&[("key", key), ("delivery", json!(deliveries.next()))]))
}

/// Our module, which crashes where a response has trailers.
struct Crashing {
    directory: TempDir,
}

impl Crashing {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let module = fs::read(artifact::filter().unwrap()).unwrap();
        fs::write(directory.path().join("trap.wasm"), with_trap(&module, "proxy_on_response_trailers")).unwrap();
        Self { directory }
    }

    fn setup(&self, plan: Value, upstream: &Upstream) -> Setup {
        Setup::new(plan, upstream.address()).wasm(self.directory.path().join("trap.wasm"))
    }
}

/// Clients of both protocols by turns.
fn client(mesh: &Mesh, number: usize) -> Client {
    if number.is_multiple_of(2) { mesh.client("frontend") } else { mesh.http2_client("frontend") }.unwrap()
}

fn asker(mesh: &Mesh, number: usize, expected: &Arc<Expected>) -> Asker {
    Asker { client: client(mesh, number), expected: Arc::clone(expected), tag: None }
}

/// Clients that ask until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Vec<Seen>>>,
}

impl Load {
    fn start(mesh: &Mesh, expected: &Arc<Expected>, clients: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let ask = |number| {
            let (mut asker, stop) = (asker(mesh, number, expected), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut round = number / 2;
                while !stop.load(Ordering::Relaxed) {
                    seen.push(asker.ask(Kind::of_round(round)).await);
                    round += 1;
                }
                seen
            })
        };
        Self { tasks: (0..clients).map(ask).collect(), stop }
    }

    async fn stop(self) -> Vec<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for task in self.tasks {
            all.extend(task.await.unwrap());
        }
        all
    }
}

/// Puts a plan in force as a control plane would.
async fn reload(mesh: &Mesh, setup: &Setup) {
    const UPDATES: &str = "listener_manager.lds.update_success";
    let before = mesh.envoy.statistic(UPDATES).await.unwrap();
    mesh.replace_listener(setup).unwrap();
    let is_in_force = async |envoy: &Envoy| {
        Ok(envoy.statistic(UPDATES).await? > before
            && envoy.statistic("listener_manager.total_listeners_warming").await? == 0)
    };
    mesh.envoy.until("the plan is in force", is_in_force).await.unwrap();
}

/// Has the filter crash; until when a response may be lost by it.
async fn crash(mesh: &Mesh, expected: &Arc<Expected>) -> (Instant, Instant) {
    let begun = Instant::now();
    // What becomes of it does not matter but for what it holds.
    if let Ok(answer) = mesh.client("frontend").unwrap().get("/trailers").await {
        assert!(!answer.text().contains("SECRET"), "the response that crashes the filter is leaked");
    }
    let mut asker = asker(mesh, 0, expected);
    let mut in_a_row = 0;
    while in_a_row < 8 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no fresh filter takes over");
        match asker.ask(Kind::Small).await.end {
            End::Masked => in_a_row += 1,
            End::Leaked => panic!("leaked after a crash"),
            End::Proper | End::Lost(_) => {
                in_a_row = 0;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    (begun, Instant::now())
}

/// How many responses there were, by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    masked: usize,
    proper: usize,
    /// By a crash.
    of_crash: usize,
}

/// Counts, and fails where one was leaked, or lost while no filter was crashing.
fn count(seen: &[Seen], crashes: &[(Instant, Instant)]) -> Count {
    let mut count = Count::default();
    for one in seen {
        let in_crash = crashes.iter().any(|(begun, ended)| one.begun <= *ended && one.ended >= *begun);
        match &one.end {
            End::Masked => count.masked += 1,
            End::Proper => count.proper += 1,
            End::Leaked => panic!("leaked: {:?}", one.kind),
            End::Lost(_) if in_crash => count.of_crash += 1,
            End::Lost(how) => panic!("lost: {:?}: {how}", one.kind),
        }
    }
    count
}

async fn is_idle(mesh: &Mesh) {
    let idle = async |envoy: &Envoy| Ok(envoy.statistic("http.mesh.downstream_rq_active").await? == 0);
    mesh.envoy.until("no request is active", idle).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_plans_and_new_keys_cost_no_response() {
    let upstream = Upstream::start().await;
    let setups = plans().map(|plan| Setup::new(plan, upstream.address()));
    let mesh = setups[0].clone().start_with_listener_file_and(2).await.unwrap();
    let expected = Expected::new();
    let load = Load::start(&mesh, &expected, 24);
    for setup in setups.iter().skip(1).chain(&setups[..1]) {
        tokio::time::sleep(Duration::from_millis(700)).await;
        reload(&mesh, setup).await;
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    let seen = load.stop().await;
    let all = count(&seen, &[]);
    println!("{all:?}");
    assert!(all.masked > 50 && all.proper > 50, "{all:?}");
    let has_304 = seen.iter().any(|one| one.kind == Kind::Again && one.end == End::Proper);
    assert!(has_304, "entity tags are of use");
    assert_eq!(mesh.envoy.statistic("listener_manager.lds.update_rejected").await.unwrap(), 0);
    is_idle(&mesh).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_large_bodies_at_once_arrive_masked_in_little_memory() {
    let upstream = Upstream::start().await;
    let mesh = Setup::new(plan::shop(), upstream.address()).start_with(2).await.unwrap();
    let expected = Expected::new();
    let before = mesh.envoy.resident().unwrap();
    let all = count(&large(&mesh, &expected).await, &[]);
    let after = mesh.envoy.resident().unwrap();
    println!("{all:?}, {before} KiB before, {after} KiB after");
    assert_eq!(all, Count { masked: 64, ..Count::default() });
    // Bodies of 640 MiB went through; buffers of 64 connections on both sides stay.
    assert!(after < before + (256 << 10), "{before} KiB before, {after} KiB after");
    is_idle(&mesh).await;
}

/// 64 bodies of 10 MiB at once.
async fn large(mesh: &Mesh, expected: &Arc<Expected>) -> Vec<Seen> {
    let mut tasks = Vec::new();
    for number in 0..64 {
        let mut asker = asker(mesh, number, expected);
        tasks.push(tokio::spawn(async move { asker.ask(Kind::Large).await }));
    }
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.unwrap());
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_costs_only_what_the_crashed_filter_had_at_hand() {
    const AT_ONCE: usize = 64;
    let (upstream, crashing, expected) = (Upstream::start().await, Crashing::new(), Expected::new());
    let mesh = crashing.setup(plan::shop(), &upstream).start_with(2).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..AT_ONCE {
        let mut asker = asker(&mesh, number, &expected);
        tasks.push(tokio::spawn(async move { asker.ask(Kind::Lasting).await }));
    }
    let active = async |envoy: &Envoy| Ok(envoy.statistic("http.mesh.downstream_rq_active").await? == AT_ONCE as u64);
    mesh.envoy.until("all are in flight", active).await.unwrap();
    let of_worker = async |worker: usize| {
        // Envoy calls a listener by the address of its configuration.
        let name = format!("listener.127.0.0.1_0.worker_{worker}.downstream_cx_active");
        usize::try_from(mesh.envoy.statistic(&name).await.unwrap()).unwrap()
    };
    let workers = [of_worker(0).await, of_worker(1).await];
    let window = crash(&mesh, &expected).await;
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.unwrap());
    }
    let all = count(&seen, &[window]);
    println!("{all:?}, by worker {workers:?}, {:?} until a fresh filter", window.1.duration_since(window.0));
    assert_eq!(workers.iter().sum::<usize>(), AT_ONCE, "{workers:?}");
    assert!(all.of_crash > 0, "the filter crashes");
    assert!(workers.contains(&all.of_crash), "the other filter's responses arrive: {all:?} of {workers:?}");
    is_idle(&mesh).await;
}

/// Where `make soak` leaves what it measured.
fn report() -> PathBuf {
    artifact::workspace().join("target/soak/memory.csv")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "`make soak` runs it for SOAK_MINUTES"]
async fn everything_at_once_for_long() {
    let minutes: f64 = std::env::var("SOAK_MINUTES").expect("SOAK_MINUTES").parse().expect("a number of minutes");
    let length = Duration::from_secs_f64(minutes * 60.0);
    let (upstream, crashing, expected) = (Upstream::start().await, Crashing::new(), Expected::new());
    let setups = plans().map(|plan| crashing.setup(plan, &upstream));
    // One worker: its crash is that of every response in flight.
    let mesh = setups[0].clone().start_with_listener_file_and(1).await.unwrap();
    let mut curve = memory::Curve::new(&report()).unwrap();
    let begun = Instant::now();
    let (mut total, mut reloads, mut crashes) = (Count::default(), 0, 0);
    while begun.elapsed() < length {
        let load = Load::start(&mesh, &expected, 24);
        let mut seen = Vec::new();
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_secs(4)).await;
            reloads += 1;
            reload(&mesh, &setups[reloads % setups.len()]).await;
        }
        seen.extend(large(&mesh, &expected).await);
        crashes += 1;
        let window = crash(&mesh, &expected).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        seen.extend(load.stop().await);
        let round = count(&seen, &[window]);
        total.masked += round.masked;
        total.proper += round.proper;
        total.of_crash += round.of_crash;
        is_idle(&mesh).await;
        let allocated: Value = serde_json::from_str(&mesh.envoy.ask("/memory").await.unwrap()).unwrap();
        let allocated = allocated["allocated"].as_str().unwrap().parse().unwrap();
        curve
            .add(memory::Point {
                seconds: begun.elapsed().as_secs(),
                resident: mesh.envoy.resident().unwrap(),
                allocated,
                masked: total.masked,
                proper: total.proper,
                of_crash: total.of_crash,
                reloads,
                crashes,
            })
            .unwrap();
    }
    println!("{total:?}, {reloads} plans, {crashes} crashes; {}", curve.summary());
    println!("the curve is in {}", report().display());
    curve.assert_bounded();
}
