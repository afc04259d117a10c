//! Connections that the network lets through only before, or only after.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_reach::network::PortSet;

use super::{
    change::{Change, Effect, Kind, verb},
    side::{Pairs, Side, Who, titles},
};
use crate::words::few;

/// One change for all connections with the same ports and the same ends.
pub(super) fn changes(pairs: &Pairs<'_>) -> Vec<Change> {
    let mut gained: BTreeMap<(PortSet, &Who), BTreeSet<&Who>> = BTreeMap::new();
    let mut lost = gained.clone();
    for destination in &pairs.everybody {
        for source in pairs.everybody.iter().filter(|source| is_pair(source, destination)) {
            let [before, after] = [pairs.before, pairs.after].map(|side| ports(side, source, destination));
            if before == after {
                continue;
            }
            // What is gone has no connections; that it is gone is said elsewhere.
            let stays = pairs.after.endpoint(source).is_some() && pairs.after.endpoint(destination).is_some();
            for (known, ports, counts) in
                [(&mut gained, after.difference(&before), true), (&mut lost, before.difference(&after), stays)]
            {
                if counts && !ports.is_empty() {
                    known.entry((ports, source)).or_default().insert(destination);
                }
            }
        }
    }
    let gained = written(gained, Effect::Gained, ["gains connections to", "gain connections to"]);
    let lost = written(lost, Effect::Lost, ["loses connections to", "lose connections to"]);
    gained.into_iter().chain(lost).collect()
}

fn is_pair(source: &Who, destination: &Who) -> bool {
    source != destination && !matches!((source, destination), (Who::Range(_), Who::Range(_)))
}

fn ports(side: &Side<'_>, source: &Who, destination: &Who) -> PortSet {
    match (side.endpoint(source), side.endpoint(destination)) {
        (Some(source), Some(destination)) => side.matrix.ports(source, destination).clone(),
        _ => PortSet::default(),
    }
}

fn written(found: BTreeMap<(PortSet, &Who), BTreeSet<&Who>>, effect: Effect, [one, several]: [&str; 2]) -> Vec<Change> {
    let mut alike: BTreeMap<(PortSet, BTreeSet<&Who>), BTreeSet<&Who>> = BTreeMap::new();
    for ((ports, source), destinations) in found {
        alike.entry((ports, destinations)).or_default().insert(source);
    }
    let change = |((ports, destinations), sources): ((PortSet, BTreeSet<&Who>), BTreeSet<&Who>)| {
        let (sources, destinations) = (titles(sources), titles(destinations));
        let text = format!("{} {} {}: {ports}", few(&sources), verb(&sources, one, several), few(&destinations));
        Change::new(effect, Kind::Connection, text).about(sources, destinations, vec![])
    };
    alike.into_iter().map(change).collect()
}
