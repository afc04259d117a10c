//! The smallest cluster that still shows a difference: whatever can be left out of its objects is left out.

use serde_json::Value;

use crate::generate::Input;

/// A step from an object to one of its parts.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// Leaves out items and keys as long as `fails` says so.
#[must_use]
pub fn shrink(mut input: Input, fails: &dyn Fn(&Input) -> bool) -> Input {
    loop {
        let mut is_smaller = false;
        let mut list = Value::Array(std::mem::take(&mut input.objects));
        // Parts later in the list first: paths of earlier ones stay true.
        let mut paths = Vec::new();
        collect(&list, &mut Vec::new(), &mut paths);
        // The largest parts first.
        paths.sort_by_key(Vec::len);
        let mut at = 0;
        while let Some(path) = paths.get(at) {
            at += 1;
            let mut candidate = list.clone();
            if !remove(&mut candidate, path) {
                continue;
            }
            let Value::Array(objects) = &candidate else { continue };
            if fails(&Input { objects: objects.clone(), ..input.clone() }) {
                list = candidate;
                is_smaller = true;
                paths.clear();
                collect(&list, &mut Vec::new(), &mut paths);
                paths.sort_by_key(Vec::len);
                at = 0;
            }
        }
        if let Value::Array(objects) = list {
            input.objects = objects;
        }
        if !is_smaller {
            return input;
        }
    }
}

fn collect(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut visit = |step: Step, part: &Value| {
        path.push(step);
        paths.push(path.clone());
        collect(part, path, paths);
        path.pop();
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| visit(Step::Index(at), item)),
        Value::Object(map) => map.iter().for_each(|(key, part)| visit(Step::Key(key.clone()), part)),
        _ => {}
    }
}

fn remove(value: &mut Value, path: &[Step]) -> bool {
    match (path, value) {
        ([Step::Key(key)], Value::Object(map)) => map.remove(key).is_some(),
        ([Step::Index(at)], Value::Array(items)) if *at < items.len() => {
            items.remove(*at);
            true
        }
        ([Step::Key(key), rest @ ..], Value::Object(map)) => map.get_mut(key).is_some_and(|part| remove(part, rest)),
        ([Step::Index(at), rest @ ..], Value::Array(items)) => {
            items.get_mut(*at).is_some_and(|part| remove(part, rest))
        }
        _ => false,
    }
}
