//! The targets that figures of one run are held against. Reported, never asserted: a busy machine is not a bug.

use serde_json::{Value, json};

use crate::columns::{ALONE, BUFFERING, COPY, NOOP, OURS, OURS_OFF, SIZES};
use crate::markdown::table;
use crate::memory::Cell;
use crate::speed::{Speed, cpu_per_gigabyte, share};

/// One comparison.
#[derive(Debug)]
pub(crate) struct Target {
    what: String,
    wanted: f64,
    /// Is more better?
    at_least: bool,
    measured: f64,
}

impl Target {
    fn met(&self) -> bool {
        if self.at_least { self.measured >= self.wanted } else { self.measured <= self.wanted }
    }
}

/// All targets that can be told from what was measured.
pub(crate) fn judge(speed: Option<&Speed>, memory: Option<&Vec<Cell>>) -> Vec<Target> {
    let mut targets = Vec::new();
    let sizes = speed.into_iter().flatten().zip(SIZES).enumerate();
    for (index, (by_column, (size, _))) in sizes {
        let at = |column: usize| by_column.get(column).map(Vec::as_slice).unwrap_or_default();
        targets.push(Target {
            what: format!("{size}: requests/s, meshveil / copies"),
            wanted: if index < 2 { 0.90 } else { 0.75 },
            at_least: true,
            measured: share(at(OURS), at(COPY)),
        });
        targets.push(Target {
            what: format!("{size}: requests/s, meshveil without rules / does nothing"),
            // "Within noise": what the same filter twice differs by on a shared machine.
            wanted: 0.95,
            at_least: true,
            measured: share(at(OURS_OFF), at(NOOP)),
        });
        if index >= 2 {
            targets.push(Target {
                what: format!("{size}: CPU per GB, buffers / meshveil"),
                wanted: if index == 2 { 6.0 } else { 9.0 },
                at_least: true,
                measured: cpu_per_gigabyte(at(BUFFERING)) / cpu_per_gigabyte(at(OURS)),
            });
        }
    }
    if let Some(cells) = memory {
        let above = |column: usize| {
            cells
                .iter()
                .find(|cell| cell.column == column)
                .and_then(|cell| cell.above.get(1))
                .copied()
                .unwrap_or(f64::NAN)
        };
        targets.push(Target {
            what: "32 x 10MB: MB of memory, meshveil over Envoy alone".to_owned(),
            wanted: 8.0,
            at_least: false,
            measured: (above(OURS) - above(ALONE)) / 1e6,
        });
        let wasm = cells.iter().find(|cell| cell.column == OURS).and_then(|cell| cell.wasm);
        targets.push(Target {
            what: "wasm of meshveil, KB".to_owned(),
            wanted: 350.0,
            at_least: false,
            measured: wasm.map_or(f64::NAN, |bytes| bytes as f64 / 1e3),
        });
    }
    targets
}

/// A table of all targets.
pub(crate) fn markdown(targets: &[Target]) -> String {
    let rows: Vec<Vec<String>> = targets
        .iter()
        .map(|target| {
            let sign = if target.at_least { "at least" } else { "at most" };
            vec![
                target.what.clone(),
                format!("{sign} {}", target.wanted),
                format!("{:.2}", target.measured),
                if target.met() { "met" } else { "missed" }.to_owned(),
            ]
        })
        .collect();
    let head = ["target", "wanted", "measured", ""].map(str::to_owned);
    format!("\n### Targets\n\n{}", table(&head, &rows))
}

/// The same as data.
pub(crate) fn json(targets: &[Target]) -> Value {
    targets
        .iter()
        .map(|target| {
            json!({
                "target": target.what,
                "wanted": target.wanted,
                "atLeast": target.at_least,
                "measured": target.measured,
                "met": target.met(),
            })
        })
        .collect()
}
