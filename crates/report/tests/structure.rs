//! The comments as a CommonMark parser sees them, whatever the plan holds.
#![allow(missing_docs)]

mod support;

use cairn_report::impact::destroys;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use support::*;

/// What a parser finds in a comment.
#[derive(Default)]
struct Found {
    /// Raw HTML, as it stands.
    html: Vec<String>,
    /// Text outside of code.
    prose: String,
    /// The content of code spans.
    spans: Vec<String>,
    /// Language and content of code blocks.
    blocks: Vec<(String, String)>,
    headings: usize,
    links: Vec<String>,
}

fn parse(markdown: &str) -> Found {
    let mut found = Found::default();
    let mut block: Option<(String, String)> = None;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => found.html.push(html.trim().to_string()),
            Event::Code(text) => found.spans.push(text.to_string()),
            Event::Text(text) => match &mut block {
                Some((_, content)) => content.push_str(&text),
                None => found.prose.push_str(&text),
            },
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => block = Some((language.to_string(), String::new())),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => panic!("an indented code block"),
            Event::End(TagEnd::CodeBlock) => found.blocks.extend(block.take()),
            Event::Start(Tag::Heading { .. }) => found.headings += 1,
            Event::Start(Tag::Link { dest_url, .. }) => found.links.push(dest_url.to_string()),
            Event::Start(Tag::Image { .. }) => panic!("an image"),
            _ => {}
        }
    }
    found
}

fn all() -> Vec<(String, String)> {
    let drawn = situations().into_iter().map(|(name, plan, findings)| (name.to_string(), markdown(&plan, &findings)));
    drawn.chain([("errors".to_string(), cairn_report::markdown::failure("x`</details>", &errors()))]).collect()
}

#[test]
fn there_is_no_html_but_ours_and_every_fold_is_closed() {
    for (name, drawn) in all() {
        let found = parse(&drawn);
        let lines: Vec<&str> = found.html.iter().flat_map(|h| h.lines()).map(str::trim).filter(|l| !l.is_empty()).collect();
        let mut open = 0;
        for line in lines {
            match line {
                "<details>" => open += 1,
                "</details>" => open -= 1,
                line => {
                    let inner = line.strip_prefix("<summary>").and_then(|l| l.strip_suffix("</summary>"));
                    assert!(inner.is_some_and(|i| !i.contains(['<', '>', '@', '`'])), "{name}: {line}");
                }
            }
            assert!((0..=1).contains(&open), "{name}: folds are neither nested nor closed too often");
        }
        assert_eq!(open, 0, "{name}: every fold is closed");
    }
}

#[test]
fn what_comes_from_outside_stands_in_code() {
    for (name, drawn) in all() {
        let found = parse(&drawn);
        for bad in ["@", "<", ">", "alert", "\u{1b}", "\u{202e}"] {
            assert!(!found.prose.contains(bad), "{name}: {bad:?} in prose");
        }
        assert!(found.links.iter().all(|l| l.starts_with("https://docs.aws.amazon.com/")), "{name}: {:?}", found.links);
        assert!(found.blocks.iter().all(|(language, _)| matches!(language.as_str(), "diff" | "text")), "{name}");
        let begun = drawn.lines().filter(|l| l.starts_with("```") && l.trim_start_matches('`').chars().all(|c| c.is_ascii_lowercase()));
        let begun = begun.filter(|l| l.ends_with("diff") || l.ends_with("text")).count();
        assert_eq!(begun, found.blocks.len(), "{name}: every code block that is begun is one, and ends");
        assert!(found.headings <= 8, "{name}: {} headings", found.headings);
    }
    let hostile = parse(&markdown(&hostile(), &[]));
    assert!(hostile.blocks.iter().any(|(_, content)| content.contains("<script>")), "the hostile plan is hostile");
    assert!(hostile.spans.iter().any(|s| s.contains("@everyone")), "the hostile plan is hostile");
}

#[test]
fn nothing_is_there_that_a_terminal_would_obey() {
    for (name, plan, findings) in situations() {
        for drawn in [markdown(&plan, &findings), plain_text(&plan)] {
            let bad =
                drawn.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{200b}' | '\u{2028}' | '\u{202a}'..='\u{202e}'));
            assert_eq!(bad, None, "{name}");
        }
    }
}

#[test]
fn a_comment_fits_and_names_every_destruction() {
    for (name, plan, findings) in situations() {
        let drawn = markdown(&plan, &findings);
        assert!(drawn.chars().count() < 65_535, "{name}: {}", drawn.len());
    }
    let plan = thousand();
    let drawn = markdown(&plan, &[]);
    let spans = parse(&drawn).spans;
    let destroyed: Vec<&str> = plan.changes.iter().filter(|c| destroys(c.action)).map(|c| c.address.as_str()).collect();
    assert_eq!(destroyed.len(), 200);
    for address in destroyed {
        assert!(spans.iter().any(|s| s == address), "{address}");
    }
    let head = drawn.lines().take(8).collect::<Vec<_>>().join("\n");
    assert!(head.contains("of 1000 changes") && head.contains("cairn show"), "what was cut is said at the top: {head}");
}
