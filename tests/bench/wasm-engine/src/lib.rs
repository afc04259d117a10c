//! The engine and what it is compared with, as one wasm module; `run.mjs` times it in V8, the runtime of Envoy.
#![expect(unsafe_code, reason = "an exported name must be unique in the module; rustc cannot check that")]

use std::cell::RefCell;

use meshveil_bench_workloads::contestants::{self, Group};
use serde_json::{Value, json};

#[derive(Default)]
struct State {
    groups: Vec<Group>,
    /// Group and contestant of each case.
    cases: Vec<(usize, usize)>,
    description: String,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Prepares all cases. Returns the length of the description, 0 when something is wrong.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> usize {
    let Ok(groups) = contestants::groups() else { return 0 };
    let mut cases = Vec::new();
    let mut described = Vec::new();
    for (group_index, group) in groups.iter().enumerate() {
        for (index, contestant) in group.contestants.iter().enumerate() {
            cases.push((group_index, index));
            described.push(json!({ "group": group.name, "name": contestant.name, "bytes": group.text.len() }));
        }
    }
    let description = Value::from(described).to_string();
    STATE.with_borrow_mut(|state| *state = State { groups, cases, description });
    STATE.with_borrow(|state| state.description.len())
}

/// Where the description is: a JSON list of the cases, each with `group`, `name` and `bytes`.
#[unsafe(no_mangle)]
pub extern "C" fn description() -> *const u8 {
    STATE.with_borrow(|state| state.description.as_ptr())
}

/// Runs a case once. Returns how many bytes came out, 0 when something is wrong.
#[unsafe(no_mangle)]
pub extern "C" fn run(case: usize) -> usize {
    STATE
        .with_borrow_mut(|State { groups, cases, .. }| {
            let (group, index) = cases.get(case).copied()?;
            let group = groups.get_mut(group)?;
            group.contestants.get_mut(index)?.run(&group.text).ok()
        })
        .unwrap_or(0)
}
