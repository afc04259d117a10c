//! The sample shop: a small upstream with customers, orders and payments, over HTTP/1.1 and HTTP/2 in clear text.
//!
//! It knows nothing of masking: every answer holds every field. All data is made up.

mod catalogue;
mod routes;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

pub use catalogue::{Catalogue, Entry};
pub use routes::answer;

/// Serves the shop until the listener fails.
///
/// # Errors
/// The sample data cannot be read, or the listener accepts no more connections.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let catalogue = Arc::new(Catalogue::sample()?);
    loop {
        let (connection, _) = listener.accept().await?;
        let catalogue = Arc::clone(&catalogue);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&catalogue, request.method(), request.uri().path());
                async move { Ok::<_, Infallible>(response) }
            });
            // A client that goes away in the middle does not affect others.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(connection), service).await;
        });
    }
}
