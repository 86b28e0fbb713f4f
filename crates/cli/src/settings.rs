//! `cairn.toml`: what Terraform's language has no place for.

use crate::watch::{DriftTable, Ignore, Receiver, Watch};
use cairn_model::{Diagnostic, Span};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The stack's name; with the workspace it is the stack's identity.
    pub name: String,
    /// Folders of policies, relative to the stack's.
    #[serde(default)]
    pub policies: Vec<PathBuf>,
    /// What holds in each workspace.
    #[serde(default)]
    pub workspace: BTreeMap<String, Workspace>,
    #[serde(default)]
    ignore: Vec<Spanned<Ignore>>,
    #[serde(default)]
    drift: DriftTable,
    #[serde(default)]
    notify: Vec<Receiver>,
}

/// The file of a stack's folder, read.
pub struct Read {
    /// What it says.
    pub settings: Settings,
    /// What it says of the look for drift.
    pub watch: Watch,
}

/// One workspace.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// The only account that the stack may touch: twelve digits.
    pub account: Option<String>,
    /// The only region that the stack may touch; the default one of its providers.
    pub region: Option<String>,
    /// Variable files, relative to the stack's folder, before those of the command line.
    #[serde(default)]
    pub var_files: Vec<PathBuf>,
}

/// Name of the file.
pub const FILE: &str = "cairn.toml";

/// Why the file could not be taken.
pub struct Unread {
    /// What is wrong.
    pub diagnostic: Diagnostic,
    /// The file's name and text, where it could be read at all.
    pub source: Option<(String, String)>,
}

impl Settings {
    /// Reads the file of a stack's folder. `shown` is the folder as the user named it.
    pub fn read(dir: &Path, shown: &Path) -> Result<Read, Box<Unread>> {
        let path = dir.join(FILE);
        let name = shown.join(FILE).to_string_lossy().trim_start_matches("./").to_string();
        let text = std::fs::read_to_string(&path).map_err(|e| {
            let mut d = Diagnostic::error(format!("{name} can't be read: {e}"));
            if e.kind() == std::io::ErrorKind::NotFound {
                d = Diagnostic::error(format!("There is no {name}"))
                    .detail("A stack is a folder with .tf files and a cairn.toml that names it.")
                    .help("write `name = \"my-stack\"` into it, or name the stack's folder with -chdir=DIR".to_string());
            }
            Box::new(Unread { diagnostic: d, source: None })
        })?;
        let wrong = |diagnostic| Box::new(Unread { diagnostic, source: Some((name.clone(), text.clone())) });
        let settings: Settings = toml::from_str(&text).map_err(|e| {
            let span = e.span().unwrap_or(0..0);
            let span = Span::new(name.as_str().into(), &text, span.start, span.end);
            wrong(Diagnostic::error(format!("{name} is wrong")).detail(e.message().to_string()).at(&span, ""))
        })?;
        settings.check(&name, &text).map_err(wrong)?;
        let watch = Watch::of(&settings.ignore, &settings.drift, &settings.notify, &name, &text);
        Ok(Read { settings, watch })
    }

    fn check(&self, file: &str, text: &str) -> Result<(), Diagnostic> {
        let at = |word: &str| {
            let start = text.find(word).unwrap_or(0);
            Span::new(file.into(), text, start, start + word.len())
        };
        // The name goes into tags and parameter names: letters, digits, `-`, `_` and `.` are fine everywhere.
        let plain =
            |n: &str| !n.is_empty() && n.len() <= 64 && n.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !plain(&self.name) {
            return Err(Diagnostic::error("The stack's name can't be used")
                .detail("It must be 1 to 64 letters, digits, dots, dashes and underscores.")
                .at(&at(&self.name), ""));
        }
        for (name, workspace) in &self.workspace {
            if !plain(name) {
                return Err(Diagnostic::error(format!("The workspace name \"{name}\" can't be used")).at(&at(name), ""));
            }
            if let Some(account) = workspace.account.as_ref().filter(|a| a.len() != 12 || !a.bytes().all(|b| b.is_ascii_digit())) {
                return Err(Diagnostic::error(format!("\"{account}\" is not an AWS account: it has twelve digits")).at(&at(account), ""));
            }
        }
        Ok(())
    }

    /// What holds in a workspace. Where the file lists workspaces, one that it does not list is an error.
    pub fn workspace(&self, name: &str) -> Result<Workspace, Diagnostic> {
        match self.workspace.get(name) {
            Some(workspace) => Ok(workspace.clone()),
            None if self.workspace.is_empty() => Ok(Workspace::default()),
            None => {
                let names = self.workspace.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                Err(Diagnostic::error(format!("The stack {} has no workspace \"{name}\"", self.name))
                    .detail(format!("{FILE} lists: {names}."))
                    .help("choose one with --workspace NAME or TF_WORKSPACE".to_string()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Read, String> {
        let dir = std::env::temp_dir().join(format!("cairn-settings-{}-{}", std::process::id(), blake3::hash(text.as_bytes())));
        std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        std::fs::write(dir.join(FILE), text).map_err(|e| e.to_string())?;
        let read = Settings::read(&dir, Path::new(".")).map_err(|e| e.diagnostic.to_string());
        let _ = std::fs::remove_dir_all(&dir);
        read
    }

    #[test]
    fn errors_name_the_place() {
        assert!(read("name = \"moodle\"\n[workspace.dev]\nregion = \"us-east-1\"\n").is_ok());
        let error = read("name = \"moodle\"\nnmae = 1\n").err().unwrap_or_default();
        assert!(error.starts_with("cairn.toml:2:1"), "{error}");
        let error = read("name = \"moodle\"\n[workspace.dev]\naccount = \"12\"\n").err().unwrap_or_default();
        assert!(error.starts_with("cairn.toml:3:"), "{error}");
        assert!(read("name = \"a b\"\n").is_err());
    }

    const ENTRY: &str = "name = \"moodle\"\n\n[[ignore]]\naddress = 'aws_vpc.*'\n";

    #[test]
    fn the_ignore_list_is_read_with_its_places() {
        let text =
            format!("{ENTRY}reason = 'agreed'\nexpires = 2026-12-31\n[[ignore]]\naddress = 'a'\nreason = 'b'\nexpires = '2027-01-02'\n");
        let Read { watch, .. } = read(&text).unwrap_or_else(|e| panic!("{e}"));
        let told: Vec<_> = watch.ignore.iter().map(|e| (e.declared.line, e.expires.as_str())).collect();
        assert_eq!(told, [(3, "2026-12-31"), (7, "2027-01-02")]);
    }

    #[test]
    fn an_ignore_without_reason_or_end_is_refused_with_its_place() {
        for (rest, place, word) in [
            ("expires = 2026-12-31\n", "cairn.toml:3:1", "reason"),
            ("reason = 'agreed'\n", "cairn.toml:3:1", "expires"),
            ("reason = ' '\nexpires = 2026-12-31\n", "cairn.toml:5:10", "the reason is empty"),
            ("reason = 'x'\nexpires = '2026-02-30'\n", "cairn.toml:6:11", "not a day"),
            ("reason = 'x'\nexpires = 2026-12-31T00:00:00Z\n", "cairn.toml:6:11", "not a day"),
            ("reason = 'x'\nexpires = 5\n", "cairn.toml:6:11", "not a day"),
            ("reason = 'x'\nexpires = 2026-12-31\nuntil = 1\n", "cairn.toml:7:1", "until"),
        ] {
            let error = read(&format!("{ENTRY}{rest}")).err().unwrap_or_default();
            assert!(error.starts_with(place) && error.contains(word), "{rest}: {error}");
        }
    }

    #[test]
    fn a_receiver_names_a_variable_and_not_a_secret() {
        assert!(read("name = \"a\"\n[[notify]]\nkind = \"slack\"\nurl_env = \"HOOK\"\n").is_ok());
        let error = read("name = \"a\"\n[[notify]]\nkind = \"slack\"\nurl = \"https://example.com\"\n").err().unwrap_or_default();
        assert!(error.starts_with("cairn.toml:2:1") && error.contains("url_env"), "{error}");
    }

    #[test]
    fn an_unlisted_workspace_is_refused() {
        let Read { settings, .. } = read("name = \"moodle\"\n[workspace.dev]\n").unwrap_or_else(|e| panic!("{e}"));
        assert!(settings.workspace("dev").is_ok());
        assert!(settings.workspace("prod").is_err());
    }
}
