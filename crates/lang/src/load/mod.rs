//! From a directory to a program: files, blocks, modules.

mod blocks;
pub(crate) mod config;
mod overrides;
mod resource_block;
mod settings;
pub(crate) mod types;
pub(crate) mod variables;
pub(crate) mod version;

use crate::context::{Context, clean_path};
use crate::program::Module;
use crate::source::At;
use crate::syntax::ast::{Block, Body};
use crate::syntax::parse_file;
use cairn_model::instance::Schemas;
use cairn_model::{Diagnostic, Diagnostics};
use config::ModuleConfig;
use indexmap::IndexMap;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What loading needs, and what it has found wrong so far.
pub(crate) struct Loading<'l> {
    pub context: &'l Context,
    pub schemas: &'l dyn Schemas,
    pub problems: Diagnostics,
    /// Modules by directory, so that one that is called twice is read once.
    read: HashMap<PathBuf, Arc<ModuleConfig>>,
}

/// How deep modules may call modules.
const MAX_MODULE_DEPTH: usize = 32;

impl<'l> Loading<'l> {
    pub fn new(context: &'l Context, schemas: &'l dyn Schemas) -> Loading<'l> {
        Loading { context, schemas, problems: Diagnostics::default(), read: HashMap::new() }
    }

    /// An error at a place.
    pub fn error(&self, at: At, summary: &str, detail: impl Into<String>) -> Diagnostic {
        Diagnostic::error(summary).detail(detail).at(&self.context.sources.span(at), "")
    }

    /// Reports an error at a place.
    pub fn report(&mut self, at: At, summary: &str, detail: impl Into<String>) {
        let d = self.error(at, summary, detail);
        self.problems.push(d);
    }

    /// Reads a module and those that it calls. The root comes first, each module after its caller.
    pub fn tree(&mut self, directory: &Path) -> Vec<Module> {
        let mut modules = Vec::new();
        let root = self.module(directory, ".");
        self.place(&mut modules, root, None, &mut vec![directory.to_path_buf()]);
        modules
    }

    fn place(
        &mut self,
        modules: &mut Vec<Module>,
        config: Arc<ModuleConfig>,
        parent: Option<(usize, usize)>,
        above: &mut Vec<PathBuf>,
    ) -> usize {
        let index = modules.len();
        let names = match parent.and_then(|(p, call)| modules.get(p).map(|m| (m, call))) {
            Some((m, call)) => {
                let mut names = m.names.clone();
                names.extend(m.config.calls.get_index(call).map(|(name, _)| name.clone()));
                names
            }
            None => Vec::new(),
        };
        modules.push(Module { config: config.clone(), parent, children: Vec::new(), names });
        for (i, call) in config.calls.values().enumerate() {
            let child = self.call(&config, call, above).map(|(directory, child)| {
                above.push(directory);
                let child = self.place(modules, child, Some((index, i)), above);
                above.pop();
                child
            });
            if let Some(m) = modules.get_mut(index) {
                m.children.push(child);
            }
        }
        index
    }

    /// The directory and content of a module that is called.
    fn call(&mut self, caller: &ModuleConfig, call: &config::ModuleCall, above: &[PathBuf]) -> Option<(PathBuf, Arc<ModuleConfig>)> {
        let source = &*call.source.name;
        if !(source.starts_with("./") || source.starts_with("../") || source == "." || source == "..") {
            let d = self
                .error(
                    call.source.at,
                    "Unsupported module source",
                    format!("\"{source}\" is not a local path. Cairn reads modules from the same repository only."),
                )
                .help("copy the module into the repository and begin the source with ./ or ../");
            self.problems.push(d);
            return None;
        }
        if let Some(version) = call.version {
            self.report(version, "Unsupported argument", "A module from a local path has no version.");
        }
        let directory = PathBuf::from(clean_path(&caller.directory.join(source).to_string_lossy()));
        if above.contains(&directory) || above.len() >= MAX_MODULE_DEPTH {
            self.report(
                call.source.at,
                "Module calls itself",
                format!("The module in {} is called from within itself.", directory.display()),
            );
            return None;
        }
        if !directory.is_dir() {
            self.report(call.source.at, "Module not found", format!("There is no directory {}.", directory.display()));
            return None;
        }
        let path = clean_path(&Path::new(&caller.path).join(source).to_string_lossy());
        Some((directory.clone(), self.module(&directory, &path)))
    }

    /// Reads the files of one module.
    fn module(&mut self, directory: &Path, path: &str) -> Arc<ModuleConfig> {
        if let Some(known) = self.read.get(directory) {
            return known.clone();
        }
        let (mut blocks, overriding) = self.files(directory);
        for body in overriding {
            overrides::merge(self, &mut blocks, body);
        }
        let mut config = ModuleConfig {
            directory: directory.to_path_buf(),
            path: path.to_string(),
            variables: IndexMap::new(),
            locals: IndexMap::new(),
            outputs: IndexMap::new(),
            resources: IndexMap::new(),
            calls: IndexMap::new(),
            providers: IndexMap::new(),
            provider_aliases: Vec::new(),
            provider_versions: Default::default(),
        };
        for block in blocks {
            blocks::declare(self, &mut config, block);
        }
        let config = Arc::new(config);
        self.read.insert(directory.to_path_buf(), config.clone());
        config
    }

    /// The blocks of all `.tf` files, and the bodies of override files, both in the order of names.
    fn files(&mut self, directory: &Path) -> (Vec<Block>, Vec<Body>) {
        let mut names: Vec<String> = match std::fs::read_dir(directory) {
            Ok(entries) => entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect(),
            Err(e) => {
                self.problems.push(Diagnostic::error("Directory can't be read").detail(format!("{}: {e}", directory.display())));
                return (Vec::new(), Vec::new());
            }
        };
        names.retain(|n| (n.ends_with(".tf") || n.ends_with(".tf.json")) && !n.starts_with(['.', '#']) && !n.ends_with('~'));
        names.sort();
        if names.is_empty() {
            let d = Diagnostic::error("No configuration files").detail(format!("There are no .tf files in {}.", directory.display()));
            self.problems.push(d);
        }
        let mut blocks = Vec::new();
        let mut overriding = Vec::new();
        for name in names {
            let path = directory.join(&name);
            if name.ends_with(".tf.json") {
                let d = Diagnostic::error("JSON configuration is not supported yet")
                    .detail(format!("{} is written in JSON.", self.context.display_name(&path)))
                    .help("write it in the native syntax, in a file that ends in .tf");
                self.problems.push(d);
                continue;
            }
            let text = match std::fs::read(&path).map(String::from_utf8) {
                Ok(Ok(text)) => text,
                Ok(Err(_)) => {
                    let d = Diagnostic::error("Invalid character encoding")
                        .detail(format!("{} is not UTF-8 text.", self.context.display_name(&path)));
                    self.problems.push(d);
                    continue;
                }
                Err(e) => {
                    let d = Diagnostic::error("File can't be read").detail(format!("{}: {e}", self.context.display_name(&path)));
                    self.problems.push(d);
                    continue;
                }
            };
            let (body, problems) = parse_file(&self.context.sources, &self.context.display_name(&path), &text);
            self.problems.extend(problems);
            for attribute in body.attributes.values() {
                let d = self
                    .error(attribute.name.at, "Unexpected argument", format!("\"{}\" stands outside of any block.", attribute.name.name))
                    .help("put it into a block, such as locals { … }");
                self.problems.push(d);
            }
            if overrides::is_override(&name) {
                overriding.push(body);
            } else {
                blocks.extend(body.blocks);
            }
        }
        (blocks, overriding)
    }
}
