//! Several policies: nothing of one may take the place of something of another, and all are put in force at once.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_policy::Policy;
use meshveil_text::block;

use crate::{
    Error, File, Settings, Source, Target, environment,
    kustomize::{kustomization, sheets},
    source::header,
};

/// The directory of one of several policies.
pub(crate) fn directory(policy: &Policy) -> String {
    format!("{}-{}", policy.namespace.value, policy.name.value)
}

/// Fails where two policies would write one thing. `a` in namespace `b-c` and `c-a` in `b` are called alike.
///
/// # Errors
/// [`Error::SameName`] for the first such pair, and whatever an environment cannot do.
pub(crate) fn apart(policies: &[Policy], settings: &Settings) -> Result<(), Error> {
    if policies.len() < 2 {
        return Ok(());
    }
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for (at, policy) in policies.iter().enumerate() {
        let mut write = |what: String| match written.insert(what.clone(), at) {
            Some(first) if first != at => Err(Error::SameName {
                first: policies.get(first).map(Policy::full_name).unwrap_or_default(),
                second: policy.full_name(),
                what,
            }),
            _ => Ok(()),
        };
        write(format!("{}/", directory(policy)))?;
        if settings.target == Target::Envoy {
            continue;
        }
        let environments = environment::of(policy, settings);
        let moved = environments.iter().map(|environment| environment.of(policy));
        for policy in std::iter::once(Ok(policy.clone())).chain(moved) {
            let source = Source { policy: &policy?, settings };
            for document in sheets(&source).iter().flat_map(|sheet| &sheet.documents) {
                let namespace = document.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
                write(format!("{} {namespace}{}", document.kind.kind, document.name))?;
            }
        }
    }
    Ok(())
}

/// Everything of all policies, and of all in each environment.
pub(crate) fn kustomizations(policies: &[Policy], settings: &Settings) -> Vec<File> {
    let kustomization = |path: String, what: &str, resources: Vec<String>| {
        kustomization(path, &header(what, policies), block!([..resources]), None)
    };
    let names = |policy: &Policy| -> Vec<String> {
        environment::of(policy, settings).into_iter().map(|environment| environment.name).collect()
    };
    let all_names: BTreeSet<String> = policies.iter().flat_map(names).collect();
    if all_names.is_empty() {
        let resources = policies.iter().map(directory).collect();
        return vec![kustomization("kustomization.yaml".to_owned(), "Every policy.", resources)];
    }
    // A policy without environments has no base.
    let base = |policy: &Policy| {
        let below = if names(policy).is_empty() { "" } else { "/base" };
        format!("../{}{below}", directory(policy))
    };
    let resources = policies.iter().map(base).collect();
    let mut all = vec![kustomization("base/kustomization.yaml".to_owned(), "Every policy.", resources)];
    for name in all_names {
        let here = policies.iter().filter(|policy| names(policy).contains(&name));
        let resources = here.map(|policy| format!("../../{}/overlays/{name}", directory(policy))).collect();
        let what = format!("Every policy in environment `{name}`.");
        all.push(kustomization(format!("overlays/{name}/kustomization.yaml"), &what, resources));
    }
    all
}
