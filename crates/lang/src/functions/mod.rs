//! The functions of the language: one static table per family.

mod collection;
mod csv;
mod encoding;
mod filesystem;
mod formatting;
mod hash;
mod json_text;
mod network;
mod numeric;
mod sets;
mod string;
mod time;
mod type_conversion;
mod yaml;

use crate::context::Context;
use cairn_model::{Number, Type, Value};

pub(crate) use filesystem::read_text;
pub(crate) use time::is_duration;

/// Why a call gives no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// This argument is wrong.
    Argument(usize, String),
    /// The call as a whole fails.
    Call(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Call(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Failure {
        Failure::Call(message.into())
    }
}

pub(crate) type Outcome = Result<Value, Failure>;

/// What type an argument is converted to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParamType {
    Any,
    Bool,
    Number,
    String,
    List(&'static ParamType),
    Set(&'static ParamType),
    Map(&'static ParamType),
}

impl ParamType {
    /// The type; nothing where any value is taken as it is.
    pub fn ty(self) -> Option<Type> {
        let inner = |t: &ParamType| t.ty().unwrap_or(Type::Dynamic);
        Some(match self {
            ParamType::Any => return None,
            ParamType::Bool => Type::Bool,
            ParamType::Number => Type::Number,
            ParamType::String => Type::String,
            ParamType::List(t) => Type::list(inner(t)),
            ParamType::Set(t) => Type::set(inner(t)),
            ParamType::Map(t) => Type::map(inner(t)),
        })
    }
}

/// A parameter, and what the function itself looks after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    pub name: &'static str,
    pub ty: ParamType,
    /// The function takes `null`.
    pub null: bool,
    /// The function takes unknown values.
    pub unknown: bool,
    /// The function carries marks itself.
    pub marked: bool,
}

/// A parameter without anything special.
const fn param(name: &'static str, ty: ParamType) -> Param {
    Param { name, ty, null: false, unknown: false, marked: false }
}

impl Param {
    const fn nulls(mut self) -> Param {
        self.null = true;
        self
    }
    const fn unknowns(mut self) -> Param {
        self.unknown = true;
        self
    }
    const fn marks(mut self) -> Param {
        self.marked = true;
        self
    }
}

/// A function.
pub(crate) struct Function {
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    pub params: &'static [Param],
    /// The parameter that takes all further arguments.
    pub variadic: Option<Param>,
    /// The type of the result, for when an argument is not known.
    pub returns: fn(&[Value]) -> Type,
    pub call: fn(&Context, &[Value]) -> Outcome,
}

impl Function {
    /// The parameter of an argument.
    pub fn param(&self, i: usize) -> Option<&Param> {
        self.params.get(i).or(self.variadic.as_ref())
    }
}

const STRING: ParamType = ParamType::String;
const NUMBER: ParamType = ParamType::Number;
const ANY: ParamType = ParamType::Any;
const STRINGS: ParamType = ParamType::List(&ParamType::String);
const LIST: ParamType = ParamType::List(&ParamType::Any);
const SET: ParamType = ParamType::Set(&ParamType::Any);

fn any(_: &[Value]) -> Type {
    Type::Dynamic
}
fn string(_: &[Value]) -> Type {
    Type::String
}
fn number(_: &[Value]) -> Type {
    Type::Number
}
fn bool(_: &[Value]) -> Type {
    Type::Bool
}
fn strings(_: &[Value]) -> Type {
    Type::list(Type::String)
}

/// The text of an argument that was converted to text.
fn text(arguments: &[Value], i: usize) -> &str {
    arguments.get(i).and_then(Value::as_str).unwrap_or_default()
}

/// The number of an argument that was converted to a number.
fn num(arguments: &[Value], i: usize) -> Number {
    arguments.get(i).and_then(Value::as_number).cloned().unwrap_or_else(|| Number::from(0))
}

/// The whole number of an argument.
fn whole(arguments: &[Value], i: usize) -> Result<i64, Failure> {
    let n = num(arguments, i);
    n.as_i64().ok_or_else(|| Failure::Argument(i, format!("a whole number is required, not {n}")))
}

/// The elements of an argument that is a list, set or tuple.
fn elements(arguments: &[Value], i: usize) -> &[Value] {
    arguments.get(i).and_then(Value::elements).unwrap_or_default()
}

/// The argument itself; `null` where there is none.
fn argument(arguments: &[Value], i: usize) -> Value {
    arguments.get(i).cloned().unwrap_or_else(Value::null)
}

/// All tables.
fn tables() -> [&'static [Function]; 11] {
    [
        string::FUNCTIONS,
        formatting::FUNCTIONS,
        collection::FUNCTIONS,
        sets::FUNCTIONS,
        numeric::FUNCTIONS,
        encoding::FUNCTIONS,
        hash::FUNCTIONS,
        network::FUNCTIONS,
        filesystem::FUNCTIONS,
        time::FUNCTIONS,
        type_conversion::FUNCTIONS,
    ]
}

/// The functions that the evaluator runs itself, since they see expressions.
const SPECIAL: &[&str] = &["try", "can"];

/// Functions of the language that are refused, and why.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("bcrypt", "it gives another result each time"),
    ("rsadecrypt", "it would put a private key into the configuration"),
    ("uuid", "it gives another result each time; uuidv5 gives the same one for the same names"),
    ("base64gzip", "its bytes depend on the compressor"),
];

/// The function with a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    tables().into_iter().flatten().find(|f| f.name == name)
}

/// All names that can be called.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = tables().into_iter().flatten().map(|f| f.name).chain(SPECIAL.iter().copied()).collect();
    names.sort_unstable();
    names
}

/// The functions of the language that are supported: name and what each does.
pub fn functions() -> Vec<(&'static str, &'static str)> {
    let special = [("try", "The first of its arguments that can be evaluated."), ("can", "Whether its argument can be evaluated.")];
    let mut all: Vec<_> = tables().into_iter().flatten().map(|f| (f.name, f.doc)).chain(special).collect();
    all.sort_unstable();
    all
}

/// Why a function of the language is refused.
pub(crate) fn unsupported(name: &str) -> Option<&'static str> {
    UNSUPPORTED.iter().find(|(n, _)| *n == name).map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that `terraform metadata functions -json` prints; recorded by `tests/data/record`.
    const TERRAFORM: &str = include_str!("../../tests/data/terraform_functions.txt");

    #[test]
    fn every_function_of_terraform_is_there_or_refused_by_name() {
        let mut ours = names();
        ours.extend(UNSUPPORTED.iter().map(|(n, _)| *n));
        ours.sort_unstable();
        let theirs: Vec<&str> = TERRAFORM.lines().collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn tables_are_whole() {
        for f in tables().into_iter().flatten() {
            assert!(f.doc.ends_with('.') && f.doc.len() > 10, "{}", f.name);
            assert!(f.params.iter().chain(&f.variadic).all(|p| !p.name.is_empty()), "{}", f.name);
        }
        let mut names = names();
        names.dedup();
        assert_eq!(names.len(), super::names().len());
    }
}
