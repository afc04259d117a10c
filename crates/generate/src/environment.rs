//! The same policy in another namespace.

use meshveil_policy::{ClusterSettings, Hop, Peer, PeerTo, Policy, ServiceAccount};

use crate::{Error, Settings, Target};

/// A place where the same policy applies: its namespace takes the place of the policy's, and nothing of one environment
/// may reach another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name: the directory of the overlay.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What else differs there.
    pub changes: Changes,
}

/// What differs in an environment besides the namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The trust domain.
    pub trust_domain: Option<String>,
    /// The id of the key.
    pub key_id: Option<String>,
    /// Where proxies get the module.
    pub url: Option<String>,
    /// The digest that they check.
    pub sha256: Option<String>,
    /// Where the parts of the mesh are.
    pub cluster: Option<ClusterSettings>,
}

/// The environments of a policy: those that were asked for, else its own.
pub(crate) fn of(policy: &Policy, settings: &Settings) -> Vec<Environment> {
    if !settings.environments.is_empty() || settings.target == Target::Envoy {
        return settings.environments.clone();
    }
    let own = policy.environments.iter().map(|own| Environment {
        name: own.name.value.clone(),
        namespace: own.namespace.value.clone(),
        changes: Changes {
            trust_domain: own.trust_domain.clone(),
            key_id: own.key_id.clone(),
            url: own.url.clone(),
            sha256: own.sha256.clone(),
            cluster: own.cluster.clone(),
        },
    });
    own.collect()
}

impl Environment {
    /// The settings of this environment.
    ///
    /// # Errors
    /// Its module has no address that the target takes.
    pub(crate) fn settings(&self, settings: &Settings) -> Result<Settings, Error> {
        let mut own = settings.clone();
        if let Some(url) = &self.changes.url {
            own.url.clone_from(url);
            // The digest of another module says nothing of this one.
            own.sha256.clone_from(&self.changes.sha256);
        }
        if self.changes.sha256.is_some() {
            own.sha256.clone_from(&self.changes.sha256);
        }
        own.check()?;
        Ok(own)
    }

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
        moved.environments.clear();
        moved.next = policy.next.as_ref().map(|next| self.of(next).map(Box::new)).transpose()?;
        if let Some(domain) = &self.changes.trust_domain {
            moved.trust_domain.clone_from(domain);
        }
        if let (Some(key), Some(id)) = (&mut moved.key, &self.changes.key_id) {
            key.id.clone_from(id);
        }
        if let Some(cluster) = &self.changes.cluster {
            moved.cluster.clone_from(cluster);
        }
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
