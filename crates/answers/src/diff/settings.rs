//! Changes of what the filter does, beyond who gets which field in which form.

use std::collections::BTreeSet;

use meshveil_mask::MaskSpec;
use meshveil_plan::{
    BadLines, Caller, Callers, Detect, Field, Identity, Masking, Names, OnError, Others, Plan, Reading, Reads, Unlisted,
};

use serde_json::{Map, Value};

use super::{
    change::{Change, Effect, Kind},
    side::Pairs,
};

/// Changes of masks, paths, routes and the rest, for each workload that both states protect.
pub(super) fn changes(pairs: &Pairs<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for title in &pairs.protected {
        let mut add = |effect, text: String| {
            let change = Change::new(effect, Kind::Setting, text);
            changes.push(change.about(vec![], vec![title.clone()], vec![]));
        };
        if pairs.before.workload(title).is_some() && pairs.after.workload(title).is_some() {
            match (pairs.before.is_protected(title), pairs.after.is_protected(title)) {
                (true, false) => add(Effect::Weaker, format!("no policy protects {title} any more")),
                (false, true) => add(Effect::Stronger, format!("a policy protects {title}")),
                _ => {}
            }
        }
        let (Some(before), Some(after)) = (pairs.before.plan(title), pairs.after.plan(title)) else { continue };
        fields(&before, &after, title, &mut add);
        routes(&before, &after, title, &mut add);
        callers(pairs, &before, &after, title, &mut add);
        if before.others != after.others {
            match after.others {
                Others::Masked => add(
                    Effect::Weaker,
                    format!("unlisted callers of {title} are no longer refused, but get masked responses"),
                ),
                Others::Deny => add(
                    Effect::Stronger,
                    format!("unlisted callers of {title} are refused, and no longer get masked responses"),
                ),
            }
        }
        if before.on_error != after.on_error {
            match after.on_error {
                OnError::Pass => add(Effect::Weaker, format!("responses of {title} that cannot be masked pass")),
                OnError::Block => {
                    add(Effect::Stronger, format!("responses of {title} that cannot be masked no longer pass"))
                }
            }
        }
        rollout(&before, &after, title, &mut add);
        reads(&before, &after, title, &mut add);
        unlisted(&before, &after, title, &mut add);
        detects(&before, &after, title, &mut add);
        for hop in after.trusted_hops.iter().filter(|hop| !before.trusted_hops.contains(hop)) {
            add(Effect::Weaker, format!("{title} believes headers of `{hop}`"));
        }
        for hop in before.trusted_hops.iter().filter(|hop| !after.trusted_hops.contains(hop)) {
            add(Effect::Stronger, format!("{title} no longer believes headers of `{hop}`"));
        }
    }
    changes
}

/// How far it is rolled out, what may be written, and which headers arrive.
fn rollout(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    let effect = |is_stronger: bool| if is_stronger { Effect::Stronger } else { Effect::Weaker };
    if before.stage != after.stage {
        let text = format!("stage of {title}: `{}`, before `{}`", after.stage.name(), before.stage.name());
        add(effect(after.stage > before.stage), text);
    }
    if before.writes != after.writes {
        let refused = after.writes > before.writes;
        let no_longer = if refused { "" } else { "no longer " };
        add(effect(refused), format!("request bodies that carry masks back to {title} are {no_longer}refused"));
    }
    for name in after.headers.keys().filter(|name| !before.headers.contains_key(*name)) {
        add(Effect::Other, format!("response header `{name}` of {title} arrives"));
    }
    for name in before.headers.keys().filter(|name| !after.headers.contains_key(*name)) {
        add(Effect::Other, format!("response header `{name}` of {title} no longer arrives"));
    }
}

/// What is masked wherever it stands.
fn detects(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    let none = Detect::default();
    let (before, after) = (before.detect.as_ref().unwrap_or(&none), after.detect.as_ref().unwrap_or(&none));
    let looks = |detect: &Detect| -> BTreeSet<String> {
        let patterns = detect.patterns.iter().map(|(name, pattern)| format!("pattern `{name}` (`{pattern}`)"));
        detect.find.iter().map(|word| format!("`{word}`")).chain(patterns).collect()
    };
    let (old, new) = (looks(before), looks(after));
    for look in old.difference(&new) {
        add(Effect::Gained, format!("{look} is no longer looked for in responses of {title}"));
    }
    for look in new.difference(&old) {
        add(Effect::Stronger, format!("{look} is looked for in responses of {title}, and masked"));
    }
    for path in after.except.iter().filter(|path| !before.except.contains(path)) {
        add(Effect::Gained, format!("`{path}` of {title} is not looked through"));
    }
    for path in before.except.iter().filter(|path| !after.except.contains(path)) {
        add(Effect::Stronger, format!("`{path}` of {title} is looked through"));
    }
}

/// What becomes of what no path lists.
fn unlisted(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    let word = |unlisted| match unlisted {
        Unlisted::Show => "shown",
        Unlisted::Mask => "masked",
        Unlisted::Refuse => "refused",
    };
    if before.unlisted != after.unlisted {
        let effect = if after.unlisted < before.unlisted { Effect::Gained } else { Effect::Stronger };
        let text =
            format!("what no path of {title} lists is {}, before {}", word(after.unlisted), word(before.unlisted));
        add(effect, text);
    }
    if before.unlisted == Unlisted::Show || after.unlisted == Unlisted::Show {
        return;
    }
    for path in after.shows.iter().filter(|path| !before.shows.contains(path)) {
        add(Effect::Gained, format!("`{path}` of {title} is shown"));
    }
    for path in before.shows.iter().filter(|path| !after.shows.contains(path)) {
        add(Effect::Stronger, format!("`{path}` of {title} is no longer shown"));
    }
}

/// How bodies are read: another way masks the same fields, and more or fewer responses are refused.
fn reads(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    let read = |plan: &Plan, essence: &str| Reads::new(&plan.reads, None).of(essence);
    let mut listed: Vec<&String> = before.reads.keys().chain(after.reads.keys()).collect();
    listed.sort();
    listed.dedup();
    for essence in listed {
        let words = |reading: Option<Reading>| reading.map_or("not read", Reading::name);
        let (old, new) = (read(before, essence), read(after, essence));
        if old != new {
            add(Effect::Other, format!("`{essence}` of {title}: `{}`, before `{}`", words(new), words(old)));
        }
    }
    if before.bad_lines != after.bad_lines {
        match after.bad_lines {
            BadLines::Drop => {
                add(Effect::Other, format!("records of {title} that are not valid are left out, and no longer refused"))
            }
            BadLines::Refuse => {
                add(Effect::Other, format!("records of {title} that are not valid are refused, and no longer left out"))
            }
        }
    }
}

fn fields(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    for old in &before.fields {
        // A field with another name and the same paths is the same field.
        let same_name = |field: &&Field| field.name == old.name;
        let same_paths = |field: &&Field| old.paths.iter().all(|path| field.paths.contains(path));
        let found = after.fields.iter().find(same_name).or_else(|| after.fields.iter().find(same_paths));
        let Some(new) = found else { continue };
        let name = &old.name;
        if old.mask != new.mask {
            let text = format!("mask of `{name}` of {title}: {}", difference(&old.mask, &new.mask));
            match new.mask.strictness().cmp(&old.mask.strictness()) {
                std::cmp::Ordering::Less => add(Effect::Gained, format!("{text}: shows more")),
                std::cmp::Ordering::Equal => add(Effect::Other, text),
                std::cmp::Ordering::Greater => add(Effect::Stronger, format!("{text}: shows less")),
            }
        }
        if old.names != new.names {
            let (effect, how) = match new.names {
                Names::Exact => (Effect::Gained, "exactly, and no longer without case"),
                Names::AnyCase => (Effect::Stronger, "without case"),
            };
            add(effect, format!("names in paths of `{name}` of {title} are compared {how}"));
        }
        if (old.keys, old.inside) != (new.keys, new.inside) {
            add(Effect::Weaker, format!("`{name}` of {title} masks something else of what its paths select"));
        }
        let masked_elsewhere = |path: &String, plan: &Plan| plan.fields.iter().any(|field| field.paths.contains(path));
        for path in old.paths.iter().filter(|path| !masked_elsewhere(path, after)) {
            add(Effect::Gained, format!("`{path}` of {title} is no longer masked (field `{name}`)"));
        }
        for path in new.paths.iter().filter(|path| !masked_elsewhere(path, before)) {
            add(Effect::Stronger, format!("`{path}` of {title} is masked, too (field `{name}`)"));
        }
    }
}

/// `partial` with `keepLast: 6`, before `keepLast: 4`; or the names of two masks.
fn difference(old: &MaskSpec, new: &MaskSpec) -> String {
    let parameters = |mask: &MaskSpec| -> Option<Map<String, Value>> {
        serde_json::to_value(mask).ok()?.as_object()?.get(mask.id())?.as_object().cloned()
    };
    let (Some(before), Some(after), true) = (parameters(old), parameters(new), old.id() == new.id()) else {
        return format!("`{}`, before `{}`", new.id(), old.id());
    };
    let changed = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let changed = one.iter().filter(|(key, value)| other.get(*key) != Some(value));
        changed.map(|(key, value)| format!("`{key}: {value}`")).collect::<Vec<_>>().join(", ")
    };
    format!("`{}` with {}, before {}", new.id(), changed(&after, &before), changed(&before, &after))
}

fn routes(before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    for new in after.routes.iter().filter(|route| !before.routes.contains(route)) {
        match new.masking {
            Masking::Off => add(Effect::Gained, format!("route `{}` of {title} is not masked", new.name)),
            Masking::On => add(Effect::Other, format!("route `{}` of {title} is new or changed", new.name)),
        }
    }
    for old in before.routes.iter().filter(|route| !after.routes.contains(route)) {
        match old.masking {
            Masking::Off => {
                add(Effect::Stronger, format!("route `{}` of {title} is no longer left unmasked", old.name))
            }
            Masking::On => {
                add(Effect::Weaker, format!("route `{}` of {title} no longer has masks of its own", old.name))
            }
        }
    }
}

/// Callers that no workload of the manifests is: what they may see shows nowhere else.
fn callers(pairs: &Pairs<'_>, before: &Plan, after: &Plan, title: &str, add: &mut impl FnMut(Effect, String)) {
    let known: Vec<String> = [pairs.before, pairs.after]
        .iter()
        .flat_map(|side| (0..side.reach.manifests.workloads.len()).filter_map(|at| side.reach.principal(at)))
        .map(|principal| format!("spiffe://{principal}"))
        .collect();
    let is_seen = |caller: &Caller| {
        caller.matches.iter().any(|identity| matches!(identity, Identity::Principal(id) if known.contains(id)))
    };
    // A field that is not in the plan is not masked.
    let sees = |plan: &Plan, callers: &Callers, name: &str, field: &str| {
        let field = plan.fields.iter().position(|known| known.name == field);
        let mut named = (0..).zip(&plan.callers).filter(|(_, caller)| caller.name == name);
        field.is_none_or(|field| named.any(|(caller, _)| callers.sees(caller, field)))
    };
    let (callers_before, callers_after) = (Callers::new(before), Callers::new(after));
    let mut names: Vec<&String> =
        before.callers.iter().chain(&after.callers).filter(|caller| !is_seen(caller)).map(|c| &c.name).collect();
    names.sort();
    names.dedup();
    for name in names {
        for field in &after.fields {
            let seen = [(before, &callers_before), (after, &callers_after)];
            match seen.map(|(plan, callers)| sees(plan, callers, name, &field.name)) {
                [false, true] => add(Effect::Gained, format!("caller `{name}` may see `{}` of {title}", field.name)),
                [true, false] => {
                    add(Effect::Lost, format!("caller `{name}` may no longer see `{}` of {title}", field.name))
                }
                _ => {}
            }
        }
    }
}
