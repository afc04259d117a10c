//! A target of an Istio object that does not exist.

use meshveil_text::{codes, nearest};

use super::attached;
use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;

pub const CHECK: Check = Check { code: &codes::network::NO_TARGET, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (meta, attachment) in attached(manifests) {
        let is_read = manifests.workloads.iter().any(|workload| workload.meta.namespace == meta.namespace);
        for target in attachment.targets.iter().filter(|_| is_read) {
            let names: Vec<&String> = match target.kind.as_str() {
                "Gateway" => {
                    let own = manifests.gateways.iter().filter(|gateway| gateway.meta.namespace == meta.namespace);
                    own.map(|gateway| &gateway.meta.name).collect()
                }
                "Service" => {
                    let own = manifests.services.iter().filter(|service| service.meta.namespace == meta.namespace);
                    own.map(|service| &service.meta.name).collect()
                }
                _ => continue,
            };
            if names.contains(&&target.name) {
                continue;
            }
            let (title, kind) = (meta.title(), &target.kind);
            let message = format!("{title} does nothing: there is no {kind} `{}` in its namespace", target.name);
            let finding = Finding::new(CHECK.code, target.span, message);
            findings.push(match nearest(&target.name, names) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            });
        }
    }
}
