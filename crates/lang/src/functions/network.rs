//! Functions on ranges of addresses.

use super::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "cidrhost",
        doc: "The address of a host in a range.",
        params: &[param("prefix", STRING), param("hostnum", NUMBER)],
        variadic: None,
        returns: string,
        call: cidrhost,
    },
    Function {
        name: "cidrnetmask",
        doc: "The netmask of an IPv4 range.",
        params: &[param("prefix", STRING)],
        variadic: None,
        returns: string,
        call: cidrnetmask,
    },
    Function {
        name: "cidrsubnet",
        doc: "One part of a range that is cut into parts of a size.",
        params: &[param("prefix", STRING), param("newbits", NUMBER), param("netnum", NUMBER)],
        variadic: None,
        returns: string,
        call: cidrsubnet,
    },
    Function {
        name: "cidrsubnets",
        doc: "Parts of a range one after the other, each of its own size.",
        params: &[param("prefix", STRING)],
        variadic: Some(param("newbits", NUMBER)),
        returns: strings,
        call: cidrsubnets,
    },
];

/// A range: its first address as a number, its prefix length, and how many bits an address has.
#[derive(Clone, Copy)]
struct Range {
    first: u128,
    length: u32,
    bits: u32,
}

impl Range {
    fn parse(a: &[Value]) -> Result<Range, Failure> {
        let given = text(a, 0);
        let wrong = || Failure::Argument(0, format!("\"{given}\" is no range of addresses such as 10.0.0.0/16"));
        let (address, length) = given.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let length: u32 = length.parse().map_err(|_| wrong())?;
        let (number, bits) = match address {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
            IpAddr::V6(v6) => (u128::from(v6), 128),
        };
        if length > bits {
            return Err(wrong());
        }
        let range = Range { first: 0, length, bits };
        Ok(Range { first: number & !range.host_mask(), ..range })
    }

    /// The bits that number hosts.
    fn host_mask(self) -> u128 {
        match self.bits - self.length {
            0 => 0,
            128 => u128::MAX,
            n => (1u128 << n) - 1,
        }
    }

    fn address(self, number: u128) -> String {
        if self.bits == 32 { Ipv4Addr::from(number as u32).to_string() } else { Ipv6Addr::from(number).to_string() }
    }

    fn print(self) -> String {
        format!("{}/{}", self.address(self.first), self.length)
    }
}

/// A number of any size as `u128`, with its sign.
fn large(a: &[Value], i: usize) -> Result<(bool, u128), Failure> {
    let n = num(a, i);
    if !n.is_whole() {
        return Err(Failure::Argument(i, format!("a whole number is required, not {n}")));
    }
    let printed = n.to_string();
    let (negative, digits) = match printed.strip_prefix('-') {
        Some(d) => (true, d),
        None => (false, printed.as_str()),
    };
    digits.parse().map(|d| (negative, d)).map_err(|_| Failure::Argument(i, format!("{n} is too large")))
}

fn cidrhost(_: &Context, a: &[Value]) -> Outcome {
    let range = Range::parse(a)?;
    let (negative, host) = large(a, 1)?;
    let mask = range.host_mask();
    let too_large = || {
        Failure::Argument(
            1,
            format!("a range with {} host bits has no host {}{host}", range.bits - range.length, if negative { "-" } else { "" }),
        )
    };
    let offset = if negative {
        // Counted from the end: -1 is the last address.
        let back = host.checked_sub(1).filter(|b| *b <= mask).ok_or_else(too_large)?;
        mask - back
    } else if host <= mask {
        host
    } else {
        return Err(too_large());
    };
    Ok(range.address(range.first | offset).into())
}

fn cidrnetmask(_: &Context, a: &[Value]) -> Outcome {
    let range = Range::parse(a)?;
    if range.bits != 32 {
        return Err(Failure::Argument(0, "only an IPv4 range has a netmask".into()));
    }
    Ok(Ipv4Addr::from(!(range.host_mask() as u32)).to_string().into())
}

/// A prefix length that is longer by some bits.
fn longer(range: Range, a: &[Value], i: usize) -> Result<u32, Failure> {
    let new = whole(a, i)?;
    let length = i64::from(range.length).saturating_add(new);
    match u32::try_from(length) {
        Ok(length) if new >= 0 && length <= range.bits => Ok(length),
        _ if new < 0 => Err(Failure::Argument(i, "must not be negative".into())),
        _ => Err(Failure::Argument(
            i,
            format!("a prefix of {} bits can't be made longer by {new}: an address has {} bits", range.length, range.bits),
        )),
    }
}

fn cidrsubnet(_: &Context, a: &[Value]) -> Outcome {
    let range = Range::parse(a)?;
    let length = longer(range, a, 1)?;
    let (negative, netnum) = large(a, 2)?;
    let new_bits = length - range.length;
    let fits = !negative && (new_bits == 128 || netnum < 1u128 << new_bits);
    if !fits {
        return Err(Failure::Argument(
            2,
            format!(
                "{} more bits number {} parts; there is no part {}{netnum}",
                new_bits,
                if new_bits < 127 { (1u128 << new_bits).to_string() } else { "very many".into() },
                if negative { "-" } else { "" }
            ),
        ));
    }
    let shift = range.bits - length;
    let offset = if shift >= 128 { 0 } else { netnum << shift };
    Ok(Range { first: range.first | offset, length, bits: range.bits }.print().into())
}

fn cidrsubnets(_: &Context, a: &[Value]) -> Outcome {
    let range = Range::parse(a)?;
    let last = range.first | range.host_mask();
    let mut next = Some(range.first);
    let mut out = Vec::new();
    for i in 1..a.len() {
        if whole(a, i)? < 1 {
            return Err(Failure::Argument(i, "must be at least 1".into()));
        }
        let length = longer(range, a, i)?;
        let part = Range { first: 0, length, bits: range.bits };
        let size = part.host_mask();
        // The next free address, rounded up to where a part of this size may begin.
        let first = next.and_then(|n| n.checked_add(size)).map(|n| n & !size);
        let Some(first) = first.filter(|f| f.checked_add(size).is_some_and(|end| end <= last)) else {
            return Err(Failure::Argument(i, format!("there is no room left in {} for a /{length}", range.print())));
        };
        out.push(Value::from(Range { first, ..part }.print()));
        next = first.checked_add(size).and_then(|n| n.checked_add(1));
    }
    Ok(Value::list(out))
}
