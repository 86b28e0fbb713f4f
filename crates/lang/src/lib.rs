//! Terraform's language: from the text of a directory to values, with source spans and unknowns.
//!
//! `syntax` reads text, `eval` and `functions` evaluate expressions, `load` makes a `Program` of a
//! directory and its modules, `run` evaluates a program, `schema` turns blocks into the arguments of
//! a resource.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod context;
mod eval;
mod functions;
mod source;
mod suggest;
mod syntax;

pub use source::SourceMap;
