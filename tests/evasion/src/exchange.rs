//! One request of a case over one connection of its own.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use meshveil_tests::client::{self, Client, Protocol};
use meshveil_tests::token;
use tokio::io::AsyncWriteExt;

use crate::answer::Answer;
use crate::case::{Case, Over};
use crate::setup::Running;

/// What signs tokens.
pub const TOKEN_KEY: &[u8] = b"key of the token issuers in the evasion suite";

/// Headers that HTTP/2 does not have (RFC 9113, section 8.2.2).
const OF_CONNECTION: [&str; 6] =
    ["connection", "upgrade", "transfer-encoding", "http2-settings", "keep-alive", "proxy-connection"];

/// The lines of a request, signed where it has tokens, and its body.
fn lines(case: &Case) -> Result<(Vec<String>, String)> {
    let mut lines = case.request.clone();
    let body = match lines.iter().position(String::is_empty) {
        Some(end) => lines.split_off(end).into_iter().skip(1).collect(),
        None => String::new(),
    };
    for token in &case.tokens {
        let (name, claims) = token.split_once(": ").context("a token is written `name: claims`")?;
        let signed = token::sign(TOKEN_KEY, &serde_json::from_str(claims)?);
        let scheme = if name == "authorization" { "Bearer " } else { "" };
        lines.push(format!("{name}: {scheme}{signed}"));
    }
    Ok((lines, body))
}

/// Sends the request of a case and reads what comes. A connection that is refused is an empty answer.
///
/// # Errors
/// The case is malformed.
pub async fn send(running: &Running, case: &Case, over: Over) -> Result<Answer> {
    let (lines, body) = lines(case)?;
    let protocol = if over == Over::Http1 { Protocol::Http1 } else { Protocol::Http2 };
    let client = running.client(case, protocol)?;
    let sent = async {
        match over {
            Over::Http1 => http1(&client, case, &lines, &body).await,
            Over::Http2 => http2(&client, &lines, body).await,
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), sent).await;
    match waited {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is::<Malformed>() => Err(error),
        Ok(Err(_)) | Err(_) => Ok(Answer { cut: true, ..Answer::default() }),
    }
}

/// The case cannot be sent as it is written.
#[derive(Debug)]
struct Malformed(String);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

async fn http1(client: &Client, case: &Case, lines: &[String], body: &str) -> Result<Answer> {
    let mut request: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let has = |name: &str| lines.iter().any(|line| line.to_ascii_lowercase().starts_with(name));
    if !body.is_empty() && !has("content-length:") && !has("transfer-encoding:") {
        request.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body);
    let mut stream = client.tls().await?;
    stream.write_all(request.as_bytes()).await?;
    Answer::read(&mut stream, case.method() == "HEAD").await
}

async fn http2(client: &Client, lines: &[String], body: String) -> Result<Answer> {
    let malformed = |what: &str| Malformed(format!("not a request of HTTP/2: `{what}`"));
    let first = lines.first().map(String::as_str).unwrap_or_default();
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(malformed(first).into()) };
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, &str)> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    let host = headers.iter().find(|(name, _)| name == "host").map_or("shop", |(_, value)| value);
    let mut request = Request::builder().method(method).uri(format!("https://{host}{path}"));
    for (name, value) in &headers {
        if name != "host" && !OF_CONNECTION.contains(&name.as_str()) {
            request = request.header(name, *value);
        }
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|_| malformed(first))?;
    let stream = TokioIo::new(client.tls().await?);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    Ok(Answer::of_http2(client::Answer::collect(response).await))
}
