//! B9: a sensitive port that takes plaintext, or competing PeerAuthentications of which only the oldest counts.

use crate::checks::{Check, Context};
use meshveil_reach::finding::{Finding, Severity, Span};
use meshveil_reach::manifest::kinds::security::{MtlsMode, PeerAuthentication};
use meshveil_reach::mesh::Plane;
use meshveil_reach::mesh::mtls::{levels, peer_mode};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::COMPETING_PLAINTEXT, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    let manifests = context.manifests();
    for (protected, workload) in context.each() {
        if context.reach.enrolled(protected.workload) == Plane::Outside {
            continue;
        }
        for port in context.ports(protected, workload) {
            let mode = peer_mode(manifests, workload, port);
            if mode.mode == MtlsMode::Strict {
                continue;
            }
            let by = mode.object.as_deref().unwrap_or("the default, as no PeerAuthentication says otherwise");
            let message =
                format!("port {port} of `{}` accepts plaintext: {} by {by}", workload.title(), mode.mode.name());
            let span = if mode.span.is_somewhere() { mode.span } else { workload.meta.span };
            let mut finding = Finding::new(CHECK.code, span, message)
                .help("set PeerAuthentication `mtls.mode: STRICT` in the namespace, without exceptions for this port");
            let text = manifests.files.slice(span);
            if mode.span.is_somewhere() && text.matches(mode.mode.name()).count() == 1 {
                finding = finding.fix(span, text.replace(mode.mode.name(), "STRICT"), "refuse plaintext");
            }
            findings.push(finding);
        }
        let levels = levels(manifests, workload);
        for level in [&levels.mesh, &levels.namespace, &levels.workload] {
            compete(level, findings);
        }
    }
}

fn compete(level: &[&PeerAuthentication], findings: &mut Vec<Finding>) {
    let Some((first, rest)) = level.split_first() else { return };
    for other in rest.iter().filter(|other| other.mode.0 != first.mode.0 || other.ports.len() != first.ports.len()) {
        let span: Span = other.meta.span;
        let message = format!("{} has no effect: {} is older", other.meta.title(), first.meta.title());
        let finding = Finding::new(CHECK.code, span, message)
            .severity(Severity::Warning)
            .label(first.meta.span, "this one counts")
            .help("keep one PeerAuthentication per level");
        findings.push(finding);
    }
}
