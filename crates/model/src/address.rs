//! Addresses of resource and data source instances, and their encoding in tags.

use crate::instance::Mode;
use std::fmt::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

/// Which instance of a block with `count` or `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The block has neither.
    None,
    /// Made by `count`.
    Int(u64),
    /// Made by `for_each`.
    String(Arc<str>),
}

/// One step of a module path: `module.NAME[KEY]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// Name of the module block.
    pub name: Arc<str>,
    /// Which instance of it.
    pub key: Key,
}

/// The address of one instance, such as `module.network.aws_subnet.app["a"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Modules from the root down; empty for the root module.
    pub module: Vec<ModuleStep>,
    /// Resource or data source.
    pub mode: Mode,
    /// Type, such as `aws_subnet`.
    pub type_name: Arc<str>,
    /// Name of the block.
    pub name: Arc<str>,
    /// Which instance of the block.
    pub key: Key,
}

/// The longest tag value that every service accepts (AWS tagging documentation: 256 characters).
pub const TAG_VALUE_MAX: usize = 256;

impl Address {
    /// The address of a resource in the root module.
    pub fn root(type_name: &str, name: &str, key: Key) -> Address {
        Address { module: Vec::new(), mode: Mode::Managed, type_name: type_name.into(), name: name.into(), key }
    }

    /// The address without its instance key: that of the block.
    pub fn block(&self) -> Address {
        Address { key: Key::None, ..self.clone() }
    }

    /// The path of the module it is in, such as `module.network`; empty for the root.
    pub fn module_path(&self) -> String {
        let mut out = String::new();
        for (i, step) in self.module.iter().enumerate() {
            if i > 0 {
                out.push('.');
            }
            let _ = write!(out, "module.{}{}", step.name, step.key);
        }
        out
    }

    /// The address in the characters that every AWS service accepts in a tag value (letters, digits,
    /// spaces and `_ . : / = + - @`): `[0]` is written `@0`, `["a"]` is written `:a`, and a
    /// character of a key outside `[A-Za-z0-9_-]` as `=HH` for each of its UTF-8 bytes.
    pub fn to_tag(&self) -> String {
        fn key(out: &mut String, key: &Key) {
            match key {
                Key::None => {}
                Key::Int(i) => {
                    let _ = write!(out, "@{i}");
                }
                Key::String(s) => {
                    out.push(':');
                    for b in s.bytes() {
                        if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-') {
                            out.push(b as char);
                        } else {
                            let _ = write!(out, "={b:02X}");
                        }
                    }
                }
            }
        }
        let mut out = String::new();
        for step in &self.module {
            let _ = write!(out, "module.{}", step.name);
            key(&mut out, &step.key);
            out.push('.');
        }
        if self.mode == Mode::Data {
            out.push_str("data.");
        }
        let _ = write!(out, "{}.{}", self.type_name, self.name);
        key(&mut out, &self.key);
        out
    }

    /// The address that `to_tag` wrote; nothing for text that it can't have written.
    pub fn from_tag(text: &str) -> Option<Address> {
        fn split_key(part: &str) -> Option<(&str, Key)> {
            if let Some((name, key)) = part.split_once(':') {
                let mut bytes = Vec::new();
                let mut rest = key.bytes();
                while let Some(b) = rest.next() {
                    if b == b'=' {
                        let digits = [rest.next()?, rest.next()?];
                        let digits = std::str::from_utf8(&digits).ok()?;
                        bytes.push(u8::from_str_radix(digits, 16).ok()?);
                    } else {
                        bytes.push(b);
                    }
                }
                return Some((name, Key::String(String::from_utf8(bytes).ok()?.into())));
            }
            if let Some((name, key)) = part.split_once('@') {
                return Some((name, Key::Int(key.parse().ok()?)));
            }
            Some((part, Key::None))
        }
        let mut parts = text.split('.').peekable();
        let mut module = Vec::new();
        while parts.peek() == Some(&"module") {
            parts.next();
            let (name, key) = split_key(parts.next()?)?;
            module.push(ModuleStep { name: identifier(name)?.into(), key });
        }
        let mut mode = Mode::Managed;
        if parts.peek() == Some(&"data") {
            parts.next();
            mode = Mode::Data;
        }
        let type_name = identifier(parts.next()?)?.into();
        let (name, key) = split_key(parts.next()?)?;
        let name = identifier(name)?.into();
        if parts.next().is_some() {
            return None;
        }
        Some(Address { module, mode, type_name, name, key })
    }
}

fn identifier(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let good = (first.is_alphabetic() || first == '_') && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    good.then_some(text)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::None => Ok(()),
            Key::Int(i) => write!(f, "[{i}]"),
            Key::String(s) => {
                f.write_str("[\"")?;
                for c in s.chars() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        c => f.write_char(c)?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            write!(f, "module.{}{}.", step.name, step.key)?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}{}", self.type_name, self.name, self.key)
    }
}

/// Reads what `Display` writes, as `-target` and `-replace` take it.
impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let bad = || format!("\"{text}\" is not a resource address; one looks like module.network.aws_subnet.app[\"a\"]");
        let mut rest = text;
        let mut parts: Vec<(&str, Key)> = Vec::new();
        while !rest.is_empty() {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let name = identifier(&rest[..end]).ok_or_else(bad)?;
            rest = &rest[end..];
            let mut key = Key::None;
            if let Some(inner) = rest.strip_prefix('[') {
                if let Some(quoted) = inner.strip_prefix('"') {
                    let mut value = String::new();
                    let mut chars = quoted.char_indices();
                    let close = loop {
                        match chars.next().ok_or_else(bad)? {
                            (i, '"') => break i,
                            (_, '\\') => match chars.next().ok_or_else(bad)?.1 {
                                'n' => value.push('\n'),
                                'r' => value.push('\r'),
                                't' => value.push('\t'),
                                c => value.push(c),
                            },
                            (_, c) => value.push(c),
                        }
                    };
                    rest = quoted[close + 1..].strip_prefix(']').ok_or_else(bad)?;
                    key = Key::String(value.into());
                } else {
                    let (digits, tail) = inner.split_once(']').ok_or_else(bad)?;
                    key = Key::Int(digits.parse().map_err(|_| bad())?);
                    rest = tail;
                }
            }
            parts.push((name, key));
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix('.').ok_or_else(bad)?;
            if rest.is_empty() {
                return Err(bad());
            }
        }
        let mut parts = parts.into_iter().peekable();
        let mut module = Vec::new();
        while parts.peek().is_some_and(|(n, k)| *n == "module" && *k == Key::None) {
            parts.next();
            let (name, key) = parts.next().ok_or_else(bad)?;
            module.push(ModuleStep { name: name.into(), key });
        }
        let mut mode = Mode::Managed;
        if parts.peek().is_some_and(|(n, k)| *n == "data" && *k == Key::None) {
            parts.next();
            mode = Mode::Data;
        }
        let (type_name, type_key) = parts.next().ok_or_else(bad)?;
        let (name, key) = parts.next().ok_or_else(bad)?;
        if parts.next().is_some() || type_key != Key::None {
            return Err(bad());
        }
        Ok(Address { module, mode, type_name: type_name.into(), name: name.into(), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_and_tag_come_back() {
        for text in [
            "aws_vpc.main",
            "module.network.aws_subnet.app[\"us-east-1a\"]",
            "module.a[\"x.y\"].module.b[3].aws_route.r[\"10.0.0.0/8 ü\\\"]",
            "module.m.data.aws_ami.al[0]",
        ] {
            let Ok(address) = text.replace("\\\"", "\\\"\"").parse::<Address>() else { panic!("{text}") };
            assert_eq!(address.to_string().parse(), Ok(address.clone()));
            let tag = address.to_tag();
            assert!(tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.:/=+-@ ".contains(c)), "{tag}");
            assert_eq!(Address::from_tag(&tag), Some(address));
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["", "aws_vpc", "aws_vpc.", "aws_vpc.a.b", "aws_vpc.a[", "aws_vpc.a[x]", "module.a", "a[0].b", ".a.b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
