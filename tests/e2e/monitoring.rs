//! Every panel of the dashboard answers from what a real Prometheus scrapes of a real Envoy.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use meshveil_monitoring::panel::{WINDOW, panels};
use meshveil_tests::artifact;
use meshveil_tests::envoy::page;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::server::free_address;
use meshveil_tests::upstream::{Upstream, of_type};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::document::CLEAR;

/// How long scraping may take. Only a fault takes this long.
const PATIENCE: u32 = 120;

/// A Prometheus that scrapes one target each second; it ends with the value.
struct Prometheus {
    address: SocketAddr,
    _process: Child,
}

impl Prometheus {
    fn start(directory: &Path, target: &str) -> Self {
        let address = free_address().unwrap();
        let configuration = serde_json::json!({
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s" },
            "scrape_configs": [{
                "job_name": "envoy",
                "metrics_path": "/stats/prometheus",
                "static_configs": [{ "targets": [target] }],
            }],
        });
        let file = directory.join("prometheus.yml");
        std::fs::write(&file, configuration.to_string()).unwrap();
        let process = Command::new(artifact::tool("prometheus").unwrap())
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", directory.join("series").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { address, _process: process }
    }

    /// How many series a query answers with; none while Prometheus is coming up.
    async fn ask(&self, query: &str) -> Result<usize, String> {
        let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = page(self.address, "GET", &format!("/api/v1/query?query={query}")).await;
        let answer: Value = serde_json::from_str(&answer.map_err(|error| error.to_string())?).unwrap();
        match &answer["data"]["result"] {
            Value::Array(series) => Ok(series.len()),
            _ => Err(answer.to_string()),
        }
    }
}

#[tokio::test]
async fn every_panel_answers_from_a_real_scrape() {
    let upstream = Upstream::start(|request| {
        let media = if request.uri().path() == "/csv" { "text/csv" } else { "application/json" };
        of_type(media, CLEAR)
    })
    .await
    .unwrap();
    let mut plan = plan::shop();
    plan["others"] = "deny".into();
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let prometheus = Prometheus::start(directory.path(), &mesh.envoy.admin().to_string());
    let queries: Vec<(&str, String)> = panels()
        .into_iter()
        .map(|panel| (panel.title, panel.expression.replace(WINDOW, "10s").replace("$namespace", ".*")))
        .collect();
    let mut silent = Vec::new();
    for _ in 0..PATIENCE {
        for (caller, path) in
            [("billing", "/a"), ("frontend", "/b"), ("frontend", "/csv"), ("frontend", "/healthz"), ("stranger", "/d")]
        {
            mesh.client(caller).unwrap().get(path).await.unwrap();
        }
        silent.clear();
        for (title, query) in &queries {
            match prometheus.ask(query).await {
                Ok(0) => silent.push(format!("{title}: nothing")),
                Ok(_) => {}
                Err(error) => silent.push(format!("{title}: {error}")),
            }
        }
        if silent.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("no answer from {silent:#?}");
}
