//! Blocks of IPv4 and IPv6 addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Number of bits of an address.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The highest address.
    #[must_use]
    pub fn last(self) -> u128 {
        match self {
            Self::V4 => u128::from(u32::MAX),
            Self::V6 => u128::MAX,
        }
    }

    /// The address of a number.
    #[must_use]
    pub fn address(self, number: u128) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX))),
            Self::V6 => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }
}

/// Family and number of an address; IPv4 mapped into IPv6 counts as IPv4.
#[must_use]
pub fn number(address: IpAddr) -> (Family, u128) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (Family::V4, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (Family::V6, u128::from(v6)),
    }
}

/// A block such as `10.0.0.0/8`. Bits after the prefix are ignored, as in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cidr {
    family: Family,
    first: u128,
    prefix: u8,
}

/// The text is not a valid CIDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACidr;

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, prefix) = text.split_once('/').ok_or(NotACidr)?;
        if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotACidr);
        }
        Self::new(address.parse().map_err(|_| NotACidr)?, prefix.parse().map_err(|_| NotACidr)?).ok_or(NotACidr)
    }
}

impl Cidr {
    /// The block of an address and a prefix length; `None` where the prefix is too long.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let (family, value) = match address {
            IpAddr::V4(v4) => (Family::V4, u128::from(u32::from(v4))),
            IpAddr::V6(v6) => (Family::V6, u128::from(v6)),
        };
        (prefix <= family.bits()).then(|| Self { family, first: value & !Self::host_mask(family, prefix), prefix })
    }

    fn host_mask(family: Family, prefix: u8) -> u128 {
        let host_bits = u32::from(family.bits() - prefix);
        if host_bits >= 128 { u128::MAX } else { (1u128 << host_bits) - 1 }
    }

    /// Its family.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// First and last address, as numbers.
    #[must_use]
    pub fn range(&self) -> (u128, u128) {
        (self.first, self.first | Self::host_mask(self.family, self.prefix))
    }

    /// Whether it holds every address of its family.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.prefix == 0
    }

    /// Length of the prefix.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether an address is inside.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (family, value) = number(address);
        let (first, last) = self.range();
        family == self.family && (first..=last).contains(&value)
    }

    /// Whether a block is inside.
    #[must_use]
    pub fn contains_block(&self, other: &Self) -> bool {
        let (first, last) = self.range();
        let (start, end) = other.range();
        self.family == other.family && first <= start && end <= last
    }

    /// Whether two blocks share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains_block(other) || other.contains_block(self)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.family.address(self.first), self.prefix)
    }
}
