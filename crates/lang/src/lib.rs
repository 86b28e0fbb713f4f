//! Terraform's language: from the text of a directory to values, with source spans and unknowns.
//!
//! `syntax` reads text, `eval` and `functions` evaluate expressions, `load` reads a directory and its
//! modules, `references` and `graph` tell what depends on what, `relevant` what changes hang on, `arguments` holds blocks against
//! schemas, and `run` evaluates it all. A [`Program`] is what comes out, and implements
//! [`Configuration`](cairn_model::instance::Configuration).
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod arguments;
mod console;
mod context;
mod eval;
mod functions;
mod graph;
mod load;
mod program;
mod references;
mod relevant;
mod run;
mod source;
mod suggest;
mod syntax;
mod terraform_json;

pub use console::display;
pub use functions::functions;
pub use load::variables::VariableArgument;
pub use program::{LoadOptions, Program, RevisionCopy};
pub use source::SourceMap;
