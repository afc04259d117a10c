//! What responses can hold, as a graph: a node for each schema, and for each place of a sample. A schema that is used in many
//! places is one node with many ways in, so that the graph is as large as its sources, however they refer to themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use meshveil_json::query::{Segment, Selector};

use crate::facts::Facts;

/// Nodes that are kept; what lies beyond is left out, and a note says so.
const MOST: usize = 1_000_000;
/// Arrays and maps directly inside each other that are followed.
const DEEPEST: u8 = 6;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    /// The member of this name.
    Name(String),
    /// Any element of an array.
    Items,
    /// Any member: the object is a map.
    Any,
}

impl Step {
    fn selector(&self) -> Selector {
        match self {
            Self::Name(name) => Selector::Name(name.clone()),
            Self::Items | Self::Any => Selector::Wildcard,
        }
    }
}

/// The query that selects these steps, from the root or from anywhere.
pub(crate) fn query(steps: &[Step], anywhere: bool) -> String {
    let mut text = String::from("$");
    for (at, step) in steps.iter().enumerate() {
        let descendant = anywhere && at == 0;
        let segment = Segment { descendant, selectors: vec![step.selector()] };
        // Elements, and members of maps, are written `[*]`.
        text.push_str(&if matches!(step, Step::Items | Step::Any) && !descendant {
            "[*]".to_owned()
        } else {
            segment.to_string()
        });
    }
    text
}

/// Index of a node.
pub(crate) type Id = usize;

/// A schema, or a place of a sample.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Names of the schema, and of those that it is written inside.
    pub(crate) titles: BTreeSet<String>,
    pub(crate) facts: Facts,
    pub(crate) edges: BTreeMap<Step, Id>,
    /// Schemas that hold at the same place (`allOf`, `$ref`, ...), and whether each is written inside this one.
    pub(crate) parts: Vec<(Id, bool)>,
    /// A place of a sample that schemas describe, too: it is told there.
    pub(crate) is_shadow: bool,
}

/// Where documents begin.
#[derive(Debug)]
pub(crate) struct Root {
    /// `GET /customers/{id}`; empty for a sample.
    pub(crate) title: String,
    pub(crate) node: Id,
}

/// Everything that sources say.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    pub(crate) roots: Vec<Root>,
    /// Whether something was left out.
    pub(crate) full: bool,
}

impl Graph {
    /// A new node.
    pub(crate) fn add(&mut self) -> Id {
        if self.nodes.len() >= MOST {
            self.full = true;
            return self.nodes.len().saturating_sub(1);
        }
        self.nodes.push(Node::default());
        self.nodes.len().saturating_sub(1)
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub(crate) fn at(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    /// The node one step down; a new one where there is none.
    pub(crate) fn child(&mut self, id: Id, step: &Step) -> Id {
        if let Some(known) = self.get(id).and_then(|node| node.edges.get(step)) {
            return *known;
        }
        let child = self.add();
        self.link(id, step.clone(), child);
        child
    }

    /// One step down leads to a node. Where one is known already, both stand there.
    pub(crate) fn link(&mut self, id: Id, step: Step, child: Id) {
        let Some(node) = self.at(id) else { return };
        match node.edges.get(&step).copied() {
            Some(known) if known != child => {
                let both = self.add();
                self.part(both, known, true);
                self.part(both, child, true);
                if let Some(node) = self.at(id) {
                    node.edges.insert(step, both);
                }
            }
            Some(_) => {}
            None => {
                node.edges.insert(step, child);
            }
        }
    }

    /// A schema that holds at the same place.
    pub(crate) fn part(&mut self, id: Id, part: Id, is_inside: bool) {
        if let Some(node) = self.at(id).filter(|node| id != part && !node.parts.contains(&(part, is_inside))) {
            node.parts.push((part, is_inside));
        }
    }

    /// A node with everything that holds at its place.
    pub(crate) fn closure(&self, id: Id) -> Vec<Id> {
        self.reach(id, false)
    }

    /// The same, and the elements of arrays there: what is said of them is said of the array.
    pub(crate) fn with_items(&self, id: Id) -> Vec<Id> {
        self.reach(id, true)
    }

    fn reach(&self, id: Id, items: bool) -> Vec<Id> {
        let mut found = vec![id];
        let mut known = HashSet::from([id]);
        let mut at = 0;
        while let Some(node) = found.get(at).and_then(|id| self.get(*id)) {
            at += 1;
            let parts = node.parts.iter().map(|(part, _)| *part);
            let items = node.edges.get(&Step::Items).copied().filter(|_| items);
            found.extend(parts.chain(items).filter(|next| known.insert(*next)));
        }
        found
    }

    /// Every node that is reached from one.
    pub(crate) fn reached(&self, id: Id) -> HashSet<Id> {
        let mut known = HashSet::from([id]);
        let mut open = vec![id];
        while let Some(node) = open.pop().and_then(|id| self.get(id)) {
            let next = node.parts.iter().map(|(part, _)| *part).chain(node.edges.values().copied());
            open.extend(next.filter(|next| known.insert(*next)));
        }
        known
    }

    /// The node that says what stands at a place, where others only refer to it.
    pub(crate) fn referred(&self, mut id: Id) -> Id {
        for _ in 0..32 {
            match self.get(id).filter(|node| node.edges.is_empty()).map(|node| node.parts.as_slice()) {
                Some([(part, false)]) => id = *part,
                _ => break,
            }
        }
        id
    }

    /// What is known of a place.
    pub(crate) fn facts(&self, id: Id) -> Facts {
        let mut all = Facts::default();
        let own: HashSet<Id> = self.closure(id).into_iter().collect();
        for node in self.with_items(id) {
            let Some(facts) = self.get(node).map(|node| &node.facts) else { continue };
            all.absorb(facts);
            all.shapes.list |= !own.contains(&node);
        }
        all
    }

    /// Names of schemas hold for what is written inside them.
    pub(crate) fn share_titles(&mut self) {
        let mut open: Vec<Id> = (0..self.nodes.len()).collect();
        while let Some(id) = open.pop() {
            let Some(node) = self.get(id).filter(|node| !node.titles.is_empty()) else { continue };
            let titles = node.titles.clone();
            let items = node.edges.get(&Step::Items).copied();
            let inside: Vec<Id> =
                node.parts.iter().filter(|(_, is_inside)| *is_inside).map(|(id, _)| *id).chain(items).collect();
            for id in inside {
                let Some(node) = self.at(id) else { continue };
                let is_named = node.is_named();
                if !is_named && !titles.is_subset(&node.titles) {
                    node.titles.extend(titles.iter().cloned());
                    open.push(id);
                }
            }
        }
    }
}

impl Node {
    /// Whether a name of its own is known: it takes none of others.
    fn is_named(&self) -> bool {
        self.facts.is_named
    }
}

/// What a node is reached by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Holder {
    /// The last name before it; none at the top of a document.
    pub(crate) name: Option<String>,
    /// Arrays and maps after that name.
    pub(crate) wild: u8,
}

impl Holder {
    /// Its steps.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let wild = std::iter::repeat_n(Step::Items, usize::from(self.wild));
        self.name.iter().cloned().map(Step::Name).chain(wild).collect()
    }
}

/// How each node is reached.
#[derive(Debug)]
pub(crate) struct Ways {
    /// By node: the holders, and for each the nodes whose member it is.
    pub(crate) holders: Vec<BTreeMap<Holder, BTreeSet<Id>>>,
    /// By node: the node before it and the step, on a shortest way from a root.
    before: Vec<Option<(Id, Option<Step>)>>,
    /// By node: the first roots from which it is reached, and how many there are.
    roots: Vec<(Vec<usize>, usize)>,
    /// The same, of the roots whose documents it stands at the top of.
    tops: HashMap<Id, (Vec<usize>, usize)>,
}

/// Roots of a node that are named.
const SHOWN: usize = 3;
/// Steps that are taken to find them.
const BUDGET: usize = 30_000_000;

impl Ways {
    pub(crate) fn of(graph: &Graph) -> Self {
        let mut ways = Self {
            holders: vec![BTreeMap::new(); graph.len()],
            before: vec![None; graph.len()],
            roots: vec![(Vec::new(), 0); graph.len()],
            tops: HashMap::new(),
        };
        ways.find_holders(graph);
        ways.find_shortest(graph);
        ways.find_roots(graph);
        ways.find_tops(graph);
        ways
    }

    fn find_holders(&mut self, graph: &Graph) {
        let mut open: Vec<(Id, Holder, Option<Id>)> =
            graph.roots.iter().map(|root| (root.node, Holder { name: None, wild: 0 }, None)).collect();
        for id in 0..graph.len() {
            let Some(node) = graph.get(id) else { continue };
            for (step, child) in &node.edges {
                if let Step::Name(name) = step {
                    open.push((*child, Holder { name: Some(name.clone()), wild: 0 }, Some(id)));
                }
            }
        }
        while let Some((id, holder, source)) = open.pop() {
            let Some(known) = self.holders.get_mut(id) else { continue };
            let is_new = !known.contains_key(&holder);
            let sources = known.entry(holder.clone()).or_default();
            let is_new = source.map_or(is_new, |source| sources.insert(source));
            if !is_new {
                continue;
            }
            let Some(node) = graph.get(id) else { continue };
            open.extend(node.parts.iter().map(|(part, _)| (*part, holder.clone(), source)));
            for step in [Step::Items, Step::Any] {
                if let Some(child) = node.edges.get(&step).filter(|_| holder.wild < DEEPEST) {
                    open.push((*child, Holder { wild: holder.wild + 1, ..holder.clone() }, source));
                }
            }
        }
    }

    fn find_shortest(&mut self, graph: &Graph) {
        let mut known: HashSet<Id> = graph.roots.iter().map(|root| root.node).collect();
        let mut open: std::collections::VecDeque<Id> = graph.roots.iter().map(|root| root.node).collect();
        while let Some(id) = open.pop_front() {
            let Some(node) = graph.get(id) else { continue };
            let parts = node.parts.iter().map(|(part, _)| (*part, None));
            let edges = node.edges.iter().map(|(step, child)| (*child, Some(step.clone())));
            for (next, step) in parts.chain(edges) {
                if known.insert(next) {
                    if let Some(before) = self.before.get_mut(next) {
                        *before = Some((id, step));
                    }
                    open.push_back(next);
                }
            }
        }
    }

    fn find_roots(&mut self, graph: &Graph) {
        let mut budget = BUDGET;
        let mut last = vec![usize::MAX; graph.len()];
        // Roots of one node are reached the same way.
        let mut by_node: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (number, root) in graph.roots.iter().enumerate().filter(|(_, root)| !root.title.is_empty()) {
            by_node.entry(root.node).or_default().push(number);
        }
        let mut order: Vec<(Id, Vec<usize>)> = by_node.into_iter().collect();
        order.sort_by(|left, right| left.1.cmp(&right.1));
        for (root, numbers) in order {
            let mut open = vec![root];
            while let Some(id) = open.pop() {
                let Some(seen) = last.get_mut(id).filter(|seen| **seen != root) else { continue };
                *seen = root;
                budget = budget.saturating_sub(1);
                if let Some((first, count)) = self.roots.get_mut(id) {
                    *count += numbers.len();
                    let left = SHOWN.saturating_sub(first.len());
                    first.extend(numbers.iter().take(left));
                }
                let Some(node) = graph.get(id) else { continue };
                open.extend(node.parts.iter().map(|(part, _)| *part).chain(node.edges.values().copied()));
            }
            if budget == 0 {
                return;
            }
        }
    }

    fn find_tops(&mut self, graph: &Graph) {
        for (number, root) in graph.roots.iter().enumerate().filter(|(_, root)| !root.title.is_empty()) {
            let mut open = vec![root.node];
            let mut known = HashSet::from([root.node]);
            while let Some(id) = open.pop() {
                let (first, count) = self.tops.entry(id).or_default();
                *count += 1;
                if first.len() < SHOWN {
                    first.push(number);
                }
                let Some(node) = graph.get(id) else { continue };
                let wild = [Step::Items, Step::Any].into_iter().filter_map(|step| node.edges.get(&step).copied());
                let next = node.parts.iter().map(|(part, _)| *part).chain(wild);
                open.extend(next.filter(|next| known.insert(*next)));
            }
        }
    }

    /// The first roots whose documents a node stands at the top of, and how many there are.
    pub(crate) fn tops(&self, id: Id) -> (&[usize], usize) {
        self.tops.get(&id).map_or((&[], 0), |(first, count)| (first, *count))
    }

    /// Steps of a shortest way from a root.
    pub(crate) fn path(&self, mut id: Id) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some((before, step)) = self.before.get(id).cloned().flatten() {
            steps.extend(step);
            id = before;
        }
        steps.reverse();
        steps
    }

    /// The first roots from which a node is reached, and how many there are.
    pub(crate) fn roots(&self, id: Id) -> (&[usize], usize) {
        self.roots.get(id).map_or((&[], 0), |(first, count)| (first, *count))
    }
}

/// Nodes by something, such as the address of a schema.
pub(crate) type Index<K> = HashMap<K, Id>;
