//! Which stacks a command line means: folders and patterns of folders, workspaces, a shard of them.

use crate::settings::{FILE, Read, Settings};
use globset::{Glob, GlobBuilder, GlobMatcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A stack as it is named: where its folder is, and which of its environments is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// The folder, as the user would name it.
    pub dir: PathBuf,
    /// The workspace; that of the whole command line when nothing.
    pub workspace: Option<String>,
}

/// One of several parts of the stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.trim().parse().ok()?, count.trim().parse().ok()?)));
        match parts {
            Some((index, count)) if index < count => Ok(Shard { index, count }),
            Some((index, count)) => {
                Err(format!("there is no shard {index} of {count}: the first is 0, the last {}", count.saturating_sub(1)))
            }
            None => Err("write it as INDEX/COUNT, such as 0/4".to_string()),
        }
    }
}

impl Shard {
    /// The part of a list: every COUNTth, so that all shards together are the list, and none has many more than another.
    pub fn part<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().enumerate().filter(|(place, _)| place % self.count == self.index).map(|(_, one)| one).collect()
    }
}

/// The stacks that are named, relative to `base`, each once, in the order in which they are named; of a pattern in the
/// order of their folders.
pub fn named(base: &Path, stacks: &[String], all_workspaces: bool) -> Result<Vec<Named>, String> {
    let mut all = Vec::new();
    for text in stacks {
        let (folder, workspace) = match text.rsplit_once(':') {
            Some((folder, workspace)) if !base.join(text).is_dir() => (folder, Some(workspace)),
            _ => (text.as_str(), None),
        };
        let workspace = workspace.or(all_workspaces.then_some("*"));
        let before = all.len();
        for dir in folders(base, folder)? {
            all.extend(workspaces(base, &dir, workspace)?.into_iter().map(|workspace| Named { dir: dir.clone(), workspace }));
        }
        if all.len() == before {
            return Err(format!("\"{text}\" matches no stack: a stack is a folder with a {FILE}"));
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|named| seen.insert(named.clone()));
    Ok(all)
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// The folders that a name or a pattern means. A folder that is named is taken as it is; what is wrong with it is told later.
fn folders(base: &Path, text: &str) -> Result<Vec<PathBuf>, String> {
    if !is_pattern(text) || base.join(text).is_dir() {
        return Ok(vec![PathBuf::from(text)]);
    }
    let pattern = text.trim_start_matches("./").trim_end_matches('/');
    let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|e| e.to_string())?.compile_matcher();
    let start: PathBuf = Path::new(pattern).components().take_while(|c| !is_pattern(&c.as_os_str().to_string_lossy())).collect();
    let deepest = if pattern.contains("**") { usize::MAX } else { Path::new(pattern).components().count() };
    let mut found = Vec::new();
    walk(base, &start, deepest, &glob, &mut found);
    found.sort();
    Ok(found)
}

/// Collects the stacks' folders below one that a pattern matches. Hidden folders and links are left out, and what can't
/// be listed holds no stacks.
fn walk(base: &Path, dir: &Path, deepest: usize, glob: &GlobMatcher, found: &mut Vec<PathBuf>) {
    if glob.is_match(dir) && base.join(dir).join(FILE).is_file() {
        found.push(dir.to_path_buf());
    }
    if dir.components().count() >= deepest {
        return;
    }
    for entry in std::fs::read_dir(base.join(dir)).into_iter().flatten().flatten() {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().is_ok_and(|t| t.is_dir()) {
            walk(base, &dir.join(entry.file_name()), deepest, glob, found);
        }
    }
}

/// The workspaces of a stack that a name or a pattern means. A stack that lists none has no name to match but the one
/// that the command line gives.
fn workspaces(base: &Path, dir: &Path, text: Option<&str>) -> Result<Vec<Option<String>>, String> {
    let Some(text) = text else { return Ok(vec![None]) };
    if !is_pattern(text) {
        return Ok(vec![Some(text.to_string())]);
    }
    let glob = Glob::new(text).map_err(|e| e.to_string())?.compile_matcher();
    let folder = base.join(dir);
    // A broken cairn.toml is a stack that could not be looked at: it must not hide.
    let Ok(Read { settings, .. }) = Settings::read(&folder, &folder) else { return Ok(vec![None]) };
    if settings.workspace.is_empty() {
        return Ok(if text == "*" { vec![None] } else { Vec::new() });
    }
    Ok(settings.workspace.keys().filter(|name| glob.is_match(name)).map(|name| Some(name.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of stacks, removed in the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, stacks: &[(&str, &str)]) -> Tree {
            let root = std::env::temp_dir().join(format!("cairn-stacks-{}-{name}", std::process::id()));
            for (dir, settings) in stacks {
                std::fs::create_dir_all(root.join(dir)).expect("a folder");
                if !settings.is_empty() {
                    std::fs::write(root.join(dir).join(FILE), settings).expect("a file");
                }
            }
            Tree(root)
        }

        fn named(&self, stacks: &[&str], all: bool) -> Result<Vec<String>, String> {
            let stacks: Vec<String> = stacks.iter().map(ToString::to_string).collect();
            let text = |n: Named| format!("{}:{}", n.dir.display(), n.workspace.as_deref().unwrap_or("-"));
            named(&self.0, &stacks, all).map(|all| all.into_iter().map(text).collect())
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    const TWO: &str = "name = \"x\"\n[workspace.dev]\n[workspace.production]\n";
    const NONE: &str = "name = \"y\"\n";

    fn tree(name: &str) -> Tree {
        Tree::new(name, &[("a/web", TWO), ("a/db", NONE), ("a/notes", ""), ("a/deep/er", TWO), ("a/.hidden", NONE), ("a/broken", "name =")])
    }

    #[test]
    fn patterns_find_stacks() {
        let tree = tree("patterns");
        assert_eq!(tree.named(&["a/*"], false).as_deref(), Ok(&["a/broken:-", "a/db:-", "a/web:-"].map(String::from)[..]));
        assert_eq!(tree.named(&["a/**"], false).map(|all| all.len()), Ok(4));
        assert_eq!(tree.named(&["a/web", "a/w*", "a/nowhere"], false).as_deref(), Ok(&["a/web:-", "a/nowhere:-"].map(String::from)[..]));
        assert!(tree.named(&["b/*"], false).is_err());
    }

    #[test]
    fn workspaces_are_named_matched_or_all() {
        let tree = tree("workspaces");
        assert_eq!(tree.named(&["a/web:qa"], true).as_deref(), Ok(&["a/web:qa".to_string()][..]));
        assert_eq!(tree.named(&["a/*:prod*"], false).as_deref(), Ok(&["a/broken:-", "a/web:production"].map(String::from)[..]));
        let all = ["a/broken:-", "a/db:-", "a/web:dev", "a/web:production"].map(String::from);
        assert_eq!(tree.named(&["a/*"], true).as_deref(), Ok(&all[..]));
        assert!(tree.named(&["a/web:x*"], false).is_err());
    }

    #[test]
    fn shards_are_the_whole_together_and_nothing_twice() {
        let all: Vec<usize> = (0..10).collect();
        let mut together: Vec<usize> = Vec::new();
        for index in 0..4 {
            let shard: Shard = format!("{index}/4").parse().expect("a shard");
            let part = shard.part(all.clone());
            assert!((2..=3).contains(&part.len()));
            together.extend(part);
        }
        together.sort_unstable();
        assert_eq!(together, all);
        for wrong in ["4/4", "1", "-1/4", "a/b", "0/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
