//! The HTTP that receivers need: one request, JSON there and back. Nothing that it says of a failure holds the
//! URL, which may be a secret.

use serde_json::Value as Json;
use std::time::Duration;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The longest that a receiver may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A way to receivers.
pub struct Http(ureq::Agent);

impl Http {
    /// Trusts what the machine trusts, as the way into AWS does. Goes through the proxy that the environment names.
    pub fn new() -> Http {
        let found: Vec<Certificate<'static>> =
            rustls_native_certs::load_native_certs().certs.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
        let roots = if found.is_empty() { RootCerts::WebPki } else { RootCerts::from(found.into_iter()) };
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(DEADLINE))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("cairn/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        Http(config.build().into())
    }

    /// Sends a request and gives the answer, `null` where it is no JSON. Any status but a success is an error.
    pub fn send(&self, method: &str, url: &str, token: Option<&str>, body: Option<&Json>) -> Result<Json, String> {
        let mut request = Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}")).header("Accept", "application/vnd.github+json");
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let request = request.body(body.map(Json::to_string).unwrap_or_default()).map_err(|_| "its URL or token is not well formed")?;
        let mut answer = self.0.run(request).map_err(|e| said(&e))?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(LONGEST).read_to_string();
        if !status.is_success() {
            return Err(format!("it answered {status}"));
        }
        let text = text.map_err(|e| said(&e))?;
        Ok(serde_json::from_str(&text).unwrap_or(Json::Null))
    }
}

/// What went wrong, without the URL.
fn said(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its URL is not well formed".to_string(),
        ureq::Error::HostNotFound => "its host is not found".to_string(),
        ureq::Error::Timeout(_) => "it did not answer in time".to_string(),
        ureq::Error::Io(e) => e.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Http;

    #[test]
    fn a_failure_does_not_tell_the_url() {
        for url in ["http://127.0.0.1:9/s3cret", "s3cret", "https://s3cret.invalid/x", "http://[s3cret"] {
            let said = Http::new().send("POST", url, None, None).expect_err("nothing is there");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}
