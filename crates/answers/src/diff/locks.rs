//! Enforcement layers that others stand behind: no source gains anything when one is removed, and nothing else would
//! say so.

use std::collections::BTreeMap;

use meshveil_reach::{
    Span,
    manifest::kinds::security::{Action, MtlsMode},
    mesh::{
        admission::refuses_without_proxy,
        authorization::{Scope, applying},
        filter::guard,
        mtls::peer_mode,
    },
};

use super::{
    change::{Change, Effect, Kind},
    side::{Pairs, Side},
};

/// Enforcement layers that a protected workload has lost or got. A renamed or split object does not count as a change.
pub(super) fn changes(pairs: &Pairs<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for title in &pairs.protected {
        let ports = [pairs.before, pairs.after].map(|side| side.ports(title)).concat();
        let [before, after] = [pairs.before, pairs.after].map(|side| locks(side, title, &ports));
        let (Some(before), Some(after)) = (before, after) else { continue };
        for (what, lock) in &before {
            let now = after.get(what).unwrap_or(lock);
            let (effect, text) = match (lock.stands, now.stands) {
                (true, false) => (Effect::Weaker, format!("{title} {}", what.lost())),
                (false, true) => (Effect::Stronger, format!("{title} {}", what.got())),
                _ => continue,
            };
            let because = now.span.filter(|span| span.is_somewhere());
            let because = because.map(|span| pairs.after.reach.manifests.files.place(span));
            let change = Change::new(effect, Kind::Lock, text).because(because);
            changes.push(change.about(vec![], vec![title.clone()], vec![]));
        }
    }
    changes
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    MutualTls(u16),
    Denial,
    Guard,
    Admission,
}

impl What {
    fn lost(self) -> String {
        match self {
            Self::MutualTls(port) => format!("no longer insists on mutual TLS on port {port}"),
            Self::Denial => "has no DENY policy any more".to_owned(),
            Self::Guard => "has no guard behind its filter any more".to_owned(),
            Self::Admission => "may get pods without a proxy: admission no longer refuses them".to_owned(),
        }
    }

    fn got(self) -> String {
        match self {
            Self::MutualTls(port) => format!("insists on mutual TLS on port {port}"),
            Self::Denial => "has a DENY policy".to_owned(),
            Self::Guard => "has a guard behind its filter".to_owned(),
            Self::Admission => "gets no pods without a proxy: admission refuses them".to_owned(),
        }
    }
}

struct Lock {
    stands: bool,
    /// What decides.
    span: Option<Span>,
}

/// `None` where this state has no such workload.
fn locks(side: &Side<'_>, title: &str, ports: &[u16]) -> Option<BTreeMap<What, Lock>> {
    let manifests = side.reach.manifests;
    let workload = manifests.workloads.get(side.workload(title)?)?;
    let scope = Scope::Sidecar(workload);
    let mut locks = BTreeMap::new();
    for &port in ports {
        let mode = peer_mode(manifests, workload, port);
        let lock = Lock { stands: mode.mode == MtlsMode::Strict, span: Some(mode.span) };
        locks.insert(What::MutualTls(port), lock);
    }
    let denial = applying(manifests, scope).find(|(_, policy)| policy.action == Action::Deny);
    let guard = ports.first().and_then(|port| guard(manifests, &side.reach.filter, scope, *port));
    let admission = refuses_without_proxy(manifests, workload);
    for (what, span) in [
        (What::Denial, denial.map(|(_, policy)| policy.meta.span)),
        (What::Guard, guard.map(|guard| guard.span)),
        (What::Admission, admission.map(|rules| rules.meta.span)),
    ] {
        locks.insert(what, Lock { stands: span.is_some(), span });
    }
    Some(locks)
}
