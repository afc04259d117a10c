//! `network`: an IP address becomes the first address of its network.

use core::{
    cmp::Reverse,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{
    Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, HIDDEN, parameters},
};

pub(super) const ENTRY: Entry = Entry {
    id: "network",
    keyed: false,
    summary: "Cuts an IP address to its network: the bits behind the prefix become 0, and the text stays an address. A port, \
              brackets and a prefix length stay, a zone (`%eth0`) goes; of a list with commas each address is cut, as in \
              `X-Forwarded-For`. An IPv4 address inside an IPv6 one (`::ffff:192.0.2.1`) is cut as IPv4. What is no address is hidden.",
    parameters: Network::PARAMETERS,
    examples: &[
        Example { parameters: "{}", input: r#""192.0.2.123""#, output: r#""192.0.2.0""#, note: "" },
        Example {
            parameters: "{}",
            input: r#""2001:db8:85a3::8a2e:370:7334""#,
            output: r#""2001:db8:85a3::""#,
            note: "",
        },
        Example {
            parameters: r#"{"ipv4": 16}"#,
            input: r#""198.51.100.7:443, 10.0.0.9""#,
            output: r#""198.51.0.0:443, 10.0.0.0""#,
            note: "",
        },
        Example { parameters: "{}", input: r#""localhost""#, output: r#""***""#, note: "" },
        Example { parameters: "{}", input: r#"["10.0.0.7",3232235777]"#, output: r#"["10.0.0.0",null]"#, note: "" },
    ],
};

parameters! {
    /// Parameters of `network`.
    pub struct Network {
        /// Bits of an IPv4 address that stay.
        "ipv4", Kind::Count { least: 0, most: 32 } => ipv4: u32 = 24,
        /// Bits of an IPv6 address that stay.
        "ipv6", Kind::Count { least: 0, most: 128 } => ipv6: u32 = 48,
    }
}

impl Definition for Network {
    fn reveals(&self) -> Reveals {
        // Three digits and a dot stand for eight bits, four and a colon for sixteen.
        let most = (self.ipv4 / 8 * 4).max(self.ipv6 / 16 * 5);
        Reveals::Characters(Characters { most, length: false, separators: true, hidden: Reverse(1) })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        Ok(Box::new(NetworkMask { ipv4: self.ipv4, ipv6: self.ipv6 }))
    }
}

#[derive(Debug)]
struct NetworkMask {
    ipv4: u32,
    ipv6: u32,
}

impl NetworkMask {
    fn cut(&self, address: IpAddr) -> IpAddr {
        let v4 = |address: Ipv4Addr| Ipv4Addr::from_bits(kept(u128::from(address.to_bits()), 32, self.ipv4) as u32);
        match address {
            IpAddr::V4(address) => v4(address).into(),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(inner) => v4(inner).to_ipv6_mapped().into(),
                None => Ipv6Addr::from_bits(kept(address.to_bits(), 128, self.ipv6)).into(),
            },
        }
    }

    /// One address with what may stand round it.
    fn one(&self, text: &str) -> Option<String> {
        if let Some(rest) = text.strip_prefix('[') {
            let (inside, after) = rest.split_once(']')?;
            let is_port = after.is_empty() || after.strip_prefix(':').is_some_and(is_number);
            return Some(format!("[{}]{after}", self.cut(parse(inside)?))).filter(|_| is_port);
        }
        if let Some((address, prefix)) = text.split_once('/') {
            return Some(format!("{}/{prefix}", self.cut(parse(address)?))).filter(|_| is_number(prefix));
        }
        if let Some(address) = parse(text) {
            return Some(self.cut(address).to_string());
        }
        let (address, port) = text.split_once(':')?;
        let address: Ipv4Addr = address.parse().ok()?;
        is_number(port).then(|| format!("{}:{port}", self.cut(address.into())))
    }
}

/// An address without its zone.
fn parse(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

fn is_number(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first bits of an address of `width` bits.
fn kept(bits: u128, width: u32, keep: u32) -> u128 {
    bits & u128::MAX.checked_shl(width.saturating_sub(keep)).unwrap_or(0)
}

impl Mask for NetworkMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Value::Text(text) = value else { return Output::Null };
        for (at, item) in text.split(',').enumerate() {
            if at > 0 {
                sink.push(",");
            }
            let address = item.trim();
            let space = item.len() - item.trim_start().len();
            sink.push(item.get(..space).unwrap_or_default());
            sink.push(self.one(address).as_deref().unwrap_or(HIDDEN));
        }
        Output::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskSpec, tests::masked_text};

    #[test]
    fn what_stands_round_an_address_stays() {
        let mask = |text| masked_text(&MaskSpec::Network(Network { ipv4: 24, ipv6: 32 }), text);
        for (text, expected) in [
            ("10.0.0.7", "10.0.0.0"),
            ("2001:db8:1::1", "2001:db8::"),
            ("fe80::1%eth0", "fe80::"),
            ("[2001:db8:1::1]:8080", "[2001:db8::]:8080"),
            ("::ffff:192.0.2.129", "::ffff:192.0.2.0"),
            ("192.0.2.9/25", "192.0.2.0/25"),
            ("192.0.2.9:secret", "***"),
            ("192.0.2.9/anna", "***"),
            ("unknown, 10.1.2.3", "***, 10.1.2.0"),
            ("192.0.2.999", "***"),
            ("", "***"),
        ] {
            assert_eq!(mask(text), expected, "{text}");
        }
        let all = |text| masked_text(&MaskSpec::Network(Network { ipv4: 0, ipv6: 0 }), text);
        assert_eq!((all("192.0.2.1").as_str(), all("2001:db8::1").as_str()), ("0.0.0.0", "::"));
    }
}
