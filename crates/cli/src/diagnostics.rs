//! Draws errors and warnings with the source they point at.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use cairn_model::{Diagnostic, Severity};
use cairn_report::text::{Style, harmless};

/// Finds the text of a source file by the name that spans use.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One error or warning as text.
pub fn draw(diagnostic: &Diagnostic, sources: Sources<'_>, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let summary = harmless(&diagnostic.summary);
    let detail = harmless(&diagnostic.detail);
    let help = diagnostic.help.as_deref().map(harmless);
    let texts: Vec<(usize, String)> = diagnostic.labels.iter().enumerate().filter_map(|(i, l)| Some((i, sources(&l.span.file)?))).collect();
    let messages: Vec<String> = diagnostic.labels.iter().map(|l| harmless(&l.message)).collect();
    let mut group = Group::with_title(level.primary_title(summary));
    let mut drawn: Vec<&str> = Vec::new();
    for (_, text) in &texts {
        let Some(file) = texts.iter().find(|(_, t)| t == text).and_then(|(i, _)| diagnostic.labels.get(*i)).map(|l| &l.span.file) else {
            continue;
        };
        if drawn.contains(&&**file) {
            continue;
        }
        drawn.push(file);
        let mut snippet = Snippet::source(text.as_str()).path(&**file).fold(true);
        for (i, label) in diagnostic.labels.iter().enumerate().filter(|(_, l)| l.span.file == *file) {
            let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let end = label.span.end.min(text.len());
            let mut annotation = kind.span(label.span.start.min(end)..end);
            if let Some(message) = messages.get(i).filter(|m| !m.is_empty()) {
                annotation = annotation.label(message.as_str());
            }
            snippet = snippet.annotation(annotation);
        }
        group = group.element(snippet);
    }
    // A place in a file whose text is not at hand is named all the same.
    let unseen: Vec<String> = diagnostic
        .labels
        .iter()
        .enumerate()
        .filter(|(i, _)| !texts.iter().any(|(t, _)| t == i))
        .map(|(_, l)| format!("at {}", l.span))
        .collect();
    for place in &unseen {
        group = group.element(Level::NOTE.message(place.as_str()));
    }
    if !detail.is_empty() {
        group = group.element(Level::NOTE.message(detail.as_str()));
    }
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if style.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}
