//! Paths into values, such as `ingress[0].cidr_blocks`.

use crate::value::{Kind, Value};
use std::fmt;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute or a map's key.
    Name(String),
    /// A place in a list or tuple.
    Index(usize),
}

/// A path from a resource's object down to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path of one attribute.
    pub fn name(name: &str) -> Path {
        Path(vec![Step::Name(name.into())])
    }

    /// This path and one attribute further.
    pub fn join(&self, name: &str) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Name(name.into()));
        Path(steps)
    }

    /// This path and one element further.
    pub fn index(&self, index: usize) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Path(steps)
    }

    /// The first attribute's name; empty for an empty path.
    pub fn root(&self) -> &str {
        match self.0.first() {
            Some(Step::Name(n)) => n,
            _ => "",
        }
    }

    /// True when this path is `other` or leads into it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The value that the path leads to, when it is there.
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |v, step| match step {
            Step::Name(n) => v.get(n),
            Step::Index(i) => v.elements().and_then(|e| e.get(*i)),
        })
    }

    /// The value with what the path leads to replaced; unchanged when the path leads nowhere.
    pub fn replace(&self, value: &Value, new: Value) -> Value {
        fn go(steps: &[Step], value: &Value, new: Value) -> Value {
            let Some((first, rest)) = steps.split_first() else { return new };
            let sensitive = value.is_sensitive();
            let made = match (first, value.kind()) {
                (Step::Name(n), Kind::Object(e) | Kind::Map(e)) => match e.get(n) {
                    Some(inner) => value.clone().with(n, go(rest, inner, new)),
                    None if rest.is_empty() => value.clone().with(n, new),
                    None => value.clone(),
                },
                (Step::Index(i), Kind::List(e)) if *i < e.len() => {
                    let mut e = e.as_ref().clone();
                    e[*i] = go(rest, &e[*i], new);
                    Value::list(e)
                }
                (Step::Index(i), Kind::Tuple(e)) if *i < e.len() => {
                    let mut e = e.as_ref().clone();
                    e[*i] = go(rest, &e[*i], new);
                    Value::tuple(e)
                }
                _ => value.clone(),
            };
            made.with_sensitive(sensitive)
        }
        go(&self.0, value, new)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(n) if i == 0 => f.write_str(n)?,
                Step::Name(n) => write!(f, ".{n}")?,
                Step::Index(n) => write!(f, "[{n}]")?,
            }
        }
        Ok(())
    }
}
