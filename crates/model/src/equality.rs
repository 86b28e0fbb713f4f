//! When two values mean the same to AWS though they differ. The one home of such rules.

use crate::value::Value;
use serde_json::Value as Json;

/// JSON texts that differ in spaces and order of keys only.
pub fn json(have: &Value, want: &Value) -> bool {
    compare(have, want, |a, b| a == b)
}

/// IAM policies that mean the same: a single string for a list of one, lists in any order, the
/// account's id for its root ARN, and a missing version apart (IAM policy grammar).
pub fn policy(have: &Value, want: &Value) -> bool {
    compare(have, want, |a, b| canonical_policy(a, "") == canonical_policy(b, ""))
}

/// Texts that differ in upper and lower case only.
pub fn ignore_case(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => have == want,
    }
}

/// Domain names that differ in case or a closing dot only.
pub fn domain(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(a), Some(b)) => a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.')),
        _ => have == want,
    }
}

/// An engine version and a prefix of it that the configuration names: `17` means any `17.x`.
pub fn version_prefix(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(have), Some(want)) => have == want || have.strip_prefix(want).is_some_and(|rest| rest.starts_with('.')),
        _ => have == want,
    }
}

/// Lists in any order.
pub fn any_order(have: &Value, want: &Value) -> bool {
    match (have.elements(), want.elements()) {
        (Some(a), Some(b)) => {
            let sorted = |e: &[Value]| {
                let mut e = e.to_vec();
                e.sort();
                e
            };
            sorted(a) == sorted(b)
        }
        _ => have == want,
    }
}

fn compare(have: &Value, want: &Value, same: impl Fn(&Json, &Json) -> bool) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(a), Some(b)) if a == b => true,
        (Some(a), Some(b)) => match (serde_json::from_str::<Json>(a), serde_json::from_str::<Json>(b)) {
            (Ok(a), Ok(b)) => same(&a, &b),
            _ => false,
        },
        _ => have == want,
    }
}

/// A policy in one form of the many that mean the same.
fn canonical_policy(json: &Json, key: &str) -> Json {
    match json {
        Json::Object(entries) => {
            // `"Principal": "*"` and `"Principal": {"AWS": "*"}` are the same principal.
            let mut pairs: Vec<(String, Json)> = entries
                .iter()
                .map(|(k, v)| {
                    let v = if k == "Statement" && v.is_object() { Json::Array(vec![v.clone()]) } else { v.clone() };
                    (k.clone(), canonical_policy(&v, k))
                })
                .filter(|(k, v)| !(k == "Sid" && v.as_array().is_some_and(|a| a.len() == 1 && a[0] == "")))
                .collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(pairs.into_iter().collect())
        }
        Json::Array(elements) => {
            let mut elements: Vec<Json> = elements.iter().map(|e| canonical_scalar(e, key)).collect();
            if key != "Statement" {
                elements.sort_by_key(Json::to_string);
            }
            Json::Array(elements)
        }
        Json::String(text) if key == "Principal" && text == "*" => {
            Json::Object([("AWS".to_string(), Json::Array(vec![Json::String("*".into())]))].into_iter().collect())
        }
        Json::String(_) | Json::Bool(_) | Json::Number(_) if !key.is_empty() && key != "Version" && key != "Effect" => {
            Json::Array(vec![canonical_scalar(json, key)])
        }
        other => other.clone(),
    }
}

fn canonical_scalar(json: &Json, key: &str) -> Json {
    match json {
        Json::String(text) => {
            let account = text.strip_prefix("arn:").and_then(|t| t.strip_suffix(":root")).and_then(|t| t.rsplit(':').next());
            match account {
                Some(account) if key == "AWS" => Json::String(account.into()),
                _ if key == "Action" || key == "NotAction" => Json::String(text.to_ascii_lowercase()),
                _ => json.clone(),
            }
        }
        Json::Bool(b) => Json::String(b.to_string()),
        Json::Number(n) => Json::String(n.to_string()),
        Json::Object(_) => canonical_policy(json, ""),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_that_mean_the_same() {
        let a = Value::from(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":["b","a"],"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Condition":{"Bool":{"aws:SecureTransport":false}}}}"#,
        );
        let b = Value::from(
            r#"{"Statement":[{"Sid":"","Action":["S3:getobject"],"Effect":"Allow","Resource":["a","b"],"Principal":{"AWS":["123456789012"]},"Condition":{"Bool":{"aws:SecureTransport":["false"]}}}],"Version":"2012-10-17"}"#,
        );
        assert!(policy(&a, &b));
        let c = Value::from(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"a"}]}"#);
        assert!(!policy(&a, &c));
    }

    #[test]
    fn principal_star() {
        let a = Value::from(r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#);
        let b = Value::from(r#"{"Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":["*"]}]}"#);
        assert!(policy(&a, &b));
    }

    #[test]
    fn version_prefixes() {
        assert!(version_prefix(&"17.4".into(), &"17".into()));
        assert!(!version_prefix(&"17.4".into(), &"17.5".into()));
        assert!(!version_prefix(&"17.4".into(), &"1".into()));
    }
}
