//! `cairn iam-policy`

use crate::args::{IamPolicy, PolicyVerb};
use crate::exit::Exit;
use crate::project::{Project, Told};
use crate::watch::Receiver;
use cairn_aws::permissions::{Besides, PermissionStack, Purpose, policies};
use cairn_model::Diagnostic;
use clap::ValueEnum;
use serde_json::Value as Json;
use std::io;
use std::path::Path;

/// Writes the policies that a verb takes, to the standard output or into files.
pub fn run(project: &Project, args: &IamPolicy, matches: &clap::ArgMatches) -> Result<Exit, Told> {
    if args.who && args.verb != PolicyVerb::Drift {
        return Err(
            project.tell(&Diagnostic::error("--who is for drift alone").help("leave it out, or say --for drift".to_string()).into())
        );
    }
    let program = project.load(&args.variables, matches)?;
    let workspace = &project.workspace;
    let survey =
        PermissionStack::survey(program.as_ref(), project.stack.clone(), workspace.region.as_deref(), workspace.account.as_deref());
    let stack = survey.map_err(|d| project.tell(&d))?;
    let documents = policies(&stack, purpose(args.verb), &besides(project, args));
    match (&args.out, documents.as_slice()) {
        (Some(folder), documents) => {
            let verb = args.verb.to_possible_value().map(|v| v.get_name().to_string()).unwrap_or_default();
            let start = format!("{}-{}-{verb}-", project.stack.name, project.stack.workspace);
            write(folder, &start, documents).map_err(|e| {
                project.tell(&Diagnostic::error(format!("the policies can't be written to {}: {e}", folder.display())).into())
            })?;
        }
        (None, [only]) => println!("{only:#}"),
        (None, several) => println!("{:#}", Json::from(several)),
    }
    Ok(Exit::Ok)
}

fn purpose(verb: PolicyVerb) -> Purpose {
    match verb {
        PolicyVerb::Plan | PolicyVerb::Drift => Purpose::Read,
        PolicyVerb::Apply => Purpose::Apply,
        PolicyVerb::Destroy => Purpose::Destroy,
    }
}

/// What a look for drift does besides reading.
fn besides(project: &Project, args: &IamPolicy) -> Besides {
    let topic = |receiver: &Receiver| match receiver {
        Receiver::Sns { topic_arn } => Some(topic_arn.clone()),
        Receiver::Slack { .. } | Receiver::Github { .. } => None,
    };
    match args.verb {
        PolicyVerb::Drift => Besides { history: args.who, topics: project.watch.receivers.iter().filter_map(topic).collect() },
        PolicyVerb::Plan | PolicyVerb::Apply | PolicyVerb::Destroy => Besides::default(),
    }
}

/// Writes the documents, and removes those of an earlier run that had more.
fn write(folder: &Path, start: &str, documents: &[Json]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|n| n.strip_prefix(start)).and_then(|n| n.strip_suffix(".json"));
        if number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            std::fs::remove_file(entry.path())?;
        }
    }
    for (number, document) in (1..).zip(documents) {
        let file = folder.join(format!("{start}{number}.json"));
        std::fs::write(&file, format!("{document:#}\n"))?;
        println!("{}", file.display());
    }
    Ok(())
}
