//! The command line: Terraform's verbs and flags, in both spellings.

use crate::format::Format;
use crate::stacks::Shard;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Plans and applies AWS stacks written in Terraform's language, without a state file.
#[derive(Parser, Debug)]
#[command(
    name = "cairn",
    disable_version_flag = true,
    after_help = "Every flag may be written as Terraform writes it (-out=FILE) or with two dashes (--out=FILE).\n\n\
                  Examples:\n  cairn plan                              what would change in the stack of this folder\n  \
                  cairn -C stacks/moodle --workspace production apply\n  cairn drift                             what was changed by hand"
)]
pub struct Cli {
    /// What every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every verb.
#[derive(Args, Debug, Clone)]
pub struct Global {
    /// Folder of the stack.
    #[arg(short = 'C', long = "chdir", global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// Workspace: which of the stack's environments.
    #[arg(long, global = true, env = "TF_WORKSPACE", value_name = "NAME")]
    pub workspace: Option<String>,
    /// No colours, and no moving display.
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Write one JSON line per AWS request to this file.
    #[arg(long, global = true, value_name = "FILE")]
    pub calls: Option<PathBuf>,
    /// Only count the warnings.
    #[arg(long, global = true)]
    pub compact_warnings: bool,
    /// How much is done at once: requests while reading (64 unless said), resources while applying (24).
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: Option<u16>,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Check the configuration without asking AWS.
    #[command(after_help = "Example:\n  cairn -C stacks/moodle validate")]
    Validate(Validate),
    /// Show what apply would do.
    #[command(
        after_help = "Exit codes with -detailed-exitcode: 0 nothing to do, 1 error, 2 there are changes.\n\nExamples:\n  cairn plan\n  \
                      cairn plan -out=change.cairnplan          keep the plan, to apply exactly this\n  \
                      cairn plan -target=module.network -detailed-exitcode\n  \
                      cairn plan -base=origin/main -format=markdown          a comment for a pull request\n  \
                      cairn plan -policy=../../policies         exits with 1 when a policy denies the plan"
    )]
    Plan(Plan),
    /// Make the world as the configuration says.
    #[command(after_help = "Examples:\n  cairn apply                                shows the plan and asks\n  \
                      cairn apply change.cairnplan               applies that plan, or says why it no longer can\n  \
                      cairn apply -auto-approve -parallelism=20")]
    Apply(Apply),
    /// Destroy everything that the stack made.
    #[command(after_help = "Example:\n  cairn destroy                              shows what goes and asks")]
    Destroy(Destroy),
    /// Show what was changed by hand. Only reads.
    #[command(
        after_help = "Exit codes: 0 no drift, 1 error or not everything could be read, 2 drift.\n\nExamples:\n  cairn -C stacks/moodle --workspace production drift\n  cairn drift --format junit 'stacks/*' --all-workspaces          many stacks, one report, one exit code\n  cairn drift 'stacks/*:production' stacks/web:staging\n  cairn drift 'stacks/**' --shard 0/4              the first of four machines\n  cairn drift --format json --since last.json > new.json          notifies only of what changed"
    )]
    Drift(Drift),
    /// Show the live resources of the stack, or a saved plan.
    #[command(
        after_help = "Examples:\n  cairn show                                 the stack as it is in AWS\n  cairn show -json change.cairnplan          a saved plan in Terraform's JSON format 1.2"
    )]
    Show(Show),
    /// Show the outputs of the root module.
    #[command(after_help = "Examples:\n  cairn output\n  cairn output -raw load_balancer_dns_name")]
    Output(Output),
    /// Draw the stack without asking AWS: its architecture, or who depends on whom.
    #[command(after_help = "Examples:\n  cairn graph -format=html > stack.html        the architecture, as a page\n  \
                      cairn graph -format=svg > stack.svg          the same, as a picture\n  \
                      cairn graph | dot -Tsvg > graph.svg          the resource graph, in Graphviz's language")]
    Graph(Graph),
    /// Write the least-privilege IAM policy of the stack, without asking AWS.
    #[command(after_help = IAM_POLICY_HELP)]
    IamPolicy(IamPolicy),
    /// Show the version.
    #[command(after_help = "Example:\n  cairn version")]
    Version,
    /// Terraform's other verbs.
    #[command(flatten)]
    Stateless(Stateless),
}

/// Terraform's verbs that have no meaning, or another one, without a state file. Each says what to do instead.
#[derive(Subcommand, Debug)]
pub enum Stateless {
    /// Nothing to initialise.
    #[command(hide = true)]
    Init {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Nothing to fetch.
    #[command(hide = true)]
    Get {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// No state to refresh.
    #[command(hide = true)]
    Refresh {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// No state.
    #[command(hide = true)]
    State {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// No lock.
    #[command(hide = true)]
    ForceUnlock {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Workspaces stand in `cairn.toml`.
    #[command(hide = true)]
    Workspace {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// One provider.
    #[command(hide = true)]
    Providers {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Not there yet.
    #[command(hide = true)]
    Import {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Terraform's formatter serves.
    #[command(hide = true)]
    Fmt {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Terraform's console serves.
    #[command(hide = true)]
    Console {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Not there yet.
    #[command(hide = true)]
    Test {
        /// Whatever Terraform takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

/// Input variables.
#[derive(Args, Debug, Clone, Default)]
pub struct Variables {
    /// Set an input variable: NAME=VALUE. May be given many times.
    #[arg(long = "var", value_name = "NAME=VALUE", action = ArgAction::Append)]
    pub var: Vec<String>,
    /// Read input variables from this file. May be given many times.
    #[arg(long = "var-file", value_name = "FILE", action = ArgAction::Append)]
    pub var_file: Vec<PathBuf>,
    /// Whether to ask for what is missing; Cairn never asks for variables, only for approval.
    #[arg(long, value_name = "BOOL", default_value = "true", action = ArgAction::Set)]
    pub input: bool,
}

/// What part of the stack is planned.
#[derive(Args, Debug, Clone, Default)]
pub struct Selection {
    /// Only this resource or module, and what it depends on; in a destroy, what depends on it. May be given many times.
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub target: Vec<String>,
    /// All but this resource or module, and what depends on it; in a destroy, what it depends on. May be given many times.
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub exclude: Vec<String>,
}

/// Terraform's flags for the lock of a state file, so that its command lines go on working.
#[derive(Args, Debug, Clone, Default)]
pub struct Lock {
    /// There is no state file to lock; only false can be said.
    #[arg(long, value_name = "BOOL", value_parser = no_lock, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub lock: Option<bool>,
    /// How long to wait for a lock. There is none, so nothing is waited for.
    #[arg(long, value_name = "DURATION")]
    pub lock_timeout: Option<String>,
}

fn no_lock(text: &str) -> Result<bool, String> {
    match text {
        "false" => Ok(false),
        _ => Err("Cairn has no state file and takes no lock: leave -lock out, or say -lock=false".to_string()),
    }
}

/// What a plan is made of.
#[derive(Args, Debug, Clone, Default)]
pub struct Planning {
    /// What part.
    #[command(flatten)]
    pub selection: Selection,
    /// About a lock.
    #[command(flatten)]
    pub lock: Lock,
    /// Replace this resource even though nothing asks for it. May be given many times.
    #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
    pub replace: Vec<String>,
    /// Only show what differs between the configuration and AWS; plan no change.
    #[arg(long)]
    pub refresh_only: bool,
}

/// `validate`.
#[derive(Args, Debug)]
pub struct Validate {
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// `plan`.
#[derive(Args, Debug)]
pub struct Plan {
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
    /// What is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// Plan to destroy everything.
    #[arg(long)]
    pub destroy: bool,
    /// Tell the plan in JSON lines, as Terraform's machine-readable UI does.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Keep the plan in this file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compare with this revision: what the change since does, and what had drifted before it.
    #[arg(long, value_name = "REV", conflicts_with_all = ["destroy", "refresh_only"])]
    pub base: Option<String>,
    /// Hold the plan against the Rego policies in this folder, besides those of cairn.toml. May be given many times.
    #[arg(long, value_name = "DIR", action = ArgAction::Append)]
    pub policy: Vec<PathBuf>,
    /// How the plan is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `apply`.
#[derive(Args, Debug)]
pub struct Apply {
    /// A saved plan.
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
    /// What is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// Destroy everything.
    #[arg(long)]
    pub destroy: bool,
    /// Don't ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// Tell the run in JSON lines, as Terraform's machine-readable UI does. Asks nothing: needs -auto-approve or a saved plan.
    #[arg(long)]
    pub json: bool,
}

/// Terraform's 10 protects accounts from its one call per resource; ours are fewer.
pub const DEFAULT_PARALLELISM: u16 = 24;

/// `destroy`.
#[derive(Args, Debug)]
pub struct Destroy {
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
    /// What part.
    #[command(flatten)]
    pub selection: Selection,
    /// About a lock.
    #[command(flatten)]
    pub lock: Lock,
    /// Don't ask.
    #[arg(long)]
    pub auto_approve: bool,
    /// Tell the run in JSON lines, as Terraform's machine-readable UI does. Asks nothing: needs -auto-approve or a saved plan.
    #[arg(long)]
    pub json: bool,
}

/// What a report of drift is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// For a terminal or a log.
    #[default]
    Text,
    /// Everything, for programs; docs/drift.schema.json describes it.
    Json,
    /// For an issue or a chat.
    Markdown,
    /// A test case per resource, for CI systems.
    Junit,
    /// Metrics in Prometheus's text format.
    Prometheus,
    /// SARIF 2.1.0, which code hosts show beside the code.
    Sarif,
}

/// `drift`.
#[derive(Args, Debug)]
pub struct Drift {
    /// Folders of stacks, each with a workspace where one is named: FOLDER or FOLDER:WORKSPACE. Both may be patterns
    /// ('stacks/*:prod*'), which find folders with a cairn.toml and the workspaces that it lists. The stack of this folder
    /// when none is named.
    #[arg(value_name = "STACK")]
    pub stacks: Vec<String>,
    /// Every workspace that the stacks' cairn.toml list, where a STACK names none; TF_WORKSPACE does not count then.
    #[arg(long)]
    pub all_workspaces: bool,
    /// How many stacks are looked at side by side.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    pub at_once: u16,
    /// Only one part of the stacks, for a job that is spread over COUNT machines: INDEX/COUNT, the first INDEX is 0.
    #[arg(long, value_name = "INDEX/COUNT", env = "CAIRN_SHARD")]
    pub shard: Option<Shard>,
    /// How the report is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: DriftFormat,
    /// Let this type stay unread, besides those of cairn.toml; * stands for any characters. May be given many times.
    #[arg(long, value_name = "TYPE", action = ArgAction::Append)]
    pub allow_unchecked: Vec<String>,
    /// Ask CloudTrail's event history who changed what was found, when, from where and with which call.
    #[arg(long)]
    pub who: bool,
    /// Add entries for what is found to the ignore list in cairn.toml. Each needs a reason before they count.
    #[arg(long)]
    pub write_ignore: bool,
    /// The last report in JSON: say what changed since, and notify only of that.
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// `show`.
#[derive(Args, Debug)]
pub struct Show {
    /// A saved plan; without it the live stack is shown.
    #[arg(value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// As JSON; the same as --format json.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// How it is written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// `output`.
#[derive(Args, Debug)]
pub struct Output {
    /// Only this one.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// As JSON, sensitive values included.
    #[arg(long)]
    pub json: bool,
    /// The text of one output without quotes, sensitive or not.
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub raw: bool,
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// `graph`.
#[derive(Args, Debug)]
pub struct Graph {
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
    /// As what it is drawn.
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

const IAM_POLICY_HELP: &str = "\
A managed policy may have 6,144 characters. What takes more is split: one document is printed as it is, several as a JSON array; \
with --out each is a file of its own, to be attached to the role one by one.

What a policy is limited to: names that the configuration determines; the tag cairn:stack, on what has only an id; the region; the \
account, where cairn.toml or the provider names it. It covers what the configuration declares, and of those types what carries the \
stack's mark. A type, a bucket or a dashboard whose last block has just gone is not in it: make the policy of the revision that \
still has it too, until it is destroyed. Where a provider assumes a role, the policy is that role's; only sns:Publish, on the \
topics that cairn.toml names under [[notify]], is then for the credentials that assume it.

Examples:
  cairn iam-policy --for drift > drift.json
  cairn iam-policy --for drift --who          enough for `cairn drift --who` too
  cairn -C stacks/moodle --workspace production iam-policy --for apply --out policies
  aws iam create-policy --policy-name moodle-apply-1 --policy-document file://policies/moodle-production-apply-1.json";

/// `iam-policy`.
#[derive(Args, Debug)]
pub struct IamPolicy {
    /// The verb that it has to be enough for.
    #[arg(long = "for", value_enum, value_name = "VERB")]
    pub verb: PolicyVerb,
    /// With --for drift: enough for `drift --who` too.
    #[arg(long)]
    pub who: bool,
    /// Write each document into a file in this folder: STACK-WORKSPACE-VERB-NUMBER.json. Those of an earlier run are replaced.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Input variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// What a policy can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PolicyVerb {
    /// To read, for plan.
    Plan,
    /// To read, make, change and destroy.
    Apply,
    /// To read, for drift, and to tell the topics that cairn.toml names.
    Drift,
    /// To read and destroy.
    Destroy,
}

/// What a stack is drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// The resource graph in Graphviz's language.
    #[default]
    Dot,
    /// The resource graph in Mermaid's language.
    Mermaid,
    /// The architecture as a picture.
    Svg,
    /// The architecture as a page.
    Html,
}

/// One `-var` or `-var-file`, in the order of the command line: later ones win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableArgument {
    /// `NAME=VALUE`.
    Value(String),
    /// A file.
    File(PathBuf),
}

impl Variables {
    /// Both kinds in the order of the command line.
    pub fn in_order(&self, matches: &clap::ArgMatches) -> Vec<VariableArgument> {
        let places = |id: &str| matches.indices_of(id).into_iter().flatten().collect::<Vec<_>>();
        let values = places("var").into_iter().zip(self.var.iter().cloned().map(VariableArgument::Value));
        let files = places("var_file").into_iter().zip(self.var_file.iter().cloned().map(VariableArgument::File));
        let mut all: Vec<_> = values.chain(files).collect();
        all.sort_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, argument)| argument).collect()
    }
}

/// Turns Terraform's spelling (`-out=FILE`) into clap's (`--out=FILE`). What follows `--` is left.
pub fn normalise(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut rest = false;
    args.into_iter()
        .map(|arg| {
            let Some(text) = arg.to_str() else { return arg };
            rest |= text == "--";
            let long =
                !rest && text.starts_with('-') && !text.starts_with("--") && text.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase());
            if long && text.chars().count() > 2 { OsString::from(format!("-{text}")) } else { arg }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, FromArgMatches};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn both_spellings() {
        for args in [
            ["cairn", "-chdir=x", "plan", "-out=f", "-var", "a=b", "-detailed-exitcode"],
            ["cairn", "--chdir=x", "plan", "--out=f", "--var", "a=b", "--detailed-exitcode"],
        ] {
            let args = normalise(args.into_iter().map(OsString::from));
            let cli = Cli::try_parse_from(args).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(cli.global.chdir, Some("x".into()));
            let Verb::Plan(plan) = cli.verb else { panic!("not plan") };
            assert!(plan.detailed_exitcode && plan.out == Some("f".into()) && plan.variables.var == ["a=b"]);
        }
    }

    #[test]
    fn variables_keep_their_order() {
        let args = ["cairn", "plan", "-var=a=1", "-var-file=x", "-var=a=2"].map(OsString::from);
        let matches = Cli::command().try_get_matches_from(normalise(args)).unwrap_or_else(|e| panic!("{e}"));
        let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|e| panic!("{e}"));
        let (Verb::Plan(plan), Some((_, sub))) = (cli.verb, matches.subcommand()) else { panic!("not plan") };
        let order = plan.variables.in_order(sub);
        assert_eq!(
            order,
            [VariableArgument::Value("a=1".into()), VariableArgument::File("x".into()), VariableArgument::Value("a=2".into())]
        );
    }
}
