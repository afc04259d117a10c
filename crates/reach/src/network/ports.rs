//! Sets of ports as intervals per protocol, kept once each.

use std::collections::HashMap;
use std::fmt;

use meshveil_objects::kinds::port::Protocol;

/// Ports of all three protocols. Intervals are sorted and do not touch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct PortSet {
    tcp: Vec<(u16, u16)>,
    udp: Vec<(u16, u16)>,
    sctp: Vec<(u16, u16)>,
}

impl PortSet {
    /// Every port of every protocol.
    #[must_use]
    pub fn all() -> Self {
        let every = || vec![(1, u16::MAX)];
        Self { tcp: every(), udp: every(), sctp: every() }
    }

    /// One interval, both ends included.
    #[must_use]
    pub fn interval(protocol: Protocol, first: u16, last: u16) -> Self {
        let mut set = Self::default();
        set.add(protocol, first, last);
        set
    }

    /// The intervals of a protocol.
    #[must_use]
    pub fn intervals(&self, protocol: Protocol) -> &[(u16, u16)] {
        match protocol {
            Protocol::Tcp => &self.tcp,
            Protocol::Udp => &self.udp,
            Protocol::Sctp => &self.sctp,
        }
    }

    fn intervals_mut(&mut self, protocol: Protocol) -> &mut Vec<(u16, u16)> {
        match protocol {
            Protocol::Tcp => &mut self.tcp,
            Protocol::Udp => &mut self.udp,
            Protocol::Sctp => &mut self.sctp,
        }
    }

    /// Adds an interval, both ends included.
    pub fn add(&mut self, protocol: Protocol, first: u16, last: u16) {
        let intervals = self.intervals_mut(protocol);
        intervals.push((first, last));
        intervals.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(intervals.len());
        for &(first, last) in intervals.iter() {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        *intervals = merged;
    }

    /// Whether a port is in the set.
    #[must_use]
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.intervals(protocol).iter().any(|(first, last)| (*first..=*last).contains(&port))
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && self.sctp.is_empty()
    }

    /// What is in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut set = self.clone();
        for protocol in Protocol::ALL {
            for &(first, last) in other.intervals(protocol) {
                set.add(protocol, first, last);
            }
        }
        set
    }

    /// What is in this set only.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for protocol in Protocol::ALL {
            let mut start = 1_u32;
            for &(first, last) in other.intervals(protocol).iter().chain([&(u16::MAX, 0)]) {
                // The gap before the next interval of the other set; the last gap ends with the last port.
                let end = if last == 0 { u32::from(u16::MAX) } else { u32::from(first) - 1 };
                if let (Ok(from), Ok(to)) = (u16::try_from(start), u16::try_from(end))
                    && from <= to
                {
                    rest.add(protocol, from, to);
                }
                start = u32::from(last) + 1;
            }
        }
        self.intersection(&rest)
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut set = Self::default();
        for protocol in Protocol::ALL {
            for &(first, last) in self.intervals(protocol) {
                for &(other_first, other_last) in other.intervals(protocol) {
                    if first.max(other_first) <= last.min(other_last) {
                        set.add(protocol, first.max(other_first), last.min(other_last));
                    }
                }
            }
        }
        set
    }
}

impl fmt::Display for PortSet {
    /// `TCP 8080,9090,UDP 53`; `All Connections`; `No Connections`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::all() {
            return f.write_str("All Connections");
        }
        if self.is_empty() {
            return f.write_str("No Connections");
        }
        let mut between = "";
        for protocol in [Protocol::Sctp, Protocol::Tcp, Protocol::Udp] {
            let intervals = self.intervals(protocol);
            if intervals.is_empty() {
                continue;
            }
            write!(f, "{between}{} ", protocol.name())?;
            let mut comma = "";
            for (first, last) in intervals {
                f.write_str(comma)?;
                if first == last {
                    write!(f, "{first}")?
                } else {
                    write!(f, "{first}-{last}")?
                }
                comma = ",";
            }
            between = ",";
        }
        Ok(())
    }
}

/// Number of a [`PortSet`] in a [`PortTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSetId(u32);

/// Every set of ports once, with remembered unions and intersections.
#[derive(Debug, Clone)]
pub struct PortTable {
    sets: Vec<PortSet>,
    numbers: HashMap<PortSet, PortSetId>,
    unions: HashMap<(PortSetId, PortSetId), PortSetId>,
    intersections: HashMap<(PortSetId, PortSetId), PortSetId>,
}

impl PortTable {
    /// The empty set.
    pub const NONE: PortSetId = PortSetId(0);
    /// The full set.
    pub const ALL: PortSetId = PortSetId(1);

    /// A table with the empty and the full set.
    #[must_use]
    pub fn new() -> Self {
        let mut table =
            Self { sets: Vec::new(), numbers: HashMap::new(), unions: HashMap::new(), intersections: HashMap::new() };
        table.number(PortSet::default());
        table.number(PortSet::all());
        table
    }

    /// The number of a set.
    pub fn number(&mut self, set: PortSet) -> PortSetId {
        if let Some(id) = self.numbers.get(&set) {
            return *id;
        }
        let id = PortSetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(set.clone());
        self.numbers.insert(set, id);
        id
    }

    /// The set of a number.
    #[must_use]
    pub fn set(&self, id: PortSetId) -> &PortSet {
        static EMPTY: PortSet = PortSet { tcp: Vec::new(), udp: Vec::new(), sctp: Vec::new() };
        self.sets.get(id.0 as usize).unwrap_or(&EMPTY)
    }

    /// What is in either set.
    pub fn union(&mut self, a: PortSetId, b: PortSetId) -> PortSetId {
        if a == b || b == Self::NONE || a == Self::ALL {
            return a;
        }
        if a == Self::NONE || b == Self::ALL {
            return b;
        }
        let key = (a.min(b), a.max(b));
        if let Some(id) = self.unions.get(&key) {
            return *id;
        }
        let id = self.number(self.set(a).union(self.set(b)));
        self.unions.insert(key, id);
        id
    }

    /// What is in the first set only.
    pub fn difference(&mut self, a: PortSetId, b: PortSetId) -> PortSetId {
        if a == b || a == Self::NONE || b == Self::ALL {
            return Self::NONE;
        }
        if b == Self::NONE {
            return a;
        }
        self.number(self.set(a).difference(self.set(b)))
    }

    /// What is in both sets.
    pub fn intersection(&mut self, a: PortSetId, b: PortSetId) -> PortSetId {
        if a == b || b == Self::ALL || a == Self::NONE {
            return a;
        }
        if a == Self::ALL || b == Self::NONE {
            return b;
        }
        let key = (a.min(b), a.max(b));
        if let Some(id) = self.intersections.get(&key) {
            return *id;
        }
        let id = self.number(self.set(a).intersection(self.set(b)));
        self.intersections.insert(key, id);
        id
    }
}

impl Default for PortTable {
    fn default() -> Self {
        Self::new()
    }
}
