//! An upstream that answers as the test says and remembers what it was asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A body of an upstream.
pub type Body = BoxBody<Bytes, Infallible>;

/// What the upstream was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path with query.
    pub path: String,
    /// The headers as they arrived.
    pub headers: HeaderMap,
}

/// A running upstream, HTTP/1.1 and HTTP/2 in clear text on one port.
pub struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    server: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Upstream {
    /// Answers every request by `answer`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start<F>(answer: F) -> Result<Self>
    where
        F: Fn(&Request<Incoming>) -> Response<Body> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let remembered = Arc::clone(&asked);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, remembered) = (Arc::clone(&answer), Arc::clone(&remembered));
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        remembered.lock().unwrap_or_else(PoisonError::into_inner).push(Asked {
                            method: request.method().clone(),
                            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
                            headers: request.headers().clone(),
                        });
                        let response = answer(&request);
                        async move { Ok::<_, Infallible>(response) }
                    });
                    let _ =
                        auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Ok(Self { address, asked, server })
    }

    /// Answers every request with this JSON.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn json(body: impl Into<Bytes>) -> Result<Self> {
        let body = body.into();
        Self::start(move |_| json(body.clone())).await
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A whole body.
#[must_use]
pub fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).boxed()
}

/// A body of several frames and perhaps trailers.
#[must_use]
pub fn frames(chunks: Vec<Bytes>, trailers: Option<HeaderMap>) -> Body {
    let frames = chunks.into_iter().map(Frame::data).chain(trailers.map(Frame::trailers));
    StreamBody::new(futures_util::stream::iter(frames.map(Ok))).boxed()
}

/// A response of a media type.
#[must_use]
pub fn of_type(media: &str, body: impl Into<Bytes>) -> Response<Body> {
    with_headers(&[("content-type", media)], body)
}

/// A JSON response.
#[must_use]
pub fn json(body: impl Into<Bytes>) -> Response<Body> {
    of_type("application/json", body)
}

/// A response with these headers; ones that cannot be sent are left out.
#[must_use]
pub fn with_headers(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(body));
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (hyper::header::HeaderName::try_from(*name), hyper::header::HeaderValue::try_from(*value))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}
