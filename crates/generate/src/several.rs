//! Several policies: nothing of one may take the place of something of another, and all are put in force at once.

use std::collections::BTreeMap;

use meshveil_policy::Policy;
use meshveil_text::block;

use crate::{
    Error, File, Settings, Source, Target,
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
        let moved = settings.environments.iter().map(|environment| environment.of(policy));
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
    let kustomization = |path: String, what: &str, resource: &dyn Fn(&Policy) -> String| {
        kustomization(path, &header(what, policies), block!([..policies.iter().map(resource)]), None)
    };
    if settings.environments.is_empty() {
        return vec![kustomization("kustomization.yaml".to_owned(), "Every policy.", &directory)];
    }
    let base = |policy: &Policy| format!("../{}/base", directory(policy));
    let mut all = vec![kustomization("base/kustomization.yaml".to_owned(), "Every policy.", &base)];
    for environment in &settings.environments {
        let name = &environment.name;
        let overlay = |policy: &Policy| format!("../../{}/overlays/{name}", directory(policy));
        let what = format!("Every policy in environment `{name}`.");
        all.push(kustomization(format!("overlays/{name}/kustomization.yaml"), &what, &overlay));
    }
    all
}
