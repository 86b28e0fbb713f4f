//! `cairn graph`

use crate::args::Graph;
use crate::exit::Exit;
use crate::project::{Project, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::BuiltIn;
use cairn_model::instance::{Configuration, Schemas};
use cairn_model::{Diagnostics, Instance, Mode, Resolver, Type, Value};
use std::collections::BTreeMap;

/// Takes down who depends on whom; needs no AWS.
struct Edges {
    schemas: BuiltIn<&'static AwsSchemas>,
    of: BTreeMap<String, (Mode, Vec<String>)>,
}

impl Resolver for Edges {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let mode = instance.address.mode;
        let edges = instance.depends_on.iter().map(ToString::to_string).collect();
        let schema = match mode {
            Mode::Managed => self.schemas.resource(&instance.address.type_name),
            Mode::Data => self.schemas.data_source(&instance.address.type_name),
        };
        self.of.insert(instance.address.to_string(), (mode, edges));
        Ok(Value::unknown(schema.map_or(Type::Dynamic, |s| s.ty())))
    }
}

/// Draws the resource graph: an arrow leads from a resource to what it needs.
pub fn run(project: &Project, args: &Graph, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load(&args.variables, matches)?;
    let mut edges = Edges { schemas: BuiltIn(&AwsSchemas), of: BTreeMap::new() };
    program.walk(&mut edges).map_err(|d| project.tell(&d))?;
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    println!("digraph {} {{\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];", quoted(&project.stack.to_string()));
    for (address, (mode, _)) in &edges.of {
        let style = if *mode == Mode::Data { " [style = dashed]" } else { "" };
        println!("  {}{style};", quoted(address));
    }
    for (from, (_, tos)) in &edges.of {
        for to in tos {
            println!("  {} -> {};", quoted(from), quoted(to));
        }
    }
    println!("}}");
    Ok(Exit::Ok)
}
