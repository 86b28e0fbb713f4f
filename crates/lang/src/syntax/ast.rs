//! The syntax tree: what a file says, with the place of everything.

use crate::source::At;
use cairn_model::Value;
use indexmap::IndexMap;
use std::sync::Arc;

/// A name and its place.
#[derive(Clone, Debug)]
pub(crate) struct Ident {
    pub name: Arc<str>,
    pub at: At,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub at: At,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    /// A number, truth value, `null` or text without interpolation.
    Literal(Value),
    /// Text with interpolations or directives; always gives text.
    Template(Vec<Part>),
    /// `"${x}"`: gives what `x` is, whatever its type.
    Wrapped(Box<Expr>),
    /// A name that begins a reference, or is a `for` variable.
    Name(Ident),
    /// Accesses into a value.
    Traversal(Box<Expr>, Vec<Step>),
    Call(Call),
    Tuple(Vec<Expr>),
    Object(Vec<(Key, Expr)>),
    Parenthesis(Box<Expr>),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Conditional(Box<Conditional>),
    For(Box<For>),
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub name: Ident,
    pub arguments: Vec<Expr>,
    /// The last argument is followed by `...`.
    pub expand: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Conditional {
    pub condition: Expr,
    pub then: Expr,
    pub otherwise: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct For {
    pub key_name: Option<Ident>,
    pub value_name: Ident,
    pub collection: Expr,
    /// There for `{ for … }`.
    pub key: Option<Expr>,
    pub value: Expr,
    pub condition: Option<Expr>,
    pub group: bool,
}

/// A key of an object expression.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Name(Ident),
    Expr(Expr),
}

/// One access.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Attribute(Ident),
    Index(Expr, At),
    /// `[*]` or `.*` with the steps that apply to each element.
    Splat(Vec<Step>, At),
}

impl Step {
    pub fn at(&self) -> At {
        match self {
            Step::Attribute(name) => name.at,
            Step::Index(_, at) | Step::Splat(_, at) => *at,
        }
    }
}

/// A part of a template.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Interpolation(Expr),
    If { condition: Expr, then: Vec<Part>, otherwise: Vec<Part> },
    For { key_name: Option<Ident>, value_name: Ident, collection: Expr, body: Vec<Part> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnaryOp {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// The inside of a file or block.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub attributes: IndexMap<Arc<str>, Attribute>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub name: Ident,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub kind: Ident,
    pub labels: Vec<Ident>,
    pub body: Body,
    /// The header: kind and labels.
    pub at: At,
}

impl Expr {
    /// The expression without parentheses around it.
    pub fn bare(&self) -> &Expr {
        match &self.kind {
            ExprKind::Parenthesis(inner) => inner.bare(),
            _ => self,
        }
    }

    /// The text, when it is nothing but text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Literal(v) => v.as_str(),
            _ => None,
        }
    }

    /// A value that is written out, and is not null.
    pub fn is_set_literal(&self) -> bool {
        matches!(&self.bare().kind, ExprKind::Literal(v) if !v.is_null())
    }

    /// The bare word, when it is one.
    pub fn as_keyword(&self) -> Option<&Ident> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// A name and the steps that follow, when it is a reference.
    pub fn as_reference(&self) -> Option<(&Ident, &[Step])> {
        match &self.kind {
            ExprKind::Name(name) => Some((name, &[])),
            ExprKind::Traversal(root, steps) => root.as_keyword().map(|name| (name, steps.as_slice())),
            _ => None,
        }
    }
}
