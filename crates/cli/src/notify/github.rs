//! An issue on GitHub for each stack: made when drift is found, updated while it lasts, closed when it is gone. The
//! issue is known by a comment in its body, which GitHub does not show.

use super::brief;
use super::http::Http;
use cairn_report::drift::{DriftReport, StackDrift, Verdict, markdown};
use serde_json::{Value as Json, json};

/// Where GitHub's API is, unless `GITHUB_API_URL` says otherwise, as it does in its Actions.
const API: &str = "https://api.github.com";
/// How many issues a page holds, at most.
const PAGE: usize = 100;
/// More open issues than this are not looked through.
const PAGES: usize = 50;
/// GitHub takes bodies of 65,536 characters.
const LONGEST: usize = 60_000;

/// The issues of a repository.
pub struct Issues {
    url: String,
    token: String,
}

impl Issues {
    /// Of `owner/name`.
    pub fn of(repo: &str, token: String) -> Issues {
        let api = std::env::var("GITHUB_API_URL").ok().filter(|u| !u.is_empty()).unwrap_or_else(|| API.to_string());
        Issues { url: format!("{}/repos/{repo}/issues", api.trim_end_matches('/')), token }
    }

    /// Brings the issue of each stack up to date.
    pub fn tell(&self, http: &Http, report: &DriftReport) -> Result<(), String> {
        let open = self.open(http)?;
        for stack in &report.stacks {
            let one = DriftReport { stacks: vec![stack.clone()], verdict: stack.verdict, ..report.clone() };
            // Of several, the oldest: others were made while two runs looked at once.
            let known = open.iter().filter(|i| i.body.contains(&marker(stack))).map(|i| i.number).min();
            let (title, body) = (title(stack), body(&one));
            match (known, stack.verdict) {
                (None, Verdict::NoDrift) => {}
                (None, _) => drop(self.call(http, "POST", "", Some(&json!({ "title": title, "body": body })))?),
                (Some(number), Verdict::NoDrift) => {
                    let done = json!({ "title": title, "body": body, "state": "closed", "state_reason": "completed" });
                    self.call(http, "PATCH", &format!("/{number}"), Some(&done))?;
                }
                (Some(number), _) => {
                    self.call(http, "PATCH", &format!("/{number}"), Some(&json!({ "title": title, "body": body })))?;
                }
            }
        }
        Ok(())
    }

    /// The open issues, those that are pull requests left out.
    fn open(&self, http: &Http) -> Result<Vec<Issue>, String> {
        let mut issues = Vec::new();
        for page in 1..=PAGES {
            let answer = self.call(http, "GET", &format!("?state=open&per_page={PAGE}&page={page}"), None)?;
            let Json::Array(found) = answer else { return Err("its list of issues is no list".to_string()) };
            let last = found.len() < PAGE;
            issues.extend(found.iter().filter(|i| i.get("pull_request").is_none()).filter_map(Issue::read));
            if last {
                break;
            }
        }
        Ok(issues)
    }

    fn call(&self, http: &Http, method: &str, path: &str, body: Option<&Json>) -> Result<Json, String> {
        http.send(method, &format!("{}{path}", self.url), Some(&self.token), body)
    }
}

/// What is read of an issue.
struct Issue {
    number: u64,
    body: String,
}

impl Issue {
    fn read(json: &Json) -> Option<Issue> {
        Some(Issue { number: json.get("number")?.as_u64()?, body: json.get("body")?.as_str()?.to_string() })
    }
}

/// What the issue of a stack is known by. Names of stacks are plain.
fn marker(stack: &StackDrift) -> String {
    format!("<!-- cairn drift {} -->", stack.identity())
}

fn title(stack: &StackDrift) -> String {
    format!("Drift: {}", stack.identity())
}

/// The report of one stack; in short where GitHub would not take the whole.
fn body(report: &DriftReport) -> String {
    let whole = markdown::draw(report);
    let fits = whole.chars().count() <= LONGEST;
    let text = if fits { whole } else { format!("```\n{}```\n", brief::text(report).replace('`', "'")) };
    let markers: Vec<String> = report.stacks.iter().map(marker).collect();
    format!("{text}\n{}\n", markers.join("\n"))
}
