//! The same policy in another namespace.

use meshveil_policy::{Hop, Peer, PeerTo, Policy, ServiceAccount};

use crate::Error;

/// A place where the same policy applies: its namespace takes the place of the policy's, and nothing of one environment
/// may reach another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name: the directory of the overlay.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

impl Environment {
    /// The policy of this environment: whatever lives in the policy's own namespace lives in the environment's.
    ///
    /// # Errors
    /// A store has a namespace of its own.
    pub(crate) fn of(&self, policy: &Policy) -> Result<Policy, Error> {
        let own = policy.namespace.value.clone();
        let mut moved = policy.clone();
        let account = |account: &mut ServiceAccount| {
            if account.namespace == own {
                account.namespace.clone_from(&self.namespace);
            }
        };
        moved.namespace.value.clone_from(&self.namespace);
        for caller in &mut moved.callers {
            if let Some(known) = &mut caller.service_account {
                account(&mut known.value);
            }
        }
        for Hop { service_account, .. } in &mut moved.trusted_hops {
            account(&mut service_account.value);
        }
        for Peer { name, to, .. } in &mut moved.stores {
            if let PeerTo::Pods { namespace, .. } = to
                && *namespace != own
            {
                let (policy, store) = (policy.full_name(), name.value.clone());
                return Err(Error::ForeignStore { policy, store, namespace: namespace.clone() });
            }
        }
        let move_pods = |to: &mut PeerTo| {
            if let PeerTo::Pods { namespace, .. } = to
                && *namespace == own
            {
                namespace.clone_from(&self.namespace);
            }
        };
        for Peer { to, clients, .. } in moved.stores.iter_mut().chain(&mut moved.egress) {
            move_pods(to);
            clients.iter_mut().for_each(|client| move_pods(&mut client.from));
        }
        moved.passthrough.iter_mut().for_each(|client| move_pods(&mut client.from));
        let cluster = &mut moved.cluster;
        let places = cluster.dns.iter_mut().chain(&mut cluster.istiod).chain(&mut cluster.registry);
        places.for_each(|place| move_pods(&mut place.to));
        Ok(moved)
    }
}
