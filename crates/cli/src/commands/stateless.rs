//! Terraform's verbs that have no meaning, or another one, without a state file: each says what to do instead.

use crate::args::Stateless;
use crate::exit::Exit;

/// Answers a verb: in one line, and cleanly where there is nothing to do.
pub fn run(verb: &Stateless) -> Exit {
    let (exit, text) = match verb {
        Stateless::Init { .. } => {
            (Exit::Ok, "There is nothing to initialise: the AWS provider is part of Cairn, and there is no state. Go on with `cairn plan`.")
        }
        Stateless::Refresh { .. } => {
            (Exit::Ok, "There is no state to refresh: every run reads AWS itself. `cairn drift` shows what was changed by hand.")
        }
        Stateless::State { .. } => (Exit::Ok, "There is no state: AWS is the record. `cairn show` lists what the stack has there."),
        Stateless::ForceUnlock { .. } => {
            (Exit::Ok, "There is no lock to release: a run that died leaves none behind. Run `cairn apply` again.")
        }
        Stateless::Workspace { .. } => {
            (Exit::Ok, "Workspaces stand in cairn.toml, and none is selected for good: say --workspace NAME or set TF_WORKSPACE.")
        }
        Stateless::Providers { .. } => (Exit::Ok, "The one provider is AWS, and it is part of Cairn: `cairn version` says which."),
        Stateless::Get { .. } => (Exit::Ok, "There is nothing to fetch: modules are read from the folders that `source` names."),
        Stateless::Import { .. } => {
            (Exit::Error, "error: Cairn can't import yet. What somebody else made is left alone and named by `cairn plan`.")
        }
        Stateless::Fmt { .. } => (Exit::Error, "error: Cairn does not format files. `terraform fmt` does: the language is the same."),
        Stateless::Console { .. } => (Exit::Error, "error: Cairn has no console. `terraform console` evaluates the same expressions."),
        Stateless::Test { .. } => (Exit::Error, "error: Cairn does not run .tftest.hcl files yet."),
    };
    match exit {
        Exit::Ok => println!("{text}"),
        _ => eprintln!("{text}"),
    }
    exit
}
