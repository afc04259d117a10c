//! From places to fields: the shortest path that selects what looks sensitive and nothing that does not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use meshveil_detect::dictionary::{KINDS, NOT_TEXT};
use meshveil_json::Query;

use crate::{
    graph::{self, Graph, Holder, Id, Step, Ways},
    judge::{Judge, Spot, Verdict, Why},
};

/// A place that evidence is told of.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Steps of a shortest way from a root.
    pub(crate) steps: Vec<Step>,
    /// What the holder is a member of; none at the top of documents.
    pub(crate) source: Option<Id>,
    /// What the member is one of.
    pub(crate) node: Id,
    /// The member.
    pub(crate) child: Id,
}

/// A path of a field.
#[derive(Debug)]
pub(crate) struct Path {
    /// The query.
    pub(crate) query: String,
    /// Why, for the places below.
    pub(crate) why: BTreeSet<Why>,
    /// The places it was proposed for, in order.
    pub(crate) places: Vec<Place>,
    /// What it also selects although it did not look sensitive.
    pub(crate) also: Vec<Place>,
}

/// A field of the policy.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name, unique.
    pub(crate) name: String,
    /// What it is.
    pub(crate) what: &'static str,
    /// The paths, in order.
    pub(crate) paths: Vec<Path>,
    /// The mask, as YAML.
    pub(crate) mask: &'static str,
}

/// Something that is not proposed.
#[derive(Debug)]
pub(crate) struct Open {
    /// The query that would select it.
    pub(crate) query: String,
    /// The field it would be.
    pub(crate) field: &'static str,
    /// What it may be.
    pub(crate) what: &'static str,
    /// Why people have to decide, or why nothing is proposed.
    pub(crate) reason: String,
    pub(crate) places: Vec<Place>,
    /// Other things that the query would select.
    pub(crate) also: Vec<Place>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Proposal {
    /// The fields, strictest kinds first.
    pub(crate) fields: Vec<Field>,
    /// What is sensitive and has no path of its own: people have to decide.
    pub(crate) undecided: Vec<Open>,
    /// What may tell of a person, or not.
    pub(crate) ask: Vec<Open>,
    /// What was looked at, as its name says something, and is not proposed.
    pub(crate) passed: Vec<Open>,
    /// What is sensitive and has no path: where it is.
    pub(crate) left_out: Vec<String>,
    /// Whether names of members at the top of samples look like values, and like what.
    pub(crate) root_names: Option<&'static str>,
}

/// One member, in one holder.
struct Judged<'w> {
    holder: &'w Holder,
    sources: &'w BTreeSet<Id>,
    node: Id,
    step: Step,
    child: Id,
    verdict: Verdict,
    /// Part of something that is masked as a whole.
    covered: bool,
}

impl Judged<'_> {
    /// Steps from the holder on.
    fn steps(&self) -> Vec<Step> {
        let mut steps = self.holder.steps();
        steps.push(self.step.clone());
        steps
    }

    fn is_clear(&self) -> bool {
        !self.covered && !matches!(self.verdict, Verdict::Field(..))
    }
}

/// Steps as a query tells them apart: arrays and maps are the same.
fn key(steps: &[Step]) -> String {
    graph::query(steps, true)
}

/// Fields for all places that look sensitive. Keyed masks are proposed where there is a key.
pub(crate) fn fields(graph: &Graph, ways: &Ways, has_key: bool) -> Proposal {
    let judged = judged(graph, ways, has_key);
    let mut by_name: HashMap<&Step, Vec<usize>> = HashMap::new();
    let mut by_holder: HashMap<(&Holder, &Step), Vec<usize>> = HashMap::new();
    for (at, place) in judged.iter().enumerate() {
        by_name.entry(&place.step).or_default().push(at);
        by_holder.entry((place.holder, &place.step)).or_default().push(at);
    }
    let told = Told { ways, judged: &judged };
    let mut proposal = Proposal { root_names: root_names(graph), ..Proposal::default() };
    let mut groups: BTreeMap<(usize, bool, &'static str), BTreeMap<String, Path>> = BTreeMap::new();
    let mut opens: BTreeMap<(u8, String), Open> = BTreeMap::new();
    for place in judged.iter().filter(|place| !place.covered) {
        let alike =
            |steps: &[usize]| steps.iter().all(|at| judged.get(*at).is_some_and(|other| told.agrees(place, other)));
        let same_name = by_name.get(&place.step).map_or(&[][..], Vec::as_slice);
        let same_holder = by_holder.get(&(place.holder, &place.step)).map_or(&[][..], Vec::as_slice);
        let (kind, mask, why) = match &place.verdict {
            Verdict::Clear => continue,
            Verdict::Ask(kind, _) | Verdict::Passed(kind, _) => {
                let (rank, reason) = match &place.verdict {
                    Verdict::Passed(_, reason) => (2, (*reason).to_owned()),
                    Verdict::Ask(_, why) if *why == Why::Described => (1, "its description says so".to_owned()),
                    _ => (1, "by its name".to_owned()),
                };
                let (field, what) = KINDS.get(*kind).map_or(("", ""), |kind| (kind.id, kind.what));
                let all: Vec<Step> =
                    if matches!(place.step, Step::Name(_)) { vec![place.step.clone()] } else { place.steps() };
                let query = key(&all);
                let open = opens.entry((rank, query.clone())).or_insert_with(|| Open {
                    query,
                    field,
                    what,
                    reason,
                    places: Vec::new(),
                    also: Vec::new(),
                });
                told.add(&mut open.places, place);
                continue;
            }
            Verdict::Field(kind, mask, why) => (*kind, *mask, why),
        };
        let has_own_name = matches!(place.step, Step::Name(_)) && why.is_own();
        let mut also: Vec<Place> = Vec::new();
        let queries = if has_own_name && alike(same_name) {
            vec![key(std::slice::from_ref(&place.step))]
        } else if place.holder.name.is_none() {
            // At the top of documents: of these all that have this name.
            let others = same_holder.iter().filter_map(|at| judged.get(*at)).filter(|other| other.is_clear());
            others.for_each(|other| told.add(&mut also, other));
            vec![graph::query(&place.steps(), false)]
        } else if alike(same_holder) {
            vec![key(&place.steps())]
        } else {
            told.longer(place, same_holder, &mut also)
        };
        for query in queries {
            if Query::parse(&query).is_err() {
                proposal.left_out.push(query);
                continue;
            }
            if !also.is_empty() && !why.is_worth_others() {
                let (field, what) = KINDS.get(kind).map_or(("", ""), |kind| (kind.id, kind.what));
                let (reason, also) = (reason(why), also.clone());
                let open = opens.entry((0, query.clone()));
                told.add(
                    &mut open.or_insert_with(|| Open { query, field, what, reason, places: Vec::new(), also }).places,
                    place,
                );
                continue;
            }
            let group = groups.entry((kind, mask == NOT_TEXT, mask)).or_default();
            let path = group.entry(query.clone());
            let path =
                path.or_insert_with(|| Path { query, why: BTreeSet::new(), places: Vec::new(), also: Vec::new() });
            path.why.insert(why.clone());
            told.add(&mut path.places, place);
            if path.also.is_empty() {
                path.also.clone_from(&also);
            }
        }
    }
    for ((rank, _), open) in opens {
        match rank {
            0 => proposal.undecided.push(open),
            1 => proposal.ask.push(open),
            _ => proposal.passed.push(open),
        }
    }
    add_annotations(graph, &mut groups);
    let mut names = BTreeSet::new();
    for ((kind, _, mask), paths) in groups {
        let Some(kind) = KINDS.get(kind) else { continue };
        let mut name = kind.id.to_owned();
        let mut count = 1;
        while !names.insert(name.clone()) {
            count += 1;
            name = format!("{}-{count}", kind.id);
        }
        let mut paths: Vec<Path> = paths.into_values().collect();
        for path in &mut paths {
            path.places.sort_by(|left, right| left.steps.cmp(&right.steps));
        }
        proposal.fields.push(Field { name, what: kind.what, paths, mask });
    }
    proposal
}

/// The annotation that holds a copy of what `kubectl apply` was given: of a Secret, its data.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn add_annotations(graph: &Graph, groups: &mut BTreeMap<(usize, bool, &'static str), BTreeMap<String, Path>>) {
    let is_secret = groups.values().flat_map(|paths| paths.values()).any(|path| path.why.contains(&Why::Secret));
    let annotations = Step::Name("annotations".to_owned());
    let has_annotations =
        (0..graph.len()).any(|id| graph.get(id).is_some_and(|node| node.edges.contains_key(&annotations)));
    let Some(kind) = KINDS.iter().position(|kind| kind.id == "inside").filter(|_| is_secret && has_annotations) else {
        return;
    };
    let query = key(&[Step::Name(LAST_APPLIED.to_owned())]);
    if groups.values().any(|paths| paths.contains_key(&query)) {
        return;
    }
    let group = groups.entry((kind, false, "redact")).or_default();
    group.entry(query.clone()).or_insert_with(|| Path {
        query,
        why: BTreeSet::from([Why::Secret]),
        places: Vec::new(),
        also: Vec::new(),
    });
}

fn root_names(graph: &Graph) -> Option<&'static str> {
    let tops = graph.roots.iter().flat_map(|root| graph.closure(root.node));
    tops.filter_map(|id| graph.get(id)?.facts.names_like.keys().next().copied()).next()
}

/// Why, in words.
pub(crate) fn reason(why: &Why) -> String {
    match why {
        Why::Mark(mark) => format!("the schema says `{mark}`"),
        Why::Name => "by its name".to_owned(),
        Why::Context(context) => format!("by its name, in `{}`", crate::shown(context)),
        Why::Format(format) => format!("the schema says `format: {}`", crate::shown(format)),
        Why::Values(what) => format!("values in samples look like {what}"),
        Why::Names(what) => format!("names of its members look like {what}, so that nothing of it may stay"),
        Why::Example(what) => format!("an example or a pattern of the schema looks like {what}"),
        Why::Described => "by the description of the schema".to_owned(),
        Why::Beside => "in samples what stands beside it names sensitive fields".to_owned(),
        Why::Inside => "texts in samples hold JSON with sensitive members".to_owned(),
        Why::Secret => "in a Secret".to_owned(),
    }
}

struct Told<'t> {
    ways: &'t Ways,
    judged: &'t [Judged<'t>],
}

/// Places of a path that are kept, for comments and counts.
const KEPT: usize = 200;

impl Told<'_> {
    /// Whether one path may stand for both.
    fn agrees(&self, place: &Judged<'_>, other: &Judged<'_>) -> bool {
        match (&place.verdict, &other.verdict) {
            _ if other.covered => true,
            (Verdict::Field(kind, mask, _), Verdict::Field(other_kind, other_mask, _)) => {
                kind == other_kind && mask == other_mask
            }
            _ => false,
        }
    }

    fn add(&self, places: &mut Vec<Place>, place: &Judged<'_>) {
        if places.len() >= KEPT {
            return;
        }
        let mut sources: Vec<Option<Id>> = place.sources.iter().take(8).copied().map(Some).collect();
        if sources.is_empty() {
            sources.push(None);
        }
        for source in sources {
            let mut steps = source.map(|source| self.ways.path(source)).unwrap_or_default();
            steps.extend(place.steps());
            if !places.iter().any(|known| known.steps == steps && known.node == place.node) {
                places.push(Place { steps, source, node: place.node, child: place.child });
            }
        }
    }

    /// Paths with one more holder, where these tell the place from others; else one path, and what it also selects.
    fn longer(&self, place: &Judged<'_>, same: &[usize], also: &mut Vec<Place>) -> Vec<String> {
        let holders_of = |place: &Judged<'_>| -> BTreeSet<Holder> {
            let sources = place.sources.iter().filter_map(|source| self.ways.holders.get(*source));
            sources.flat_map(|holders| holders.keys().cloned()).collect()
        };
        let others: Vec<&Judged<'_>> =
            same.iter().filter_map(|at| self.judged.get(*at)).filter(|other| other.is_clear()).collect();
        let taken: BTreeSet<Holder> = others.iter().flat_map(|other| holders_of(other)).collect();
        let own = holders_of(place);
        if !others.is_empty() && !own.is_empty() && own.is_disjoint(&taken) {
            let longer = own.iter().map(|holder| (holder, [holder.steps(), place.steps()].concat()));
            return longer.map(|(holder, steps)| graph::query(&steps, holder.name.is_some())).collect();
        }
        others.iter().for_each(|other| self.add(also, other));
        vec![key(&place.steps())]
    }
}

fn judged<'w>(graph: &Graph, ways: &'w Ways, has_key: bool) -> Vec<Judged<'w>> {
    let mut judge = Judge::new(graph, has_key);
    let mut judged = Vec::new();
    for (id, holders) in ways.holders.iter().enumerate() {
        let Some(node) = graph.get(id) else { continue };
        for (step, child) in &node.edges {
            // Elements are part of their array, and entries of a map are told by the map.
            let is_shadow = graph.get(*child).is_none_or(|child| child.is_shadow);
            if *step == Step::Items || is_shadow && node.is_shadow {
                continue;
            }
            for (holder, sources) in holders {
                let spot = Spot { holder, sources, node: id, step, child: *child };
                let verdict = judge.judge(spot);
                let needs_name = holder.name.is_none() && *step == Step::Any && verdict == Verdict::Clear;
                if !needs_name {
                    judged.push(Judged {
                        holder,
                        sources,
                        node: id,
                        step: step.clone(),
                        child: *child,
                        verdict,
                        covered: false,
                    });
                }
            }
        }
    }
    cover(ways, &mut judged);
    judged.sort_by(|left, right| (left.holder, &left.step, left.node).cmp(&(right.holder, &right.step, right.node)));
    judged
}

/// The most rounds in which what is inside what is masked as a whole is found.
const ROUNDS: usize = 8;

/// Finds what lies inside something that is masked as a whole, wherever it is reached.
fn cover(ways: &Ways, judged: &mut [Judged<'_>]) {
    // Holders by the node they are a member of: whether the whole is masked.
    let mut whole: HashMap<(Id, String, Holder), bool> = HashMap::new();
    for _ in 0..ROUNDS {
        let mut next: HashMap<(Id, String, Holder), bool> = HashMap::new();
        for place in judged.iter() {
            let Step::Name(name) = &place.step else { continue };
            let is_whole = place.covered || matches!(place.verdict, Verdict::Field(_, NOT_TEXT, _));
            next.insert((place.node, name.clone(), place.holder.clone()), is_whole);
        }
        if next == whole {
            return;
        }
        whole = next;
        for place in judged.iter_mut() {
            let Some(name) = &place.holder.name else { continue };
            let covers = |source: &Id| {
                let holders = ways.holders.get(*source).into_iter().flat_map(BTreeMap::keys);
                let mut all = holders
                    .map(|holder| whole.get(&(*source, name.clone(), holder.clone())).copied().unwrap_or_default())
                    .peekable();
                all.peek().is_some() && all.all(|covered| covered)
            };
            place.covered = !place.sources.is_empty() && place.sources.iter().all(covers);
        }
    }
}
