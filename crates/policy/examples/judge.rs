//! What policies say of plans in Terraform's JSON, whoever made them: `judge FOLDER KEY PLAN…`. A line for each result, a
//! plan after the other with a line of its name. KEY is where the policies look for the plan, such as `tfplan` for
//! `input.tfplan`; with `-` they look at `input` itself.

use cairn_policy::{Places, Policies, PolicyFile};
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(key)) = (arguments.next(), arguments.next()) else { return Err("usage: judge FOLDER KEY PLAN…".into()) };
    let files = policies(Path::new(&folder))?;
    println!("{} files", files.len());
    let policies = Policies::load(files).map_err(|d| format!("{d:#?}"))?;
    for name in arguments {
        let plan: Value = serde_json::from_str(&std::fs::read_to_string(&name)?)?;
        let input = if key == "-" { plan } else { json!({ key.as_str(): plan }) };
        println!("plan {name}");
        for finding in policies.judge(&input, &Places::new()).map_err(|d| format!("{d:#?}"))? {
            println!("{:?} {} {}", finding.severity, finding.rule, finding.message);
        }
    }
    Ok(())
}

fn policies(folder: &Path) -> Result<Vec<PolicyFile>, Box<dyn Error>> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<PathBuf>, _>>()?;
    let mut files = Vec::new();
    for path in entries {
        let name = path.to_string_lossy().to_string();
        if path.is_dir() {
            files.extend(policies(&path)?);
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") && !name.ends_with(".test.rego") {
            files.push(PolicyFile { text: std::fs::read_to_string(&path)?, name });
        }
    }
    Ok(files)
}
