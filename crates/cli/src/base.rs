//! The revision that a plan is compared with: its files, written by git into a folder of their own. The
//! working tree and git's index stay as they are.

use cairn_model::Diagnostic;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The files of a revision. Gone when this is.
pub struct Base {
    /// The revision as the user named it.
    pub revision: String,
    /// The commit that it is.
    pub commit: String,
    /// The folder that holds all its files, without a slash at the end.
    pub files: PathBuf,
    /// The stack's folder in it; nothing when the revision has none.
    pub stack: Option<PathBuf>,
    folder: PathBuf,
}

impl Drop for Base {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Base {
    /// Takes the files of a revision of the repository that a stack's folder lies in.
    pub fn take(stack: &Path, revision: &str) -> Result<Base, Diagnostic> {
        let wrong = |text: String| Diagnostic::error(format!("The revision \"{revision}\" can't be compared with")).detail(text);
        if revision.is_empty() || revision.starts_with('-') {
            return Err(wrong("It is no name of a revision.".to_string()));
        }
        let top = git(stack, &["rev-parse", "--show-toplevel"], None).map_err(wrong)?;
        let within = git(stack, &["rev-parse", "--show-prefix"], None).map_err(wrong)?;
        let commit = git(stack, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")], None).map_err(|_| {
            wrong("git knows no such commit.".to_string())
                .help("fetch it first; a shallow clone of a CI job often lacks it (git fetch --depth=1 origin BRANCH)")
        })?;
        let folder = private_folder().map_err(|e| wrong(format!("There is no temporary folder: {e}")))?;
        let mut base = Base { revision: revision.to_string(), commit, files: folder.join("files"), stack: None, folder };
        // An index of its own, so that the repository's is not touched.
        let index = base.folder.join("index");
        let top = Path::new(&top);
        git(top, &["read-tree", &base.commit], Some(&index)).map_err(wrong)?;
        let prefix = format!("--prefix={}/", base.files.display());
        git(top, &["checkout-index", "--all", "--quiet", &prefix], Some(&index)).map_err(wrong)?;
        base.stack = Some(base.files.join(within.trim_end_matches('/'))).filter(|dir| dir.join(crate::settings::FILE).is_file());
        Ok(base)
    }
}

/// Runs git in a folder and gives what it prints, or what it complains of.
fn git(dir: &Path, args: &[&str], index: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).args(args);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let done = command.output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "There is no git: install it.".to_string(),
        _ => format!("git can't be started: {e}"),
    })?;
    if !done.status.success() {
        return Err(format!("git says: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim_end_matches('\n').to_string())
}

/// A new folder that nobody else may look into.
fn private_folder() -> std::io::Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|d| d.as_nanos()).unwrap_or_default();
    let folder = std::env::temp_dir().join(format!("cairn-base-{}-{now}", std::process::id()));
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}
