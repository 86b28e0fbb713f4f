//! A webhook that takes `{"text": …}`, as Slack's incoming webhooks do and many others.

use super::brief;
use super::http::Http;
use cairn_report::drift::DriftReport;
use serde_json::json;

/// Posts the report.
pub fn send(http: &Http, url: &str, report: &DriftReport) -> Result<(), String> {
    http.send("POST", url, None, Some(&json!({ "text": text(report) }))).map(|_| ())
}

/// The report in Slack's words: the verdict bold, what it is about in a code block that nothing in it can end.
fn text(report: &DriftReport) -> String {
    let brief = brief::text(report);
    let (headline, rest) = brief.split_once('\n').unwrap_or((&brief, ""));
    format!("*{}*\n```\n{}\n```", escaped(headline), escaped(rest.trim()).replace('`', "'"))
}

/// The three characters that mean something everywhere in a message.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cairn_report::drift::StackDrift;

    #[test]
    fn nothing_from_outside_ends_the_block_or_calls_anybody() {
        let hostile = StackDrift::failed("a".into(), "b".into(), "``` <!channel> & \u{1b}[31m".into());
        let text = text(&DriftReport::new("2026-11-22T01:02:03Z".into(), vec![hostile]));
        assert_eq!(text.matches("```").count(), 2, "{text}");
        assert!(text.starts_with('*') && text.contains("&lt;!channel&gt; &amp;") && !text.contains('\u{1b}'), "{text}");
    }
}
