//! The reachability engine and a real Envoy agree on who is let in, and the replay notices when they do not.
//!
//! `MESHVEIL_REPLAY` takes more cases than 300, `MESHVEIL_SEED` others, `MESHVEIL_SHOW` prints more than 5 disagreements,
//! `MESHVEIL_TALLY=1` how the requests end.
#![expect(clippy::panic, reason = "a test")]

use meshveil_replay::objects::{Action, Mesh, Mode, Operation, Rule, Source};
use meshveil_replay::replay::{Mutation, replay};

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: a number")),
        Err(_) => default,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_and_envoy_agree_on_who_is_let_in() {
    let first = number("MESHVEIL_SEED", 1) << 32;
    let report = replay(first, number("MESHVEIL_REPLAY", 300), None).await.unwrap();
    if number("MESHVEIL_TALLY", 0) > 0 {
        println!("{} requests: {:#?}", report.requests, report.tally);
    }
    let found = report.disagreements.len();
    let shown = usize::try_from(number("MESHVEIL_SHOW", 5)).unwrap();
    let shown: Vec<&str> = report.disagreements.iter().take(shown).map(String::as_str).collect();
    let requests = report.requests;
    assert!(found == 0, "{found} of {requests} requests end otherwise than the engine says:\n{}", shown.join("\n"));
    // Dots in principals such as `*/sa/a.b` mean another thing in older releases.
    let open = report.tally.get("open").copied().unwrap_or_default();
    assert!(open * 1000 <= requests * 5, "{open} of {requests} requests are left open");
    // What makes a wrong engine visible must not be rare.
    for (sort, of_1000) in [
        ("served", 250),
        ("served raw", 30),
        ("forbidden", 150),
        ("forbidden for DENY", 40),
        ("forbidden for want of ALLOW", 80),
        ("closed by RBAC", 100),
        ("plaintext is refused", 30),
        ("mTLS: served", 150),
        ("plaintext: served", 50),
        ("TLS without certificate: served raw", 2),
        ("another trust domain", 15),
        ("with a verified token", 50),
    ] {
        let count = report.tally.get(sort).copied().unwrap_or_default();
        assert!(count * 1000 >= requests * of_1000, "too few requests are `{sort}`: {requests} {:#?}", report.tally);
    }
}

fn each_rule(mesh: &mut Mesh, change: impl Fn(&mut Rule)) {
    mesh.authorization.iter_mut().flat_map(|policy| &mut policy.rules).for_each(change);
}

fn each_source(mesh: &mut Mesh, change: impl Fn(&mut Source)) {
    each_rule(mesh, |rule| rule.from.iter_mut().for_each(&change));
}

fn each_operation(mesh: &mut Mesh, change: impl Fn(&mut Operation)) {
    each_rule(mesh, |rule| rule.to.iter_mut().for_each(&change));
}

/// Envoy gets other policies than the engine: each must be noticed.
const MUTATIONS: [(&str, Mutation); 18] = [
    ("`ports` is ignored", |mesh| each_operation(mesh, |o| o.ports.clear())),
    ("`notPaths` is ignored", |mesh| each_operation(mesh, |o| o.not_paths.clear())),
    ("`methods` is ignored", |mesh| each_operation(mesh, |o| o.methods.clear())),
    ("`hosts` is ignored", |mesh| each_operation(mesh, |o| o.hosts.clear())),
    ("`principals` is ignored", |mesh| each_source(mesh, |s| s.principals.clear())),
    ("`notPrincipals` is ignored", |mesh| each_source(mesh, |s| s.not_principals.clear())),
    ("`namespaces` is ignored", |mesh| each_source(mesh, |s| s.namespaces.clear())),
    ("`serviceAccounts` is ignored", |mesh| each_source(mesh, |s| s.service_accounts.clear())),
    ("`ipBlocks` is ignored", |mesh| each_source(mesh, |s| s.ip_blocks.clear())),
    ("`remoteIpBlocks` is ignored", |mesh| each_source(mesh, |s| s.remote_ip_blocks.clear())),
    ("`notRequestPrincipals` is ignored", |mesh| each_source(mesh, |s| s.not_request_principals.clear())),
    ("`when` is ignored", |mesh| each_rule(mesh, |rule| rule.when.clear())),
    ("only the first `from` counts", |mesh| each_rule(mesh, |rule| rule.from.truncate(1))),
    ("DENY is AUDIT", |mesh| {
        let denying = mesh.authorization.iter_mut().filter(|policy| policy.action == Some(Action::Deny));
        denying.for_each(|policy| policy.action = Some(Action::Audit));
    }),
    ("rehearsals count", |mesh| mesh.authorization.iter_mut().for_each(|policy| policy.dry_run = None)),
    ("selectors are ignored", |mesh| mesh.authorization.iter_mut().for_each(|policy| policy.meta.selector = None)),
    ("STRICT is PERMISSIVE", |mesh| {
        let strict = mesh.peers.iter_mut().filter(|peer| peer.mode == Some(Mode::Strict));
        strict.for_each(|peer| peer.mode = Some(Mode::Permissive));
    }),
    ("`portLevelMtls` is ignored", |mesh| mesh.peers.iter_mut().for_each(|peer| peer.ports.clear())),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replay_notices_each_of_these_errors() {
    for (error, mutation) in MUTATIONS {
        let report = replay(1 << 40, 80, Some(mutation)).await.unwrap();
        let found = report.disagreements.len();
        if number("MESHVEIL_TALLY", 0) > 0 {
            println!("{error}: {found} of {}", report.requests);
        }
        assert!(found > 0, "{error}, and none of {} requests ends otherwise", report.requests);
    }
}
