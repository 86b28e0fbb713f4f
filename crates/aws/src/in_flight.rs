//! A bound on the requests that are in flight at once, over all services.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Requests in flight where nothing else is asked for. What AWS throttles all the same is tried again later by the
/// SDK. (Its adaptive retries would slow the whole service down for minutes after a few refusals.)
pub const IN_FLIGHT: usize = 64;

/// An HTTP client that makes requests wait while too many others are under way.
#[derive(Debug)]
pub struct InFlight {
    inner: SharedHttpClient,
    permits: Arc<Semaphore>,
}

impl InFlight {
    /// At most `most` requests at once.
    pub fn new(inner: SharedHttpClient, most: usize) -> InFlight {
        InFlight { inner, permits: Arc::new(Semaphore::new(most.max(1))) }
    }
}

impl HttpClient for InFlight {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { inner: self.inner.http_connector(settings, components), permits: self.permits.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    permits: Arc<Semaphore>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, permits) = (self.inner.clone(), self.permits.clone());
        HttpConnectorFuture::new(async move {
            let _permit = permits.acquire().await.map_err(|e| ConnectorError::other(e.into(), None))?;
            inner.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
    use aws_smithy_types::body::SdkBody;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers after a few turns of the others, and keeps count.
    #[derive(Clone, Debug, Default)]
    struct Counting {
        now: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl HttpConnector for Counting {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let counting = self.clone();
            HttpConnectorFuture::new(async move {
                let now = counting.now.fetch_add(1, Ordering::SeqCst) + 1;
                counting.most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                counting.now.fetch_sub(1, Ordering::SeqCst);
                let ok = 200u16.try_into().map_err(|e| ConnectorError::other(Box::new(e), None))?;
                Ok(HttpResponse::new(ok, SdkBody::empty()))
            })
        }
    }

    impl HttpClient for Counting {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    #[tokio::test]
    async fn no_more_than_allowed_and_all_in_the_end() {
        for most in [1, 3] {
            let counting = Counting::default();
            let client = InFlight::new(SharedHttpClient::new(counting.clone()), most);
            let components = RuntimeComponentsBuilder::for_tests().build().unwrap_or_else(|e| panic!("{e}"));
            let connector = client.http_connector(&HttpConnectorSettings::default(), &components);
            let calls = futures::future::join_all((0..20).map(|_| connector.call(HttpRequest::empty()))).await;
            assert!(calls.iter().all(Result::is_ok));
            assert_eq!(counting.most.load(Ordering::SeqCst), most);
        }
    }
}
