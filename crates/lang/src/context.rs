//! What every evaluation needs beside the configuration: the outside world as the caller described it.

use crate::program::RevisionCopy;
use crate::source::SourceMap;
use crate::syntax::ast::Part;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Text read for `templatefile`, parsed once.
pub(crate) type ParsedTemplates = Mutex<HashMap<PathBuf, Arc<Vec<Part>>>>;

/// Shared by all evaluations of a program.
pub(crate) struct Context {
    pub sources: Arc<SourceMap>,
    /// Where relative paths begin: the directory of the root module.
    pub directory: PathBuf,
    /// The same, absolute.
    pub absolute_directory: PathBuf,
    /// What `path.cwd` is.
    pub working_directory: PathBuf,
    pub home: Option<PathBuf>,
    pub workspace: String,
    /// RFC 3339.
    pub plan_time: String,
    pub templates: ParsedTemplates,
    pub copy: Option<RevisionCopy>,
}

impl Context {
    /// Where a path in the configuration lies.
    pub fn resolve(&self, path: &str) -> PathBuf {
        if let (Some(rest), Some(home)) = (path.strip_prefix("~/"), &self.home) {
            return home.join(rest);
        }
        self.directory.join(path)
    }

    /// The name of a file as diagnostics give it.
    pub fn display_name(&self, path: &Path) -> String {
        let path = clean_path(&path.to_string_lossy());
        match &self.copy {
            Some(copy) => path.strip_prefix(&copy.root).map_or(path.clone(), |rest| format!("{}{rest}", copy.name)),
            None => path,
        }
    }
}

/// A path without `.`, doubled slashes, and `..` where that can be told from the text.
pub(crate) fn clean_path(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}
