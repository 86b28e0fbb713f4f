//! A configuration that has been read and checked, ready to be evaluated.

use crate::arguments::check_block;
use crate::context::{Context, clean_path};
use crate::graph::{self, Node, Order};
use crate::load::Loading;
use crate::load::config::ModuleConfig;
use crate::load::variables::{VariableArgument, root_values};
use crate::run::{Cache, Evaluator, World};
use crate::source::SourceMap;
use crate::suggest;
use crate::syntax::ast::Ident;
use crate::syntax::parse_expression;
use cairn_model::instance::{Configuration, Output, ProviderConfig, Relevant, Resolver, Schemas, Sought, Values, Walked};
use cairn_model::{Address, Diagnostics, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a program is loaded with. Everything that could come from outside comes through here: the
/// library reads neither the environment nor the clock.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// What `terraform.workspace` is.
    pub workspace: String,
    /// Values from the environment: the names after `TF_VAR_`, and their text.
    pub environment: BTreeMap<String, String>,
    /// `-var` and `-var-file`, in the order given.
    pub variables: Vec<VariableArgument>,
    /// What `path.cwd` is: absolute. Relative paths of the directory begin here.
    pub working_directory: PathBuf,
    /// The user's home directory, for `pathexpand`.
    pub home: Option<PathBuf>,
    /// The time of the plan, as RFC 3339 writes it, for `plantimestamp`.
    pub plan_time: String,
    /// Takes the text of every file that is read, also when loading fails.
    pub sources: Arc<SourceMap>,
    /// The directory is part of a copy of another revision.
    pub copy: Option<RevisionCopy>,
    /// A variable that has neither a value nor a default is unknown rather than an error: the configuration is to be
    /// checked, for whatever values.
    pub unset_is_unknown: bool,
}

/// A copy of the files of another revision, planned beside the one that is there. Values given for
/// variables that it does not declare are left out: they are meant for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionCopy {
    /// Where the copy is, with a slash at the end.
    pub root: String,
    /// What stands for that in the names of files, such as `main:`.
    pub name: String,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions {
            workspace: "default".into(),
            environment: BTreeMap::new(),
            variables: Vec::new(),
            working_directory: PathBuf::from("/"),
            home: None,
            plan_time: "1970-01-01T00:00:00Z".into(),
            sources: Arc::new(SourceMap::default()),
            copy: None,
            unset_is_unknown: false,
        }
    }
}

/// A module in the tree of calls.
pub(crate) struct Module {
    pub config: Arc<ModuleConfig>,
    /// The module that calls it, and which of its calls that is.
    pub parent: Option<(usize, usize)>,
    /// The module behind each of its calls.
    pub children: Vec<Option<usize>>,
    /// Names of the calls from the root down.
    pub names: Vec<Arc<str>>,
}

/// A configuration that has been read and checked.
pub struct Program {
    pub(crate) context: Context,
    pub(crate) schemas: Arc<dyn Schemas>,
    pub(crate) modules: Vec<Module>,
    pub(crate) root_values: HashMap<Arc<str>, Value>,
    pub(crate) order: Order,
    pub(crate) cache: Mutex<Cache>,
    warnings: Diagnostics,
}

impl Program {
    /// Reads a directory and the modules that it calls, and checks all that can be told without
    /// evaluating. Gives every error that it finds.
    pub fn load(directory: &Path, options: LoadOptions, schemas: Arc<dyn Schemas>) -> Result<Program, Diagnostics> {
        let directory = PathBuf::from(clean_path(&directory.to_string_lossy()));
        let absolute = options.working_directory.join(&directory);
        let context = Context {
            sources: options.sources,
            absolute_directory: PathBuf::from(clean_path(&absolute.to_string_lossy())),
            directory: directory.clone(),
            working_directory: options.working_directory,
            home: options.home,
            workspace: options.workspace,
            plan_time: options.plan_time,
            templates: Mutex::default(),
            copy: options.copy,
        };
        let mut l = Loading::new(&context, schemas.as_ref());
        let modules = l.tree(&directory);
        let root_values = match modules.first() {
            Some(root) => root_values(&mut l, &root.config, &options.environment, &options.variables, options.unset_is_unknown),
            None => HashMap::new(),
        };
        check_calls(&mut l, &modules);
        check_providers(&mut l, &modules);
        check_types(&mut l, &modules);
        let order = graph::analyse(&mut l, &modules);
        let problems = l.problems;
        if problems.has_errors() {
            return Err(problems);
        }
        Ok(Program { context, schemas, modules, root_values, order, cache: Mutex::default(), warnings: problems })
    }

    /// What was worth saying while loading.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The text of every file that has been read.
    pub fn sources(&self) -> &SourceMap {
        &self.context.sources
    }

    /// Evaluates an expression in the root module, as a console does.
    pub fn evaluate(&self, expression: &str, values: &dyn Values) -> Result<Value, Diagnostics> {
        let expr = parse_expression(&self.context.sources, "<console-input>", expression)?;
        let mut evaluator = Evaluator::new(self, World::Values(values));
        let value = evaluator.console(&expr);
        evaluator.finish(value)
    }

    /// The names of the root module's variables, with their values; sensitive ones are marked.
    pub fn variables(&self) -> BTreeMap<String, Value> {
        self.root_values.iter().map(|(k, v)| (k.to_string(), v.clone())).collect()
    }

    /// What depends on what between the blocks of resources and data sources: each with the blocks
    /// that it refers to, directly or through variables, locals and outputs.
    pub fn block_dependencies(&self) -> BTreeMap<String, Vec<String>> {
        graph::between_resources(&self.modules, &self.order)
    }

    /// The root's key of the provider that a resource of a module uses.
    pub(crate) fn provider_key(&self, module: usize, key: &str) -> String {
        resolve_provider(&self.modules, module, key).unwrap_or_else(|_| key.to_string())
    }

    /// True when nothing that depends on a resource has a part in an item's value.
    pub(crate) fn is_pure(&self, node: Node) -> bool {
        self.order.pure.contains(&node)
    }
}

/// The root's key of a provider, or the key that is missing on the way up and the module it is missing in.
fn resolve_provider(modules: &[Module], module: usize, key: &str) -> Result<String, (String, usize)> {
    let Some(m) = modules.get(module) else { return Ok(key.to_string()) };
    let Some((parent, call)) = m.parent else {
        let known = m.config.providers.contains_key(key) || !key.contains('.');
        return if known { Ok(key.to_string()) } else { Err((key.to_string(), module)) };
    };
    let handed = modules.get(parent).and_then(|p| p.config.calls.get_index(call)).and_then(|(_, c)| c.providers.get(key));
    match handed {
        Some(theirs) => resolve_provider(modules, parent, &theirs.name),
        None if key.contains('.') => Err((key.to_string(), module)),
        None => resolve_provider(modules, parent, key),
    }
}

/// Arguments of module calls against the variables of the modules.
fn check_calls(l: &mut Loading<'_>, modules: &[Module]) {
    for module in modules {
        for (i, call) in module.config.calls.values().enumerate() {
            let Some(Some(child)) = module.children.get(i) else { continue };
            let Some(config) = modules.get(*child).map(|c| &c.config) else { continue };
            for argument in call.arguments.values() {
                let name: &Ident = &argument.name;
                if !config.variables.contains_key(&name.name) {
                    let mut d = l.error(
                        name.at,
                        "Unsupported argument",
                        format!("The module \"{}\" declares no variable \"{}\".", call.name.name, name.name),
                    );
                    d.help = suggest::did_you_mean(&name.name, config.variables.keys().map(|k| &**k));
                    l.problems.push(d);
                }
            }
            for (name, variable) in &config.variables {
                if variable.default.is_none() && !call.arguments.contains_key(name) {
                    let d = l
                        .error(
                            call.at,
                            "Missing required argument",
                            format!("The module \"{}\" needs a value for its variable \"{name}\".", call.name.name),
                        )
                        .at(&l.context.sources.span(variable.at), "the variable is declared here");
                    l.problems.push(d);
                }
            }
        }
    }
}

/// Provider blocks, and that each resource's provider is there.
fn check_providers(l: &mut Loading<'_>, modules: &[Module]) {
    for (i, module) in modules.iter().enumerate() {
        for provider in module.config.providers.values() {
            if module.parent.is_some() {
                let d = l
                    .error(provider.at, "Provider block in a module", "Only the root module may configure providers.")
                    .help("configure it in the root module and hand it over with the argument providers of the module block");
                l.problems.push(d);
            } else if let Some(block) = l.schemas.provider(&provider.name.name) {
                check_block(l, block, &provider.body, &format!("provider \"{}\"", provider.name.name), provider.at);
            } else {
                let mut d = l.error(provider.name.at, "Unsupported provider", format!("Cairn has no provider \"{}\".", provider.name.name));
                d.help = suggest::did_you_mean(&provider.name.name, ["aws"]);
                l.problems.push(d);
            }
        }
        for resource in module.config.resources.values() {
            if let Err((key, place)) = resolve_provider(modules, i, &resource.provider.name) {
                let where_ = if place == 0 { "the root module" } else { "a module" };
                let known: Vec<String> =
                    modules.first().map(|r| r.config.providers.keys().map(|k| k.to_string()).collect()).unwrap_or_default();
                let mut d = l.error(
                    resource.provider.at,
                    "Provider is not configured",
                    format!("There is no provider configuration \"{key}\" in {where_} that this resource is in."),
                );
                d.help = suggest::did_you_mean(&key, known.iter().map(String::as_str))
                    .or_else(|| (place != 0).then(|| format!("hand it over in the module block: providers = {{ {key} = … }}")));
                l.problems.push(d);
            }
        }
    }
}

/// Refuses blocks of types that Cairn doesn't have, where there is an instance for certain. What `count` or `for_each` may
/// leave without one is refused when it has one.
fn check_types(l: &mut Loading<'_>, modules: &[Module]) {
    for module in modules {
        if may_be_left_out(modules, module) {
            continue;
        }
        for resource in module.config.resources.values().filter(|r| r.repetition.expr().is_none()) {
            if let Err(problem) = &resource.schema {
                l.problems.push((**problem).clone());
            }
        }
    }
}

/// Whether a call on the way to a module has `count` or `for_each`.
fn may_be_left_out(modules: &[Module], module: &Module) -> bool {
    let Some((parent, call)) = module.parent else { return false };
    let Some(parent) = modules.get(parent) else { return false };
    let repeated = parent.config.calls.get_index(call).is_some_and(|(_, c)| c.repetition.expr().is_some());
    repeated || may_be_left_out(modules, parent)
}

impl Configuration for Program {
    fn providers(&self) -> Result<Vec<ProviderConfig>, Diagnostics> {
        let mut evaluator = Evaluator::new(self, World::Nothing);
        let providers = evaluator.providers();
        evaluator.finish(Ok(providers))
    }

    fn walk(&self, resolver: &mut dyn Resolver) -> Result<Walked, Diagnostics> {
        let mut evaluator = Evaluator::new(self, World::Resolver(resolver));
        evaluator.everything();
        let walked = Walked { outputs: evaluator.outputs(), checks: evaluator.checked() };
        evaluator.finish(Ok(walked))
    }

    fn instance(&self, address: &Address, values: &dyn Values) -> Result<Value, Diagnostics> {
        let mut evaluator = Evaluator::new(self, World::Values(values));
        let config = evaluator.arguments_of(address);
        evaluator.finish(config)
    }

    fn outputs(&self, values: &dyn Values) -> Result<BTreeMap<String, Output>, Diagnostics> {
        let mut evaluator = Evaluator::new(self, World::Values(values));
        let outputs = evaluator.outputs();
        evaluator.finish(Ok(outputs))
    }

    fn relevant(&self, sought: &Sought) -> Vec<Relevant> {
        self.relevant_to(sought)
    }
}
