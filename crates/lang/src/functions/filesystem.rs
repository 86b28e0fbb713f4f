//! Functions on files and paths. Files are read when the configuration is evaluated.

use super::*;
use crate::context::clean_path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use globset::GlobBuilder;
use std::path::Path;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abspath",
        doc: "A path as an absolute path.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: abspath,
    },
    Function {
        name: "basename",
        doc: "The last part of a path.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(basename(text(a, 0)).into()),
    },
    Function {
        name: "dirname",
        doc: "A path without its last part.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(dirname(text(a, 0)).into()),
    },
    Function {
        name: "file",
        doc: "The text of a file.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| read_text(c, text(a, 0)).map(Value::from).map_err(|m| Failure::Argument(0, m)),
    },
    Function {
        name: "filebase64",
        doc: "The bytes of a file, in Base64.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| read(c, text(a, 0)).map(|b| STANDARD.encode(b).into()).map_err(|m| Failure::Argument(0, m)),
    },
    Function {
        name: "fileexists",
        doc: "Whether a file is there.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: bool,
        call: fileexists,
    },
    Function {
        name: "fileset",
        doc: "The files below a directory whose names fit a pattern.",
        params: &[param("path", STRING), param("pattern", STRING)],
        variadic: None,
        returns: |_| Type::set(Type::String),
        call: fileset,
    },
    Function {
        name: "pathexpand",
        doc: "A path with ~ replaced by the home directory.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: pathexpand,
    },
    Function {
        name: "templatefile",
        doc: "The text that a template in a file gives with some variables.",
        params: &[param("path", STRING), param("vars", ANY).unknowns().marks()],
        variadic: None,
        returns: string,
        call: |_, _| Err("templates are rendered by the evaluator".into()),
    },
    Function {
        name: "templatestring",
        doc: "The text that a template gives with some variables.",
        params: &[param("template", STRING), param("vars", ANY).unknowns().marks()],
        variadic: None,
        returns: string,
        call: |_, _| Err("templates are rendered by the evaluator".into()),
    },
];

/// The largest file that is read into a value.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// The bytes of a file.
pub(super) fn read(context: &Context, path: &str) -> Result<Vec<u8>, String> {
    let full = context.resolve(path);
    let metadata = std::fs::metadata(&full).map_err(|_| format!("there is no file \"{path}\" (looked for {})", full.display()))?;
    if !metadata.is_file() {
        return Err(format!("\"{path}\" is not a file"));
    }
    if metadata.len() > MAX_SIZE {
        return Err(format!("\"{path}\" is larger than 64 MiB"));
    }
    std::fs::read(&full).map_err(|e| format!("\"{path}\" can't be read: {e}"))
}

/// The text of a file.
pub(crate) fn read_text(context: &Context, path: &str) -> Result<String, String> {
    String::from_utf8(read(context, path)?).map_err(|_| format!("\"{path}\" is not UTF-8 text; filebase64() reads other files"))
}

fn abspath(context: &Context, a: &[Value]) -> Outcome {
    let joined = context.absolute_directory.join(text(a, 0));
    Ok(clean_path(&joined.to_string_lossy()).into())
}

fn basename(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".".into(),
        (false, true) => "/".into(),
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed).to_string(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        Some(i) => clean_path(path.get(..=i).unwrap_or(path)),
        None => ".".into(),
    }
}

fn fileexists(context: &Context, a: &[Value]) -> Outcome {
    match std::fs::metadata(context.resolve(text(a, 0))) {
        Ok(m) if m.is_file() => Ok(true.into()),
        Ok(_) => Err(Failure::Argument(0, format!("\"{}\" is a directory, not a file", text(a, 0)))),
        Err(_) => Ok(false.into()),
    }
}

fn fileset(context: &Context, a: &[Value]) -> Outcome {
    let pattern = text(a, 1);
    let glob = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|e| Failure::Argument(1, format!("this is no pattern: {}", e.kind())))?;
    let matcher = glob.compile_matcher();
    let root = context.resolve(text(a, 0));
    let mut found = Vec::new();
    collect(&root, "", 0, &mut |name| {
        if matcher.is_match(name) {
            found.push(Value::from(name));
        }
    });
    Ok(Value::set(found))
}

/// Calls `f` with the path of each file below a directory, relative to it.
fn collect(directory: &Path, prefix: &str, depth: usize, f: &mut dyn FnMut(&str)) {
    // Links may lead in circles.
    if depth > 40 {
        return;
    }
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        match std::fs::metadata(entry.path()) {
            Ok(m) if m.is_dir() => collect(&entry.path(), &name, depth + 1, f),
            Ok(m) if m.is_file() => f(&name),
            _ => {}
        }
    }
}

fn pathexpand(context: &Context, a: &[Value]) -> Outcome {
    let given = text(a, 0);
    if given != "~" && !given.starts_with("~/") {
        return Ok(given.into());
    }
    match &context.home {
        Some(home) => Ok(format!("{}{}", home.display(), given.get(1..).unwrap_or("")).into()),
        None => Err("the home directory is not known".into()),
    }
}
