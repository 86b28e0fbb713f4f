//! From a folder to a stack that can be planned: settings, configuration, the way into AWS.

use crate::args::{self, Global, Variables};
use crate::base::Base;
use crate::diagnostics;
use crate::json_lines::{self, JsonLines};
use crate::progress::{Progress, Shown};
use crate::settings::{Read, Settings, Workspace};
use crate::terminal::Terminal;
use crate::watch::Watch;
use cairn_aws::calls::CallLog;
use cairn_aws::{AwsProvider, AwsSchemas, Clients, IN_FLIGHT};
use cairn_engine::{BuiltIn, Failure, FailureKind, PlanMeta, PrepareError};
use cairn_lang::{LoadOptions, Program, RevisionCopy, SourceMap, VariableArgument};
use cairn_model::instance::{Configuration, ProviderConfig};
use cairn_model::{Diagnostic, Diagnostics, Severity, StackId};
use cairn_report::text::Style;
use cairn_report::ui;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a verb could not do its work. All that is to be said was said already.
#[derive(Debug)]
pub struct Told {
    /// The first error, with its place.
    pub summary: String,
}

impl Told {
    /// Says what is wrong where no source is concerned.
    pub fn saying(diagnostic: &Diagnostic) -> Told {
        eprintln!("error: {}", diagnostic.summary);
        Told { summary: diagnostic.summary.clone() }
    }
}

/// How a run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// To people.
    Text,
    /// To programs, in JSON lines.
    Json,
}

/// What a verb works on.
pub struct Project {
    /// How output is drawn.
    pub style: Style,
    /// Where output goes.
    pub terminal: Terminal,
    /// How the run is told.
    pub speech: Speech,
    /// The stack's folder.
    pub dir: PathBuf,
    /// The stack's identity.
    pub stack: StackId,
    /// What `cairn.toml` says of the workspace.
    pub workspace: Workspace,
    /// The clients of the run.
    pub clients: Arc<Clients>,
    /// How much is done at once, where the command line says.
    pub parallelism: Option<u16>,
    /// Folders of policies that `cairn.toml` names.
    pub policies: Vec<PathBuf>,
    /// What `cairn.toml` says of the look for drift.
    pub watch: Watch,
    compact_warnings: bool,
    sources: Arc<SourceMap>,
    extra: Mutex<BTreeMap<String, String>>,
    /// When the run began: the time of its plan.
    began: String,
    told: Mutex<Vec<Diagnostic>>,
}

impl Project {
    /// Finds the stack that the command line means.
    pub fn open(global: &Global, log: CallLog, speech: Speech) -> Result<Project, Told> {
        let terminal = Terminal::detect(global.no_color);
        if speech == Speech::Json {
            json_lines::write([ui::version()]);
        }
        let shown = global.chdir.clone().unwrap_or_else(|| PathBuf::from("."));
        let mut project = Project {
            style: terminal.style,
            terminal,
            speech,
            dir: shown.clone(),
            stack: StackId { name: String::new(), workspace: global.workspace.clone().unwrap_or_else(|| "default".into()) },
            workspace: Workspace::default(),
            clients: Arc::new(Clients::new(in_flight(global), log)),
            sources: Arc::default(),
            extra: Mutex::default(),
            policies: Vec::new(),
            watch: Watch::default(),
            compact_warnings: global.compact_warnings,
            parallelism: global.parallelism,
            began: timestamp(),
            told: Mutex::default(),
        };
        let Read { settings, watch } = match Settings::read(&project.dir, &shown) {
            Ok(read) => read,
            Err(unread) => {
                if let Some((name, text)) = unread.source {
                    project.remember(&name, &text);
                }
                return Err(project.tell(&unread.diagnostic.into()));
            }
        };
        project.stack.name = settings.name.clone();
        project.policies = settings.policies.clone();
        project.watch = watch;
        project.workspace = settings.workspace(&project.stack.workspace).map_err(|d| project.tell(&d.into()))?;
        Ok(project)
    }

    /// Says what is wrong.
    pub fn tell(&self, diagnostics: &Diagnostics) -> Told {
        let extra = self.extra.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let find = |file: &str| extra.get(file).cloned().or_else(|| self.sources.text(file).map(|t| t.to_string()));
        for d in &diagnostics.0 {
            match self.speech {
                Speech::Text => anstream::eprintln!("{}\n", diagnostics::draw(d, &find, self.style)),
                Speech::Json => json_lines::write([ui::diagnostic(d, &find)]),
            }
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).extend(diagnostics.0.iter().cloned());
        let first = diagnostics.0.iter().find(|d| d.severity == Severity::Error);
        Told { summary: first.map(ToString::to_string).unwrap_or_default() }
    }

    /// Keeps the text of a file that is no part of the configuration, for errors that point into it.
    pub fn remember(&self, name: &str, text: &str) {
        self.extra.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string(), text.to_string());
    }

    /// Everything that was said to be wrong.
    pub fn told(&self) -> Vec<Diagnostic> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a run, or the reading before it. `total` is the number of changes that it will make.
    pub fn show(&self, total: usize) -> Arc<dyn Shown> {
        match self.speech {
            Speech::Text => Progress::new(self.terminal, total),
            Speech::Json => JsonLines::new(),
        }
    }

    /// Says what warnings there are.
    pub fn warn(&self, warnings: &[Diagnostic]) {
        if self.compact_warnings && self.speech == Speech::Text && !warnings.is_empty() {
            let s = if warnings.len() == 1 { "" } else { "s" };
            eprintln!("{} warning{s}; run without -compact-warnings to see what of.\n", warnings.len());
        } else if !warnings.is_empty() {
            self.tell(&Diagnostics(warnings.to_vec()));
        }
    }

    /// Says why AWS could not be asked.
    pub fn tell_failure(&self, failure: &Failure) -> Told {
        self.tell(&explain(failure).into())
    }

    /// Says why there is no plan.
    pub fn tell_prepare(&self, error: &PrepareError) -> Told {
        match error {
            PrepareError::Diagnostics(d) => self.tell(d),
            PrepareError::Read(failure) => self.tell_failure(failure),
        }
    }

    /// Loads the configuration with its variables.
    pub fn load(&self, variables: &Variables, matches: &clap::ArgMatches) -> Result<Arc<Program>, Told> {
        let given = self.given(&self.workspace, variables, matches)?;
        self.loaded(given, false)
    }

    /// Loads the configuration to check it, for whatever values of variables that have none.
    pub fn load_to_check(&self, variables: &Variables, matches: &clap::ArgMatches) -> Result<Arc<Program>, Told> {
        let given = self.given(&self.workspace, variables, matches)?;
        self.loaded(given, true)
    }

    fn loaded(&self, given: Vec<VariableArgument>, unset_is_unknown: bool) -> Result<Arc<Program>, Told> {
        let options = LoadOptions { unset_is_unknown, ..self.load_options(given, self.sources.clone()) };
        let program = program(&self.dir, options).map_err(|d| self.tell(&d))?;
        self.warn(&program.warnings().0);
        Ok(program)
    }

    /// Loads the configuration as it is in another revision, with the same variables; nothing when that has
    /// no such stack.
    pub fn load_base(&self, base: &Base, variables: &Variables, matches: &clap::ArgMatches) -> Result<Option<Arc<Program>>, Told> {
        let Some(dir) = &base.stack else { return Ok(None) };
        let copy = RevisionCopy { root: format!("{}/", base.files.display()), name: format!("{}:", base.revision) };
        let Read { settings, .. } = Settings::read(dir, dir).map_err(|unread| self.tell(&in_base(base, unread.diagnostic.into())))?;
        let workspace = settings.workspace(&self.stack.workspace).map_err(|d| self.tell(&in_base(base, d.into())))?;
        let mut given = self.given(&workspace, variables, matches)?;
        for argument in &mut given {
            // What the revision does not hold is not under version control: it is the same for both.
            if let VariableArgument::File(file) = argument
                && !dir.join(&*file).exists()
                && let Ok(own) = std::path::absolute(self.dir.join(&*file))
            {
                *file = own;
            }
        }
        let options = LoadOptions { copy: Some(copy), ..self.load_options(given, Arc::default()) };
        program(dir, options).map(Some).map_err(|d| self.tell(&in_base(base, d)))
    }

    /// The variables of a workspace and of the command line, in the order in which they count.
    fn given(&self, workspace: &Workspace, variables: &Variables, matches: &clap::ArgMatches) -> Result<Vec<VariableArgument>, Told> {
        // A relative var file begins at the stack's folder, as Terraform has it with -chdir.
        let mut given: Vec<VariableArgument> = workspace.var_files.iter().cloned().map(VariableArgument::File).collect();
        for argument in variables.in_order(matches) {
            match argument {
                args::VariableArgument::Value(text) => {
                    let Some((name, value)) = text.split_once('=') else {
                        let d =
                            Diagnostic::error(format!("-var \"{text}\" has no value")).help("write it as -var 'NAME=VALUE'".to_string());
                        return Err(self.tell(&d.into()));
                    };
                    given.push(VariableArgument::Value { name: name.trim().to_string(), text: value.to_string() });
                }
                args::VariableArgument::File(file) => given.push(VariableArgument::File(file)),
            }
        }
        Ok(given)
    }

    fn load_options(&self, variables: Vec<VariableArgument>, sources: Arc<SourceMap>) -> LoadOptions {
        LoadOptions {
            workspace: self.stack.workspace.clone(),
            environment: std::env::vars().filter_map(|(k, v)| Some((k.strip_prefix("TF_VAR_")?.to_string(), v))).collect(),
            variables,
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            home: std::env::home_dir(),
            plan_time: self.began.clone(),
            sources,
            ..LoadOptions::default()
        }
    }

    /// The way into AWS for a configuration, after the guard on account and region.
    pub async fn connect(&self, program: &Program) -> Result<Arc<AwsProvider>, Told> {
        let configs = program.providers().map_err(|d| self.tell(&d))?;
        self.guard_region(&configs)?;
        let provider = AwsProvider::connect(self.stack.clone(), &configs, self.workspace.region.as_deref(), &self.clients)
            .await
            .map_err(|f| self.tell_failure(&f))?;
        self.guard_account(&provider).await?;
        Ok(Arc::new(provider))
    }

    fn guard_region(&self, configs: &[ProviderConfig]) -> Result<(), Told> {
        let Some(allowed) = &self.workspace.region else { return Ok(()) };
        for config in configs {
            // A second provider configuration may name another region on purpose: what it makes is still this stack's.
            let named = config.config.get_str("region").filter(|r| *r != allowed && config.key == "aws");
            if let Some(region) = named {
                let d = Diagnostic::error(format!("The region {region} is not this workspace's"))
                    .detail(format!("cairn.toml allows the workspace {} the region {allowed}.", self.stack.workspace))
                    .maybe_at(config.span.as_ref(), "this provider works elsewhere");
                return Err(self.tell(&d.into()));
            }
        }
        Ok(())
    }

    /// Refuses a wrong account before any other call.
    async fn guard_account(&self, provider: &AwsProvider) -> Result<(), Told> {
        for (key, way) in provider.ways() {
            let mut allowed = way.settings.allowed_account_ids.clone();
            let mut by = format!("allowed_account_ids of the provider {key}");
            if let Some(account) = self.workspace.account.as_ref().filter(|_| key == "aws") {
                allowed = vec![account.clone()];
                by = format!("cairn.toml for the workspace {}", self.stack.workspace);
            }
            if allowed.is_empty() && way.settings.forbidden_account_ids.is_empty() {
                continue;
            }
            let account = way.aws.account().await.map_err(|f| self.tell_failure(&f))?.to_string();
            let forbidden = way.settings.forbidden_account_ids.contains(&account);
            if forbidden || !(allowed.is_empty() || allowed.contains(&account)) {
                let detail =
                    if forbidden { format!("The provider {key} forbids it.") } else { format!("Allowed by {by}: {}.", allowed.join(", ")) };
                let d = Diagnostic::error(format!("These credentials belong to the account {account}, which this stack may not touch"))
                    .detail(detail)
                    .help("use credentials of the right account (AWS_PROFILE), or choose another workspace".to_string());
                return Err(self.tell(&d.into()));
            }
        }
        Ok(())
    }

    /// What a plan of this configuration says beside the changes.
    pub fn meta(&self, program: &Program) -> PlanMeta {
        PlanMeta {
            config_digest: self.config_digest(),
            timestamp: timestamp(),
            configuration: program.terraform_configuration(),
            variables: program.terraform_variables(),
        }
    }

    /// Digest of everything that the configuration was read from.
    fn config_digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (name, text) in self.sources.all() {
            hasher.update(name.as_bytes()).update(&[0]).update(text.as_bytes()).update(&[0]);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// How many requests may be under way at once on each way into AWS.
pub fn in_flight(global: &Global) -> usize {
    global.parallelism.map_or(IN_FLIGHT, usize::from)
}

/// Errors of another revision, which say so.
pub fn in_base(base: &Base, mut diagnostics: Diagnostics) -> Diagnostics {
    for d in &mut diagnostics.0 {
        d.summary = format!("In the revision {}: {}", base.revision, d.summary);
    }
    diagnostics
}

/// Now, in RFC 3339.
pub fn timestamp() -> String {
    humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()
}

/// A failed call as an error that says what to do.
pub fn explain(failure: &Failure) -> Diagnostic {
    let (summary, help) = match failure.kind {
        FailureKind::Credentials => (
            "There are no usable AWS credentials",
            "set AWS_PROFILE, log in with `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        FailureKind::Unreachable => ("AWS does not answer", "check the network, and AWS_ENDPOINT_URL if it is set"),
        FailureKind::Denied => ("AWS refuses", "the credentials lack this permission; ask for it, or use others"),
        FailureKind::Throttled => ("AWS refuses for the rate of requests", "try again later, or with a lower -parallelism"),
        FailureKind::ReplyLost => ("AWS's reply did not come", "run the same command again: what was done is found again"),
        _ => ("AWS could not be asked", ""),
    };
    let d = Diagnostic { severity: Severity::Error, ..Diagnostic::error(summary) }.detail(failure.to_string());
    if help.is_empty() { d } else { d.help(help.to_string()) }
}

fn program(dir: &Path, options: LoadOptions) -> Result<Arc<Program>, Diagnostics> {
    Program::load(dir, options, Arc::new(BuiltIn(&AwsSchemas))).map(Arc::new)
}
