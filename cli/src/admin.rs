//! The admin page of a proxy on this machine, read and never changed.

use std::{io::Read, net::IpAddr, path::Path, time::Duration};

use crate::{Failure, input};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a page at most: dumps of large meshes have some ten million.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Lines longer than this are broken up, so that findings can show them.
const LONG_LINE: usize = 2_000;

/// The dump that a path, `-` or the address of an admin page names, with the name that findings call it by.
pub(crate) fn dump(path: &Path) -> Result<(String, String), Failure> {
    let name = path.to_str().unwrap_or_default();
    let (name, text) = if is_address(name) {
        let text = page(name, "/config_dump?include_eds")?;
        (name.trim_end_matches('/').to_owned(), text)
    } else {
        let texts = input::texts(&[path.to_owned()])?;
        match <[_; 1]>::try_from(texts) {
            Ok([one]) => one,
            Err(several) => {
                let message = format!("`{}` names {} files: a dump is one file", path.display(), several.len());
                return Err(Failure::Usage(message));
            }
        }
    };
    Ok((name, in_lines(text)))
}

/// Whether an argument is the address of a page, and no file.
pub(crate) fn is_address(argument: &str) -> bool {
    argument.starts_with("http://") || argument.starts_with("https://")
}

/// A page of the admin interface at `http://127.0.0.1:9901`.
///
/// # Errors
/// The address is not one of this machine, or does not answer with 200.
pub(crate) fn page(address: &str, path: &str) -> Result<String, Failure> {
    match answer(address, path)? {
        (200, text) => Ok(text),
        (status, _) => Err(Failure::Usage(format!("cannot read `{address}{path}`: status {status}"))),
    }
}

/// The status and body of what a server of this machine answers. Redirects are not followed: they may lead elsewhere.
///
/// # Errors
/// The address is not one of this machine, or does not answer.
pub(crate) fn answer(address: &str, path: &str) -> Result<(u16, String), Failure> {
    let rest = address.strip_prefix("http://").unwrap_or_default().trim_end_matches('/');
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host).trim_matches(['[', ']']);
    let is_own = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if !is_own || rest.contains(['/', '@', '?', '#']) {
        let hint = "expected an address of this machine such as `http://127.0.0.1:9901`";
        return Err(Failure::Usage(format!("`{address}` is not read: {hint}")));
    }
    let failed = |error: ureq::Error| Failure::Usage(format!("cannot read `{address}{path}`: {error}"));
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build();
    let agent = ureq::Agent::new_with_config(agent);
    let mut answer = agent.get(format!("http://{rest}{path}")).call().map_err(failed)?;
    let mut text = String::new();
    let body = answer.body_mut().with_config().limit(LARGEST).reader().read_to_string(&mut text);
    body.map_err(|error| Failure::Usage(format!("cannot read `{address}{path}`: {error}")))?;
    Ok((answer.status().as_u16(), text))
}

/// JSON that is one long line, as JSON in many; anything else as it is.
fn in_lines(text: String) -> String {
    if text.lines().all(|line| line.len() <= LONG_LINE) {
        return text;
    }
    let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or(text)
}
