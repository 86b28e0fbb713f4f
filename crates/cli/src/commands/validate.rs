//! `cairn validate`

use crate::args::Validate;
use crate::exit::Exit;
use crate::project::{Project, Told};
use cairn_aws::AwsSchemas;
use cairn_engine::BuiltIn;
use cairn_model::instance::{Configuration, Schemas};
use cairn_model::{Diagnostics, Instance, Mode, Resolver, Value};
use cairn_report::text::Colour;

/// Answers every instance with unknowns: what can be judged without AWS is judged.
struct NothingKnown(BuiltIn<&'static AwsSchemas>);

impl Resolver for NothingKnown {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let name = &instance.address.type_name;
        let schema = match instance.address.mode {
            Mode::Managed => self.0.resource(name),
            Mode::Data => self.0.data_source(name),
        };
        Ok(Value::unknown(schema.map_or(cairn_model::Type::Dynamic, |s| s.ty())))
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}

/// Checks the configuration without asking AWS.
pub fn run(project: &Project, args: &Validate, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load_to_check(&args.variables, matches)?;
    program.providers().map_err(|d| project.tell(&d))?;
    program.walk(&mut NothingKnown(BuiltIn(&AwsSchemas))).map_err(|d| project.tell(&d))?;
    println!("{} The configuration is valid.", project.style.paint(Colour::Green, "Success!"));
    Ok(Exit::Ok)
}
