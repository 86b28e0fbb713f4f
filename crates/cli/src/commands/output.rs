//! `cairn output`

use super::{options, prepare};
use crate::args::{Output, Selection};
use crate::exit::Exit;
use crate::project::{Project, Told};
use cairn_engine::PlanMode;
use cairn_model::json::to_json;
use cairn_model::{Diagnostic, Kind};
use cairn_report::text::outputs;
use std::collections::BTreeMap;

/// Shows the outputs of the root module, from the live stack.
pub async fn run(project: &Project, args: &Output, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    let program = project.load(&args.variables, matches)?;
    let options = options(project, PlanMode::Normal, &Selection::default(), &[])?;
    let plan = prepare(project, program, &options).await?.plan;
    let Some(name) = &args.name else {
        // Unknown: what it is made of is not there yet.
        let known: BTreeMap<_, _> = plan.outputs.into_iter().filter(|(_, o)| o.value.is_wholly_known()).collect();
        if args.json {
            println!("{}", serde_json::to_string_pretty(&outputs::json(&known)).unwrap_or_default());
        } else if known.is_empty() {
            println!("There are no outputs yet: run `cairn apply`.");
        } else {
            print!("{}", outputs::draw(&known, project.style));
        }
        return Ok(Exit::Ok);
    };
    let Some(output) = plan.outputs.get(name) else {
        let names = plan.outputs.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let d = Diagnostic::error(format!("There is no output \"{name}\"")).detail(format!("The root module has: {names}."));
        return Err(project.tell(&d.into()));
    };
    if !output.value.is_wholly_known() {
        let d = Diagnostic::error(format!("The output \"{name}\" is not known yet")).help("run `cairn apply` first".to_string());
        return Err(project.tell(&d.into()));
    }
    if args.raw {
        match output.value.kind() {
            Kind::String(text) => print!("{text}"),
            Kind::Number(number) => print!("{number}"),
            Kind::Bool(truth) => print!("{truth}"),
            _ => {
                let d = Diagnostic::error(format!("The output \"{name}\" is not text")).help("use -json".to_string());
                return Err(project.tell(&d.into()));
            }
        }
    } else if args.json {
        println!("{}", to_json(&output.value));
    } else {
        let one = BTreeMap::from([(name.clone(), output.clone())]);
        let drawn = outputs::draw(&one, project.style);
        print!("{}", drawn.strip_prefix(&format!("{name} = ")).unwrap_or(&drawn));
    }
    Ok(Exit::Ok)
}
