//! PeerAuthentications merged into a mode for each port (`pilot/pkg/security/authn`, `pilot/pkg/model`).

use std::collections::BTreeMap;

use crate::objects::{Mesh, Mode, PeerAuthentication};
use crate::translate::applies;

/// The modes of a workload's ports.
#[derive(Debug, Clone)]
pub struct Modes {
    /// Ports without a mode of their own.
    pub rest: Mode,
    /// Ports with one.
    pub ports: BTreeMap<u16, Mode>,
}

impl Modes {
    /// The mode of a port.
    #[must_use]
    pub fn of(&self, port: u16) -> Mode {
        self.ports.get(&port).copied().unwrap_or(self.rest)
    }
}

/// From the widest to the narrowest level; in each the oldest object counts, and what it leaves open comes from above.
#[must_use]
pub fn modes(mesh: &Mesh) -> Modes {
    let mut applying: Vec<&PeerAuthentication> =
        mesh.peers.iter().filter(|peer| applies(&peer.meta, &mesh.root, &mesh.namespace, &mesh.labels)).collect();
    applying.sort_by_key(|peer| (&peer.meta.created, format!("{}.{}", peer.meta.name, peer.meta.namespace)));
    let oldest = |level: &dyn Fn(bool, bool) -> bool| {
        applying.iter().find(|peer| {
            let of_workload = peer.meta.selector.as_ref().is_some_and(|selector| !selector.is_empty());
            level(of_workload, peer.meta.namespace == mesh.root)
        })
    };
    let levels = [
        oldest(&|of_workload, in_root| !of_workload && in_root),
        oldest(&|of_workload, in_root| !of_workload && !in_root),
        // One with a selector in the root namespace applies to no workload.
        oldest(&|of_workload, in_root| of_workload && !in_root),
    ];
    let given = |mode: Option<Mode>| mode.filter(|mode| *mode != Mode::Unset);
    let rest = levels.iter().rev().flatten().find_map(|peer| given(peer.mode)).unwrap_or(Mode::Permissive);
    let [_, _, own] = levels;
    let ports = own.map(|peer| &peer.ports).into_iter().flatten();
    Modes { rest, ports: ports.map(|(port, mode)| (*port, given(Some(*mode)).unwrap_or(rest))).collect() }
}
