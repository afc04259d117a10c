//! Fields whose paths meet: which decides, which never does, and who therefore sees less than it says.

use std::{cmp::Reverse, collections::BTreeMap};

use meshveil_json::{
    Query,
    relation::{self, Holder},
};
use meshveil_mask::{Container, MaskSpec};
use meshveil_plan::{MemberNames, Sees};
use meshveil_text::{Finding, Severity, Span};

use super::views::Views;
use crate::{Field, Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    // Names and values do not meet.
    let paths: Vec<Path<'_>> = (policy.fields.iter().enumerate())
        .filter(|(_, field)| field.keys == MemberNames::Keep && field.inside.is_none())
        .flat_map(|(number, field)| field.paths.iter().map(move |path| (number, field, path)))
        .map(|(number, field, path)| Path { number, field, query: &path.value, span: path.span })
        .collect();
    let queries: Vec<&Query> = paths.iter().map(|path| path.query).collect();
    let meeting = Meeting { views: Views::new(policy), holders: relation::holders(&queries), paths };
    let overruled = meeting.shadowed(findings);
    meeting.seen_in_vain(findings);
    if !meeting.disagreeing(&queries, &overruled, findings) {
        let message = "paths overlap in too many ways: some fields that disagree may not be reported";
        findings.push(Finding::new(&codes::OVERLAP, policy.name.span, message));
    }
}

/// One path of one field.
struct Path<'p> {
    /// Number of the field.
    number: usize,
    field: &'p Field,
    query: &'p Query,
    span: Span,
}

impl Path<'_> {
    fn name(&self) -> &str {
        &self.field.name.value
    }

    fn mask(&self) -> &MaskSpec {
        &self.field.mask.value
    }
}

struct Meeting<'p> {
    views: Views<'p>,
    paths: Vec<Path<'p>>,
    /// Per path, those that hold all that it selects.
    holders: Vec<Vec<Holder>>,
}

/// A field that a path has to give way to.
struct Stricter {
    winner: usize,
    place: String,
    is_certain: bool,
    /// Other fields that win elsewhere.
    more: Vec<usize>,
}

impl Meeting<'_> {
    /// Paths that never decide anything, each with whether it is one.
    fn shadowed(&self, findings: &mut Vec<Finding>) -> Vec<bool> {
        let mut all = vec![false; self.paths.len()];
        for ((at, path), shadowed) in self.paths.iter().enumerate().zip(&mut all) {
            let Some(holder) = self.holders_of(at).find(|holder| self.hides(holder, at)) else { continue };
            *shadowed = true;
            let Some(other) = self.paths.get(holder.query) else { continue };
            let finding = if other.number == path.number {
                let message = format!("every value of this path is selected by `{}`, too", other.query);
                Finding::new(&codes::SHADOWED, path.span, message).severity(Severity::Note).help("it can be left out")
            } else {
                let how = if holder.inside { "lies in what" } else { "is a value that" };
                let message = format!(
                    "`{}` has no effect here: all of it {how} `{}` masks at least as strictly",
                    path.name(),
                    other.name()
                );
                Finding::new(&codes::SHADOWED, path.span, message).help(format!(
                    "an exception can only hide more: exclude these values from `{}`, or leave this path out",
                    other.name()
                ))
            };
            findings.push(finding.label(other.span, format!("`{}`", other.mask().id())));
        }
        all
    }

    /// Holders that are not the same path.
    fn holders_of(&self, at: usize) -> impl Iterator<Item = &Holder> {
        let is_other = move |holder: &&Holder| {
            self.paths.get(holder.query).zip(self.paths.get(at)).is_some_and(|(other, path)| other.query != path.query)
        };
        self.holders.get(at).into_iter().flatten().filter(is_other)
    }

    /// Whether a holder leaves nothing to decide; of two that are alike the first does.
    fn hides(&self, holder: &Holder, at: usize) -> bool {
        self.overrules(holder, at) && (holder.query < at || !self.is_mutual(holder.query, at))
    }

    fn is_mutual(&self, holder: usize, at: usize) -> bool {
        let back = self.holders.get(holder).into_iter().flatten().find(|back| back.query == at);
        back.is_some_and(|back| self.overrules(back, holder))
    }

    fn overrules(&self, holder: &Holder, at: usize) -> bool {
        let Some((outer, inner)) = self.paths.get(holder.query).zip(self.paths.get(at)) else { return false };
        if outer.number == inner.number {
            return true;
        }
        // A value that is replaced as a whole takes everything inside with it, whatever that has to say.
        let replaces = outer.mask().container() != Container::Leaves;
        ((holder.inside && replaces) || self.views.overrules(outer.number, inner.number))
            && self.views.seen_no_more(outer.number, inner.number)
    }

    /// Fields that a caller sees in clear, but not what they lie in.
    fn seen_in_vain(&self, findings: &mut Vec<Finding>) {
        let mut of_field: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, path) in self.paths.iter().enumerate() {
            of_field.entry(path.number).or_default().push(at);
        }
        for (number, caller) in self.views.callers() {
            let Sees::Fields(names) = &caller.sees else { continue };
            for (name, span) in names.iter().zip(&caller.sees_spans) {
                let Some(field) = self.views.field(name) else { continue };
                let own = of_field.get(&field).map_or(&[][..], Vec::as_slice);
                let masked = |at: usize| {
                    let mut others = self.holders_of(at).filter_map(|holder| self.paths.get(holder.query));
                    others.find(|other| other.number != field && !self.views.sees(number, other.number))
                };
                let hidden: Vec<&Path<'_>> = own.iter().filter_map(|&at| masked(at)).collect();
                let Some(first) = hidden.first() else { continue };
                let (caller, outer) = (&caller.name.value, first.name());
                let (severity, part) =
                    if hidden.len() == own.len() { (Severity::Warning, "all") } else { (Severity::Note, "part") };
                let message = format!(
                    "`{caller}` does not see `{name}` in clear: {part} of it is masked by `{outer}`, which `{caller}` does not see"
                );
                findings.push(
                    Finding::new(&codes::SEEN_IN_VAIN, *span, message)
                        .severity(severity)
                        .label(first.span, format!("`{}`", first.mask().id()))
                        .help(format!("add `{outer}` to what `{caller}` sees, or take `{name}` out")),
                );
            }
        }
    }

    /// Fields that select a value together and say different things about it. `false` where some may be missing.
    fn disagreeing(&self, queries: &[&Query], overruled: &[bool], findings: &mut Vec<Finding>) -> bool {
        let is_overruled = |at: usize| overruled.get(at).copied().unwrap_or_default();
        let mut found: BTreeMap<usize, Stricter> = BTreeMap::new();
        let is_whole = relation::overlaps(queries, |meeting, place| {
            let rank = |at: &&usize| self.paths.get(**at).map(|path| (path.mask().strictness(), Reverse(path.number)));
            let Some((&winner, first)) =
                meeting.iter().max_by_key(rank).and_then(|at| Some((at, self.paths.get(*at)?)))
            else {
                return;
            };
            for &at in meeting {
                let Some(path) = self.paths.get(at) else { continue };
                if is_overruled(at) || is_overruled(winner) || !self.disagree(path, first) {
                    continue;
                }
                let is_certain = [path, first].iter().all(|path| path.query.needs_lookahead().is_none());
                let known = found.entry(at).or_insert_with(|| Stricter {
                    winner,
                    place: place.to_string(),
                    is_certain,
                    more: Vec::new(),
                });
                let is_known = self.paths.get(known.winner).is_some_and(|path| path.number == first.number);
                if !is_known && !known.more.contains(&first.number) && known.more.len() < MORE {
                    known.more.push(first.number);
                }
            }
        });
        for (at, Stricter { winner, place, is_certain, more }) in found {
            let Some((path, winner)) = self.paths.get(at).zip(self.paths.get(winner)) else { continue };
            let may = if is_certain { "" } else { " may" };
            let message = format!("`{}` and `{}` both{may} select `{place}`", path.name(), winner.name());
            let mut help = if winner.mask() == path.mask() {
                String::from("both masks are the same")
            } else {
                format!(
                    "there `{}` of `{}` wins, which is stricter than `{}`",
                    winner.mask().id(),
                    winner.name(),
                    path.mask().id()
                )
            };
            help.push_str("; only callers that see both get it in clear");
            if !more.is_empty() {
                let names = more.iter().filter_map(|&number| self.paths.iter().find(|path| path.number == number));
                let names: Vec<String> = names.map(|path| format!("`{}`", path.name())).collect();
                help.push_str(&format!("; elsewhere {} wins", names.join(", ")));
            }
            findings
                .push(Finding::new(&codes::OVERLAP, path.span, message).label(winner.span, "wins there").help(help));
        }
        is_whole
    }

    /// Whether it matters which of two fields a value belongs to.
    fn disagree(&self, one: &Path<'_>, other: &Path<'_>) -> bool {
        let alike = one.mask() == other.mask() && !one.mask().is_keyed();
        one.number != other.number
            && one.query != other.query
            && (!alike || self.views.seen_by(one.number) != self.views.seen_by(other.number))
    }
}

/// Further fields that one finding names.
const MORE: usize = 3;
