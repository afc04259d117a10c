//! Rules applied to a tree.

use meshveil_engine::{
    Keys, Limits, Rule,
    mask::{Container, Leaf, Mask},
    query::{Segment, Selector, slice_selects, test},
    tape::{Document, NodeId, Tape, decode},
};

use crate::tree::{self, Kind, Node};

/// Rules in the order in which they were given.
#[derive(Debug)]
pub struct Masker {
    rules: Vec<(Rule, Box<dyn Mask>)>,
    limits: Limits,
}

/// A masked document.
#[derive(Debug, PartialEq, Eq)]
pub struct Masked {
    /// The text.
    pub text: Vec<u8>,
    /// Values masked per rule.
    pub counts: Vec<u64>,
}

/// The rule that wins on a node: strictness, then the one written first.
type Winner = Option<(u32, std::cmp::Reverse<usize>)>;

impl Masker {
    /// Compiles rules.
    ///
    /// # Panics
    /// When a mask cannot be compiled.
    #[must_use]
    #[expect(clippy::expect_used, reason = "only tests come here")]
    pub fn new(rules: Vec<Rule>, keys: &Keys, limits: Limits) -> Self {
        let compile = |rule: Rule| {
            let mask = rule.mask.compile(&rule.id, keys).expect("a mask that compiles");
            (rule, mask)
        };
        Self { rules: rules.into_iter().map(compile).collect(), limits }
    }

    /// Masks a document; `None` when it is no JSON.
    #[must_use]
    pub fn mask(&self, text: &str) -> Option<Masked> {
        let root = tree::read(text)?;
        let mut tape = Tape::new();
        tape.read(text.as_bytes()).ok()?;
        let mut painter = Painter {
            masker: self,
            text,
            winners: vec![None; tape.over(text.as_bytes()).len()],
            out: Vec::new(),
            counts: vec![0; self.rules.len()],
        };
        for (index, (rule, mask)) in self.rules.iter().enumerate() {
            let selection = Selection { text, document: tape.over(text.as_bytes()) };
            let mut selected = Vec::new();
            selection.walk(&rule.query.segments, &root, 0, &mut selected);
            let winner = Some((rule.mask.strictness(), std::cmp::Reverse(index)));
            for node in selected {
                if let Some(slot) = painter.winners.get_mut(node) {
                    *slot = (*slot).max(winner);
                }
            }
            let _ = mask;
        }
        painter.copy(0..root.span.start);
        painter.value(&root, 0, None, true);
        painter.copy(root.span.end..text.len());
        Some(Masked { text: painter.out, counts: painter.counts })
    }
}

/// Nodes in a subtree, itself included.
fn size(node: &Node) -> usize {
    1 + node.children.iter().map(size).sum::<usize>()
}

/// The children of a node with their numbers in the order of the text.
fn numbered(node: &Node, number: usize) -> Vec<(usize, &Node)> {
    let mut next = number + 1;
    let numbered = |child| {
        let number = next;
        next += size(child);
        (number, child)
    };
    node.children.iter().map(numbered).collect()
}

struct Selection<'t> {
    text: &'t str,
    document: Document<'t>,
}

impl Selection<'_> {
    /// Numbers of the nodes that the rest of a query selects from `node`.
    fn walk(&self, segments: &[Segment], node: &Node, number: usize, selected: &mut Vec<usize>) {
        let Some((segment, rest)) = segments.split_first() else {
            selected.push(number);
            return;
        };
        let length = node.children.len() as u64;
        for (index, (child_number, child)) in numbered(node, number).into_iter().enumerate() {
            let is = |selector: &Selector| self.selects(selector, node, index as u64, length, child, child_number);
            if segment.selectors.iter().any(is) {
                self.walk(rest, child, child_number, selected);
            }
            if segment.descendant {
                self.walk(segments, child, child_number, selected);
            }
        }
    }

    fn selects(&self, selector: &Selector, node: &Node, index: u64, length: u64, child: &Node, number: usize) -> bool {
        let is_array = node.kind == Kind::Array;
        match selector {
            Selector::Wildcard => true,
            Selector::Name(name) => child
                .key
                .clone()
                .and_then(|key| decode(self.text.as_bytes().get(key)?))
                .is_some_and(|key| key == name.as_str()),
            Selector::Index(wanted) if *wanted >= 0 => is_array && wanted.unsigned_abs() == index,
            Selector::Index(wanted) => is_array && index + wanted.unsigned_abs() == length,
            Selector::Slice { start, end, step } => {
                is_array && slice_selects(*start, *end, *step, Some(length), index) == Some(true)
            }
            Selector::Filter(filter) => {
                let current = NodeId::at(u32::try_from(number).unwrap_or(u32::MAX));
                test(filter, self.document, NodeId::ROOT, current, &mut u64::MAX.clone()).unwrap_or(true)
            }
        }
    }
}

struct Painter<'m> {
    masker: &'m Masker,
    text: &'m str,
    winners: Vec<Winner>,
    out: Vec<u8>,
    counts: Vec<u64>,
}

impl Painter<'_> {
    fn copy(&mut self, range: std::ops::Range<usize>) {
        self.out.extend_from_slice(self.text.as_bytes().get(range).unwrap_or_default());
    }

    fn winner(&self, number: usize, inherited: Winner) -> Winner {
        self.winners.get(number).copied().flatten().max(inherited)
    }

    fn container(&self, winner: Winner) -> Option<Container> {
        let (_, std::cmp::Reverse(rule)) = winner?;
        self.masker.rules.get(rule).map(|(_, mask)| mask.container())
    }

    fn count(&mut self, winner: Winner) {
        if let Some((_, std::cmp::Reverse(rule))) = winner
            && let Some(count) = self.counts.get_mut(rule)
        {
            *count += 1;
        }
    }

    fn value(&mut self, node: &Node, number: usize, inherited: Winner, is_root: bool) {
        let winner = self.winner(number, inherited);
        let is_container = matches!(node.kind, Kind::Array | Kind::Object);
        match self.container(winner) {
            Some(Container::Drop) => {
                // Only the root gets here: others disappear with their separator.
                debug_assert!(is_root);
                self.out.extend_from_slice(b"null");
                self.count(winner);
            }
            Some(Container::Whole) if is_container => self.replace(winner, |mask, out| mask.whole(out)),
            Some(_) if !is_container => self.leaf(node, winner),
            _ if is_container => self.children(node, number, winner),
            _ => self.copy(node.span.clone()),
        }
    }

    fn replace(&mut self, winner: Winner, write: impl Fn(&dyn Mask, &mut Vec<u8>)) {
        if let Some((_, std::cmp::Reverse(rule))) = winner
            && let Some((_, mask)) = self.masker.rules.get(rule)
        {
            write(&**mask, &mut self.out);
        }
        self.count(winner);
    }

    fn leaf(&mut self, node: &Node, winner: Winner) {
        let (text, limit) = (self.text, self.masker.limits.value);
        let inside = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        let leaf = match node.kind {
            Kind::String => Leaf::String(inside(node.span.start + 1..node.span.end - 1)),
            Kind::Number => Leaf::Number(inside(node.span.clone())),
            Kind::Bool(value) => Leaf::Boolean(value),
            _ => Leaf::Null,
        };
        self.replace(winner, |mask, out| match leaf {
            Leaf::String(text) | Leaf::Number(text) if mask.needs_text() && text.len() > limit => mask.whole(out),
            leaf => mask.leaf(leaf, out),
        });
    }

    /// Each child goes with what stands before it, from its comma on; of the children that stay the first has no comma.
    fn children(&mut self, node: &Node, number: usize, inherited: Winner) {
        self.copy(node.span.start..node.span.start + 1);
        let mut end = node.span.start + 1;
        let mut is_first = true;
        for (number, child) in numbered(node, number) {
            let from = child.comma.unwrap_or(end);
            self.copy(end..from);
            let winner = self.winner(number, inherited);
            if self.container(winner) == Some(Container::Drop) {
                self.count(winner);
            } else {
                let from = if is_first && child.comma.is_some() { from + 1 } else { from };
                self.copy(from..child.span.start);
                self.value(child, number, inherited, false);
                is_first = false;
            }
            end = child.span.end;
        }
        self.copy(end..node.span.end);
    }
}
