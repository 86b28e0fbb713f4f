//! What every other crate of Cairn speaks of: values with unknowns and marks, types, addresses,
//! schemas, source positions and diagnostics. It knows neither HCL nor AWS, and does no I/O.

pub mod address;
pub mod check;
pub mod condition;
pub mod convert;
pub mod diagnostic;
pub mod equality;
pub mod finding;
pub mod instance;
pub mod json;
pub mod mark;
pub mod model;
pub mod number;
pub mod path;
pub mod schema;
pub mod types;
pub mod value;

pub use address::{Address, Key, ModuleStep};
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity, Span};
pub use instance::{Instance, Lifecycle, Mode, Resolver};
pub use mark::{Mark, StackId};
pub use model::{Field, Model};
pub use number::Number;
pub use path::{Path, Step};
pub use schema::{AttrType, Attribute, Block, NestedBlock, Nesting, Schema};
pub use types::Type;
pub use value::{Kind, Value};
