//! Single faults in words, and how many faults each field takes as a table.

use std::collections::BTreeMap;

use meshveil_answers::{
    faults::{Gain, Needed, SingleFault, SingleFaults},
    words::list,
};
use meshveil_reach::verdict::Form;

use super::table::aligned;

/// Every single fault that lets a workload see more, then how many faults each field takes.
pub(crate) fn text(answer: &SingleFaults) -> String {
    let title = &answer.workload;
    let mut text = match answer.faults.len() {
        0 => format!("no single fault lets a workload see more of {title}\n"),
        1 => format!("1 single fault lets a workload see more of {title}\n"),
        count => format!("{count} single faults let a workload see more of {title}\n"),
    };
    for SingleFault { fault, place, leaks } in &answer.faults {
        let place = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        text += &format!("\n{fault}{place}\n");
        // By name: the order of the files does not matter.
        let mut sources: BTreeMap<&str, Vec<&Gain>> = BTreeMap::new();
        for leak in leaks {
            sources.entry(&leak.source).or_default().push(leak);
        }
        for (source, leaks) in sources {
            text += &format!("  {source}: {}\n", gains(&answer.fields, &leaks));
        }
    }
    format!("{text}\n{}", table(answer))
}

fn table(answer: &SingleFaults) -> String {
    let head = std::iter::once("faults it takes".to_owned()).chain(answer.fields.iter().cloned());
    let mut lines: Vec<Vec<String>> = vec![head.collect()];
    for (source, needed) in &answer.needed {
        let cells = answer.fields.iter().filter_map(|field| needed.get(field)).map(|needed| needed.name().to_owned());
        lines.push(std::iter::once(source.clone()).chain(cells).collect());
    }
    let is_clear = answer.needed.iter().any(|(_, needed)| needed.values().any(|needed| *needed == Needed::None));
    let legend = if is_clear { "- clear without any fault\n" } else { "" };
    format!("{}{legend}", aligned(&lines))
}

/// `ssn and card partial -> clear, notes masked -> clear`, in the order of the policy.
fn gains(fields: &[String], leaks: &[&Gain]) -> String {
    let mut groups: Vec<((Form, Form), Vec<&str>)> = Vec::new();
    for leak in fields.iter().filter_map(|field| leaks.iter().find(|leak| leak.field == *field)) {
        let gain = (leak.before, leak.after);
        match groups.iter_mut().find(|(known, _)| *known == gain) {
            Some((_, names)) => names.push(&leak.field),
            None => groups.push((gain, vec![&leak.field])),
        }
    }
    let shown = groups.iter().map(|((before, after), names)| {
        let is_all = names.len() == fields.len() && names.len() > 1;
        let names = if is_all { "every field".to_owned() } else { list(names) };
        format!("{names} {} -> {}", before.name(), after.name())
    });
    shown.collect::<Vec<_>>().join(", ")
}
