//! An end to trying where nothing answers: a host that has never sent a reply is not asked for minutes.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a host that has never answered is tried: long enough for two connections that time out.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What every error of this kind says.
pub const NO_ANSWER: &str = "nothing has answered at";

/// An HTTP client that tells the SDK to stop trying where nothing has ever answered.
#[derive(Debug)]
pub struct Patience {
    inner: SharedHttpClient,
    hosts: Hosts,
}

impl Patience {
    /// Tries a silent host for this long.
    pub fn new(inner: SharedHttpClient, patience: Duration) -> Patience {
        Patience { inner, hosts: Hosts { patience, seen: Arc::default() } }
    }
}

impl HttpClient for Patience {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { inner: self.inner.http_connector(settings, components), hosts: self.hosts.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    hosts: Hosts,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, hosts) = (self.inner.clone(), self.hosts.clone());
        HttpConnectorFuture::new(async move {
            let host = host_of(request.uri());
            hosts.asked(&host);
            match inner.call(request).await {
                Ok(response) => {
                    hosts.answered(&host);
                    Ok(response)
                }
                Err(error) => Err(hosts.judged(&host, error)),
            }
        })
    }
}

/// The host and port of a URL.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest).to_string()
}

#[derive(Clone, Copy, Debug)]
enum Seen {
    AskedFirst(Instant),
    Answered,
}

#[derive(Clone, Debug)]
struct Hosts {
    patience: Duration,
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

impl Hosts {
    fn with<T>(&self, look: impl FnOnce(&mut HashMap<String, Seen>) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked(&self, host: &str) {
        self.with(|seen| {
            seen.entry(host.to_string()).or_insert_with(|| Seen::AskedFirst(Instant::now()));
        });
    }

    fn answered(&self, host: &str) {
        self.with(|seen| seen.insert(host.to_string(), Seen::Answered));
    }

    /// The error, naming a host that has never answered; as one that is not tried again where that lasts too long.
    fn judged(&self, host: &str, error: ConnectorError) -> ConnectorError {
        let silent = self.with(|seen| match seen.get(host) {
            Some(Seen::AskedFirst(at)) => Some(at.elapsed()),
            _ => None,
        });
        let (Some(time), true) = (silent, error.is_io() || error.is_timeout()) else { return error };
        let wrap = match error.is_io() {
            _ if time >= self.patience => ConnectorError::user,
            true => ConnectorError::io,
            false => ConnectorError::timeout,
        };
        wrap(Box::new(NoAnswer { host: host.to_string(), error }))
    }
}

#[derive(Debug)]
struct NoAnswer {
    host: String,
    error: ConnectorError,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NO_ANSWER} {}", self.host)
    }
}

impl std::error::Error for NoAnswer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
    use aws_smithy_types::body::SdkBody;

    /// Answers `http://there/` and nothing else.
    #[derive(Clone, Debug)]
    struct Network;

    impl HttpConnector for Network {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            HttpConnectorFuture::ready(match request.uri() {
                "http://there/" => 200u16
                    .try_into()
                    .map(|ok| HttpResponse::new(ok, SdkBody::empty()))
                    .map_err(|e| ConnectorError::other(Box::new(e), None)),
                _ => Err(ConnectorError::io("connection refused".into())),
            })
        }
    }

    impl HttpClient for Network {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    /// The error of a call to each of these, one after the other.
    async fn errors(patience: Duration, urls: &[&str]) -> Vec<Option<ConnectorError>> {
        let client = Patience::new(SharedHttpClient::new(Network), patience);
        let components = RuntimeComponentsBuilder::for_tests().build().expect("components");
        let connector = client.http_connector(&HttpConnectorSettings::default(), &components);
        let mut errors = Vec::new();
        for url in urls {
            let mut request = HttpRequest::empty();
            request.set_uri(*url).expect("a URL");
            errors.push(connector.call(request).await.err());
        }
        errors
    }

    #[tokio::test]
    async fn a_silent_host_is_given_up_when_patience_ends() {
        let silent = ["http://silent/a", "http://silent/b"];
        for (patience, given_up) in [(Duration::from_secs(3600), false), (Duration::ZERO, true)] {
            for error in errors(patience, &silent).await {
                let error = error.expect("nobody is there");
                assert_eq!((error.is_user(), error.is_io()), (given_up, !given_up));
                let cause = std::error::Error::source(&error).expect("a cause").to_string();
                assert_eq!(cause, "nothing has answered at silent");
            }
        }
    }

    #[tokio::test]
    async fn a_host_that_has_answered_is_tried_again() {
        let errors = errors(Duration::ZERO, &["http://there/", "http://there/lost"]).await;
        assert!(matches!(errors.as_slice(), [None, Some(lost)] if lost.is_io()));
    }

    #[test]
    fn hosts_are_told_apart_by_port() {
        assert_eq!(host_of("https://ec2.us-east-1.amazonaws.com/?Action=x"), "ec2.us-east-1.amazonaws.com");
        assert_eq!(host_of("http://127.0.0.1:9"), "127.0.0.1:9");
    }
}
