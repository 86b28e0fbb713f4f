//! What values of arguments must hold to. Each says what is wrong in words that end a sentence
//! beginning with the argument's name.

use crate::mark::TAG_PREFIX;
use crate::value::Value;
use ipnet::{Ipv4Net, Ipv6Net};
use std::net::Ipv4Addr;

/// An IPv4 network such as `10.0.0.0/16`, without host bits.
pub fn cidr4(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let net: Ipv4Net = text.parse().map_err(|_| format!("must be an IPv4 CIDR block such as 10.0.0.0/16, not \"{text}\""))?;
    if net.trunc() != net {
        return Err(format!("has host bits set: \"{text}\" should be \"{}\"", net.trunc()));
    }
    Ok(())
}

/// An IPv6 network such as `2001:db8::/56`.
pub fn cidr6(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    text.parse::<Ipv6Net>().map(|_| ()).map_err(|_| format!("must be an IPv6 CIDR block such as 2001:db8::/56, not \"{text}\""))
}

/// An IPv4 address.
pub fn ip4(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    text.parse::<Ipv4Addr>().map(|_| ()).map_err(|_| format!("must be an IPv4 address, not \"{text}\""))
}

/// JSON text, such as a policy.
pub fn json(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    serde_json::from_str::<serde_json::Value>(text).map(|_| ()).map_err(|e| format!("must be JSON: {e}"))
}

/// An ARN.
pub fn arn(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    if text.starts_with("arn:") && text.splitn(6, ':').count() == 6 {
        return Ok(());
    }
    Err(format!("must be an ARN, not \"{text}\""))
}

/// A TCP or UDP port, or -1 for all.
pub fn port(value: &Value) -> Result<(), String> {
    match value.as_i64() {
        Some(n) if !(-1..=65_535).contains(&n) => Err(format!("must be a port from 0 to 65535, or -1 for all, not {n}")),
        _ => Ok(()),
    }
}

/// Tags: at most 50, keys up to 128 and values up to 256 characters (AWS tagging documentation),
/// and none that begin like Cairn's marks.
pub fn tags(value: &Value) -> Result<(), String> {
    let Some(entries) = value.entries() else { return Ok(()) };
    for (key, value) in entries {
        if key.starts_with(TAG_PREFIX) {
            return Err(format!("can't hold \"{key}\": tags that begin with \"{TAG_PREFIX}\" are Cairn's marks"));
        }
        if key.starts_with("aws:") {
            return Err(format!("can't hold \"{key}\": tags that begin with \"aws:\" are AWS's own"));
        }
        if key.is_empty() || key.chars().count() > 128 {
            return Err(format!("holds the key \"{key}\", which is not 1 to 128 characters long"));
        }
        if value.as_str().is_some_and(|v| v.chars().count() > 256) {
            return Err(format!("holds a value for \"{key}\" that is longer than 256 characters"));
        }
    }
    if entries.len() > 48 {
        return Err(format!("holds {} tags; AWS allows 50 and Cairn needs two of them", entries.len()));
    }
    Ok(())
}

/// Makes a check that text is one of a list: `one_of!("a", "b")`.
#[macro_export]
macro_rules! one_of {
    ($($word:expr),+ $(,)?) => {{
        fn check(value: &$crate::Value) -> Result<(), String> {
            const WORDS: &[&str] = &[$($word),+];
            match value.as_str() {
                Some(text) if !WORDS.contains(&text) => Err(format!("must be one of {}, not \"{text}\"", WORDS.join(", "))),
                _ => Ok(()),
            }
        }
        check
    }};
}

/// Makes a check that a whole number lies between two bounds, both allowed: `between!(1, 35)`.
#[macro_export]
macro_rules! between {
    ($low:expr, $high:expr) => {{
        fn check(value: &$crate::Value) -> Result<(), String> {
            match value.as_i64() {
                Some(n) if !($low..=$high).contains(&n) => Err(format!("must be from {} to {}, not {n}", $low, $high)),
                _ => Ok(()),
            }
        }
        check
    }};
}

/// Makes a check that text has a number of characters between two bounds: `length!(1, 64)`.
#[macro_export]
macro_rules! length {
    ($low:expr, $high:expr) => {{
        fn check(value: &$crate::Value) -> Result<(), String> {
            match value.as_str() {
                Some(text) if !($low..=$high).contains(&text.chars().count()) => {
                    Err(format!("must be {} to {} characters long, and has {}", $low, $high, text.chars().count()))
                }
                _ => Ok(()),
            }
        }
        check
    }};
}
