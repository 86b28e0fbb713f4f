//! Where resources are declared, without the folder of the machine that the plan was made on.

use cairn_engine::SavedPlan;
use std::path::Path;

/// The folder that every declaration is in, with a slash at its end, where the paths are a machine's; empty
/// where they are short already. A folder of modules belongs to the stack.
pub fn common_folder(plan: &SavedPlan) -> String {
    let mut files = plan.changes.iter().filter_map(|c| c.declared_at.as_deref()).map(file);
    let Some(first) = files.next().filter(|f| f.starts_with('/')) else { return String::new() };
    let mut common: Vec<_> = folder(first).components().collect();
    for other in files {
        let shared = common.iter().zip(folder(other).components()).take_while(|(a, b)| **a == *b).count();
        common.truncate(shared);
    }
    let own = common.iter().position(|c| c.as_os_str() == "modules").unwrap_or(common.len());
    common.truncate(own);
    // The root alone is no folder worth leaving out.
    let shared: std::path::PathBuf = common.into_iter().collect();
    let shared = shared.to_string_lossy().into_owned();
    if shared.trim_matches('/').is_empty() { String::new() } else { format!("{shared}/") }
}

/// `FILE:LINE:COLUMN` without line and column.
fn file(place: &str) -> &str {
    let mut pieces = place.rsplitn(3, ':');
    let _ = (pieces.next(), pieces.next());
    pieces.next().unwrap_or(place)
}

fn folder(file: &str) -> &Path {
    Path::new(file).parent().unwrap_or(Path::new(""))
}

/// `FILE:LINE` below the common folder.
pub fn place(declared_at: &str, common: &str) -> String {
    let short = declared_at.strip_prefix(common).unwrap_or(declared_at);
    short.rsplit_once(':').map_or(short, |(place, _)| place).to_string()
}

#[cfg(test)]
mod tests {
    use super::{file, place};

    #[test]
    fn places_are_short() {
        assert_eq!(place("/a/b/modules/x/y.tf:10:1", "/a/b/"), "modules/x/y.tf:10");
        assert_eq!(file("/a/b/y.tf:10:1"), "/a/b/y.tf");
    }
}
