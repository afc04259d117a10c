//! `make demo`: calls the shop through Envoy as each caller, shows what comes back, and checks it.

use std::process::ExitCode;

use anyhow::{Context, Result};
use meshveil_tests::{certificate::spiffe, client::Answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::expectation::{Findings, Sees, compare};
use crate::render::{Paint, side_by_side};
use crate::set_up::SetUp;

/// Who calls, and what it must see.
const CALLERS: [(&str, Sees); 4] = [
    ("billing", Sees::All),
    ("support", Sees::Members(&["email", "phone"])),
    ("frontend", Sees::Members(&[])),
    ("batch", Sees::Denied),
];

/// The response that is shown in full.
const SHOWN: &str = "/customers/c-1001";

/// The responses that are called and counted, too.
const COUNTED: [&str; 6] =
    [SHOWN, "/customers", "/orders", "/payments", "/export/customers.ndjson", "/export/payments.json"];

/// Runs the demo; the exit code says whether every answer was as it must be.
pub async fn run() -> Result<ExitCode> {
    let paint = Paint::from_environment();
    let directory = tempfile::Builder::new().prefix("meshveil-demo-").tempdir()?;
    let set_up = SetUp::start(directory.path(), 0, 0).await?;
    let (version, address, admin) = (set_up.version().await?, set_up.address(), set_up.admin());
    println!("Envoy {version} listens on https://{address} (admin page: http://{admin}),");
    println!(
        "the shop behind it on http://{}. Both end with this program; `make demo-up` leaves them running.\n",
        set_up.shop()
    );
    let mut faults = Vec::new();
    show(&set_up, paint).await?;
    count(&set_up, paint, &mut faults).await?;
    if set_up.client(None)?.get(SHOWN).await.is_ok() {
        faults.push("a client without a certificate got an answer".to_owned());
    } else {
        println!("\n  A client without a certificate gets no connection at all.");
    }
    println!();
    if faults.is_empty() {
        println!("{}", paint.good("Every caller got what shop/policy.yaml says."));
        return Ok(ExitCode::SUCCESS);
    }
    for fault in &faults {
        println!("{}", paint.bad(fault));
    }
    Ok(ExitCode::FAILURE)
}

/// One response, in full, as each caller gets it.
async fn show(set_up: &SetUp, paint: Paint) -> Result<()> {
    let before = ask_shop(set_up, SHOWN).await?;
    for (name, sees) in CALLERS {
        let answer = set_up.client(Some(name))?.get(SHOWN).await?;
        let id = spiffe(name);
        println!("{}", paint.bold(&format!("GET {SHOWN} as {name} ({id}): {}", answer.status)));
        match sees {
            Sees::Denied => println!("  {}", answer.text()),
            Sees::All | Sees::Members(_) => print!("{}", side_by_side(paint, &before, &answer.text())),
        }
        println!();
    }
    Ok(())
}

/// All responses: how many sensitive values each caller got clear and masked.
async fn count(set_up: &SetUp, paint: Paint, faults: &mut Vec<String>) -> Result<()> {
    let line = |path: &str, cells: [String; 4]| {
        println!("  {path:<26}{}", cells.map(|cell| format!("{cell:<22}")).concat().trim_end())
    };
    println!("{}", paint.bold("Sensitive values, by caller"));
    line("", CALLERS.map(|(name, ..)| name.to_owned()));
    for path in COUNTED {
        let before = ask_shop(set_up, path).await?;
        let mut cells = Vec::new();
        for (name, sees) in CALLERS {
            let answer = set_up.client(Some(name))?.get(path).await?;
            let (cell, wrong) = judge(sees, &before, &answer);
            cells.push(cell);
            faults.extend(wrong.into_iter().map(|fault| format!("{name} {path}: {fault}")));
        }
        line(path, cells.try_into().unwrap_or_default());
    }
    Ok(())
}

fn judge(sees: Sees, before: &str, answer: &Answer) -> (String, Vec<String>) {
    if let Sees::Denied = sees {
        let leaks = answer.status != 403 || answer.text().contains("c-1001");
        return (answer.status.as_u16().to_string(), if leaks { vec!["not denied".to_owned()] } else { Vec::new() });
    }
    if answer.status != 200 || answer.cut.is_some() {
        return ("failed".to_owned(), vec![format!("status {}", answer.status)]);
    }
    let Findings { masked, clear, wrong } = compare(sees, before, &answer.text());
    let cell = match (masked, clear) {
        (0, clear) => format!("{clear} clear"),
        (masked, 0) => format!("{masked} masked"),
        (masked, clear) => format!("{clear} clear, {masked} masked"),
    };
    (cell, wrong)
}

/// What the shop itself answers, past Envoy.
async fn ask_shop(set_up: &SetUp, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(set_up.shop()).await?;
    let request = format!("GET {path} HTTP/1.0\r\nhost: shop\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    let (_, body) = response.split_once("\r\n\r\n").context("the shop gave no answer")?;
    Ok(body.to_owned())
}
