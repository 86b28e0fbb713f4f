//! The page of a plan: nothing from outside is markup in it, and nothing but it is needed.
#![allow(missing_docs)]

mod support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_report::html;
use sha2::{Digest, Sha256};
use support::{NoSchemas, again, findings, golden, hostile, recorded, situations};

#[test]
fn the_same_plan_gives_the_same_page() {
    for (name, plan, _) in situations() {
        assert_eq!(html::page(&plan, &NoSchemas), html::page(&again(&plan), &NoSchemas), "{name}");
    }
}

#[test]
fn text_from_outside_is_text() {
    let page = html::page(&hostile(), &NoSchemas);
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    assert_eq!(page.matches("<style").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)"), "it is there, as text");
    let steering = page.chars().find(|c| (c.is_control() && *c != '\n' && *c != '\t') || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(steering, None);
    assert!(!page.contains(" style=") && !page.contains(" onerror=\""), "no attribute that runs or draws");
}

#[test]
fn what_runs_is_what_the_policy_names() {
    for (name, plan, _) in situations() {
        let page = html::page(&plan, &NoSchemas);
        for tag in ["script", "style"] {
            let inside = page.split_once(&format!("<{tag}>")).unwrap().1.split_once(&format!("</{tag}>")).unwrap().0;
            let hash = STANDARD.encode(Sha256::digest(inside.as_bytes()));
            assert!(page.contains(&format!("{tag}-src 'sha256-{hash}'")), "{name}: {tag}");
        }
        assert!(!page.contains("http://") || !page.contains("src=\"http"), "{name}: nothing is loaded");
    }
}

#[test]
fn every_resource_is_listed() {
    for (name, plan, _) in situations() {
        let page = html::page(&plan, &NoSchemas);
        assert_eq!(page.matches("class=\"resource ").count(), plan.changes.len(), "{name}");
    }
}

/// What policies say stands in the page's head, before the drawing; what refuses is told from what warns, and it is text.
#[test]
fn what_policies_say_comes_first() {
    let mut plan = recorded("in-place");
    plan.findings = findings();
    let page = html::page(&plan, &NoSchemas);
    let head = page.split_once("<header>").and_then(|(_, rest)| rest.split_once("</header>")).expect("the page has a head").0;
    golden("policy-denial.html", &format!("{}\n", head.replace("<p", "\n<p")));
    assert_eq!(page.matches("A policy refuses: ").count() + page.matches("A policy warns: ").count(), 2, "and nowhere else");
    assert_eq!(page, html::page(&again(&plan), &NoSchemas), "a saved plan keeps them");
}
