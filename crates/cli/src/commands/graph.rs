//! `cairn graph`

use crate::args::{Graph, GraphFormat};
use crate::exit::Exit;
use crate::project::{Project, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::{BuiltIn, PlanMeta, SavedPlan, declared};
use cairn_model::instance::{Configuration, Schemas};
use cairn_model::{Diagnostics, Instance, Mode, Resolver, Type, Value};
use cairn_report::architecture::architecture;
use cairn_report::graph::{self, Node, dot, mermaid};
use cairn_report::{drawing, html};
use std::collections::BTreeMap;

/// Takes down who depends on whom; needs no AWS.
struct Edges {
    schemas: BuiltIn<&'static AwsSchemas>,
    of: BTreeMap<String, Node>,
}

impl Resolver for Edges {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let mode = instance.address.mode;
        let needs = instance.depends_on.iter().map(ToString::to_string).collect();
        let schema = match mode {
            Mode::Managed => self.schemas.resource(&instance.address.type_name),
            Mode::Data => self.schemas.data_source(&instance.address.type_name),
        };
        self.of.insert(instance.address.to_string(), Node { data: mode == Mode::Data, needs });
        Ok(Value::unknown(schema.map_or(Type::Dynamic, |s| s.ty())))
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}

/// Draws the resource graph, where an arrow leads from a resource to what it needs, or the architecture.
pub fn run(project: &Project, args: &Graph, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load(&args.variables, matches)?;
    match args.format {
        GraphFormat::Dot => print!("{}", dot(&graph(project, program.as_ref())?)),
        GraphFormat::Mermaid => print!("{}", mermaid(&graph(project, program.as_ref())?)),
        GraphFormat::Svg => {
            let architecture = architecture(&stack(project, program.as_ref())?);
            print!("{}", drawing::alone(&drawing::lay_out(&architecture), &architecture, &project.stack.to_string()));
        }
        GraphFormat::Html => print!("{}", html::stack_page(&stack(project, program.as_ref())?)),
    }
    Ok(Exit::Ok)
}

fn graph(project: &Project, program: &dyn Configuration) -> Result<graph::Graph, Told> {
    let mut edges = Edges { schemas: BuiltIn(&AwsSchemas), of: BTreeMap::new() };
    program.walk(&mut edges).map_err(|d| project.tell(&d))?;
    Ok(graph::Graph { title: project.stack.to_string(), nodes: edges.of })
}

/// The stack as its configuration declares it, in the shape that drawings are made from.
fn stack(project: &Project, program: &dyn Configuration) -> Result<SavedPlan, Told> {
    let plan = declared(program, &BuiltIn(&AwsSchemas), &project.stack).map_err(|d| project.tell(&d))?;
    Ok(SavedPlan::of(&plan, &PlanMeta::default()))
}
