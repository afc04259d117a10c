//! What leaks when one object fails.

use std::{collections::BTreeMap, io::Write};

use meshveil_policy::Policy;
use meshveil_reach::{
    Options, Reach,
    fault::{self, Leak},
    network::Endpoint,
};

use crate::Failure;

/// Prints every single fault that lets a workload see more of the fields of `destination`.
pub(super) fn write(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Result<(), Failure> {
    let manifests = reach.manifests;
    let sources: Vec<usize> =
        (0..manifests.workloads.len()).filter(|&at| at != destination && !reach.is_waypoint(at)).collect();
    let leaks = fault::leaks(manifests, &Options::default(), destination, &policy.plan(), &sources, 1);
    // By fault, then by source, in the order of the texts.
    let mut by_fault: BTreeMap<(meshveil_source::Span, String), BTreeMap<usize, Vec<&Leak>>> = BTreeMap::new();
    for leak in &leaks {
        for fault in &leak.faults {
            let sources = by_fault.entry((fault.span, fault.description.clone())).or_default();
            sources.entry(leak.source).or_default().push(leak);
        }
    }
    let mut output = std::io::stdout().lock();
    let title = reach.network.title(Endpoint::Workload(destination));
    let count = by_fault.len();
    writeln!(output, "{count} single faults let something out of {title}").map_err(Failure::writing)?;
    for ((span, description), sources) in by_fault {
        writeln!(output, "\n{description} ({})", manifests.files.place(span)).map_err(Failure::writing)?;
        for (source, leaks) in sources {
            let source = reach.network.title(Endpoint::Workload(source));
            let forms =
                leaks.iter().map(|leak| format!("{} {} -> {}", leak.field, leak.before.name(), leak.after.name()));
            writeln!(output, "  {source}: {}", forms.collect::<Vec<_>>().join(", ")).map_err(Failure::writing)?;
        }
    }
    writeln!(output).map_err(Failure::writing)
}
