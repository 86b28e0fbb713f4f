//! From expressions to values. What is unknown stays unknown with its type; what is sensitive
//! stays sensitive.

mod access;
mod call;
mod collection;
mod expression;
pub(crate) mod operators;
mod template;

use crate::context::Context;
use crate::source::At;
use crate::syntax::ast::{Ident, Step};
use cairn_model::{Diagnostic, Value};

pub(crate) use call::unknown_function;
pub(crate) use collection::items;
pub(crate) use expression::evaluate;
pub(crate) use template::render;

/// Why there is no value.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This is wrong.
    Error(Box<Diagnostic>),
    /// Something that is needed failed, and has been reported.
    Failed,
}

impl From<Diagnostic> for Fault {
    fn from(diagnostic: Diagnostic) -> Fault {
        Fault::Error(Box::new(diagnostic))
    }
}

/// A value, or why there is none.
pub(crate) type Evaluated = Result<Value, Fault>;

/// What the names in an expression stand for.
pub(crate) trait Scope {
    /// What is the same everywhere.
    fn context(&self) -> &Context;

    /// The time that `timestamp` gives; nothing while planning, when it is not known yet.
    fn now(&self) -> Option<&str> {
        None
    }

    /// The value of a reference, and how many of its steps it has used up.
    fn reference(&mut self, root: &Ident, steps: &[Step], names: &Names<'_>) -> Result<(Value, usize), Fault>;
}

/// Names that an expression itself brings in: `for` variables, iterators of dynamic blocks, the
/// variables of a template.
pub(crate) enum Names<'n> {
    Empty,
    Bound { name: &'n str, value: Value, outer: &'n Names<'n> },
}

impl<'n> Names<'n> {
    /// These names and one more.
    pub fn bind(&'n self, name: &'n str, value: Value) -> Names<'n> {
        Names::Bound { name, value, outer: self }
    }

    /// The value of a name.
    pub fn find(&self, wanted: &str) -> Option<&Value> {
        let mut names = self;
        while let Names::Bound { name, value, outer } = names {
            if *name == wanted {
                return Some(value);
            }
            names = outer;
        }
        None
    }
}

/// An error at a place.
pub(crate) fn fault(scope: &dyn Scope, at: At, summary: &str, detail: impl Into<String>) -> Fault {
    Diagnostic::error(summary).detail(detail).at(&scope.context().sources.span(at), "").into()
}

/// A scope in which nothing but literal values can be written, such as a `.tfvars` file.
pub(crate) struct NoScope<'c>(pub &'c Context, pub &'static str);

impl Scope for NoScope<'_> {
    fn context(&self) -> &Context {
        self.0
    }

    fn reference(&mut self, root: &Ident, _: &[Step], _: &Names<'_>) -> Result<(Value, usize), Fault> {
        Err(fault(self, root.at, "References are not allowed here", format!("\"{}\" can't be used here: {}.", root.name, self.1)))
    }
}
