//! Source files, kept so that errors can be drawn with the text that they are about.

use cairn_model::Span;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A stretch of one file: small enough to be kept at every expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct At {
    pub file: u32,
    pub start: u32,
    pub end: u32,
}

impl At {
    /// From the first byte of this stretch to the last of another.
    pub fn to(self, end: At) -> At {
        At { file: self.file, start: self.start, end: end.end }
    }
}

#[derive(Debug)]
struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Vec<usize>,
}

/// The text of every file that was read, by the name that diagnostics use.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl SourceMap {
    /// The text of a file.
    pub fn text(&self, name: &str) -> Option<Arc<str>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.iter().find(|f| &*f.name == name).map(|f| f.text.clone())
    }

    /// All files: name and text.
    pub fn all(&self) -> BTreeMap<String, Arc<str>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|f| (f.name.to_string(), f.text.clone())).collect()
    }

    /// Keeps a file and gives its number. A name that is there with the same text keeps its number.
    pub(crate) fn add(&self, name: &str, text: &str) -> u32 {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(i) = files.iter().position(|f| &*f.name == name && &*f.text == text) {
            return i as u32;
        }
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        files.push(Arc::new(SourceFile { name: name.into(), text: text.into(), line_starts }));
        (files.len() - 1) as u32
    }

    /// The place as diagnostics have it.
    pub(crate) fn span(&self, at: At) -> Span {
        let file = {
            let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
            files.get(at.file as usize).cloned()
        };
        let Some(file) = file else { return Span { file: "".into(), start: 0, end: 0, line: 1, column: 1 } };
        let start = (at.start as usize).min(file.text.len());
        let line = file.line_starts.partition_point(|s| *s <= start).max(1);
        let line_start = file.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = file.text.get(line_start..start).map_or(0, |t| t.chars().count()) + 1;
        Span { file: file.name.clone(), start, end: (at.end as usize).clamp(start, file.text.len()), line, column }
    }

    /// The text that a stretch covers; empty where there is none.
    pub(crate) fn excerpt(&self, at: At) -> String {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        files.get(at.file as usize).and_then(|f| f.text.get(at.start as usize..at.end as usize)).unwrap_or_default().to_string()
    }
}
