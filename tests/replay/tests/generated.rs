//! The policies that `meshveil generate` writes for the sample shop, in a real Envoy: whom they let in.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Result, ensure};
use meshveil_replay::client::Answer;
use meshveil_replay::generate::Case;
use meshveil_replay::generate::requests::{Ask, Http, Protocols, Transport, Visit};
use meshveil_replay::objects::{Mesh, ServicePort};
use meshveil_replay::read;
use meshveil_replay::replay::replay_with;

const PORT: u16 = 18080;

const CALLERS: [(&str, &str); 5] =
    [("shop", "billing"), ("shop", "support"), ("shop", "frontend"), ("shop", "batch"), ("staging", "frontend")];

/// The sample shop with its Service's port named `name`; with `plaintext` its PeerAuthentication is gone.
fn shop(name: &str, plaintext: bool) -> Result<Mesh> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("manifests/istio-sidecar/base/authorization.yaml"))?;
    let mut mesh = Mesh {
        trust_domain: "cluster.local".to_owned(),
        aliases: Vec::new(),
        root: "istio-system".to_owned(),
        namespace: "shop".to_owned(),
        labels: BTreeMap::from([("app".to_owned(), "customers".to_owned())]),
        ports: vec![ServicePort { port: 80, target: PORT, name: name.to_owned(), app_protocol: None }],
        callers: CALLERS.map(|(namespace, account)| (namespace.to_owned(), account.to_owned())).into(),
        authorization: Vec::new(),
        peers: Vec::new(),
        tokens: Vec::new(),
    };
    // Port 8080 is often taken.
    ensure!(text.contains("ports: [\"8080\"]"), "no port in {text}");
    read::add(&mut mesh, &text.replace("\"8080\"", &format!("\"{PORT}\"")))?;
    if plaintext {
        mesh.peers.clear();
    }
    Ok(mesh)
}

fn visit(port: u16, transport: Transport, protocols: Protocols) -> Visit {
    let http = Http {
        method: "GET".to_owned(),
        path: "/customers/7".to_owned(),
        host: "customers.shop".to_owned(),
        headers: Vec::new(),
        token: None,
    };
    Visit { port, source: Ipv4Addr::new(127, 0, 0, 2), transport, protocols, sni: None, asks: vec![Ask::Http(http)] }
}

/// As each caller on the workload's port, in another trust domain, without a certificate, in plaintext, and on an undeclared port.
fn visits(protocols: Protocols) -> Vec<Visit> {
    let mtls = |domain: &str, (namespace, account): (&str, &str)| Transport::Mtls {
        domain: domain.to_owned(),
        caller: (namespace.to_owned(), account.to_owned()),
    };
    let mut visits: Vec<Visit> =
        CALLERS.iter().map(|caller| visit(PORT, mtls("cluster.local", *caller), protocols)).collect();
    visits.push(visit(PORT, mtls("evil.example", ("shop", "billing")), protocols));
    visits.push(visit(PORT, Transport::Tls, Protocols::Foreign));
    visits.push(visit(PORT, Transport::Plaintext, protocols));
    visits.push(visit(16060, mtls("cluster.local", ("shop", "billing")), protocols));
    visits.push(visit(16060, Transport::Plaintext, protocols));
    visits
}

/// What became of each visit: `served`, `403`, or `closed`.
async fn answers(mesh: Mesh, protocols: Protocols) -> Result<Vec<&'static str>> {
    let case = Case { seed: 0, mesh: mesh.clone(), visits: visits(protocols) };
    let report = replay_with(vec![case], &[mesh]).await?;
    assert!(report.disagreements.is_empty(), "{}", report.disagreements.join("\n"));
    let name = |answer: &Answer| match answer {
        Answer::Served | Answer::Raw => "served",
        Answer::Forbidden(_) => "403",
        Answer::Closed => "closed",
        Answer::Other(_) => "other",
    };
    Ok(report.answers.iter().flatten().flatten().map(name).collect())
}

#[tokio::test]
async fn listed_callers_get_in_and_nobody_else() -> Result<()> {
    let found = answers(shop("http", false)?, Protocols::MeshHttp).await?;
    let (served, refused, closed) = ("served", "403", "closed");
    assert_eq!(found, [served, served, served, refused, refused, closed, closed, closed, refused, closed]);
    Ok(())
}

#[tokio::test]
async fn plaintext_is_refused_even_without_the_peer_authentication() -> Result<()> {
    let found = answers(shop("http", true)?, Protocols::MeshHttp).await?;
    let (served, refused, closed) = ("served", "403", "closed");
    assert_eq!(found, [served, served, served, refused, refused, closed, closed, refused, refused, refused]);
    Ok(())
}

#[tokio::test]
async fn port_taken_for_tcp_lets_nobody_in() -> Result<()> {
    for name in ["tcp", "tcp-customers"] {
        for plaintext in [false, true] {
            let found = answers(shop(name, plaintext)?, Protocols::MeshTcp).await?;
            assert!(!found.contains(&"served"), "{name}, permissive: {plaintext}: {found:?}");
        }
    }
    // Where the bytes decide, the caller of a listed identity can still ask in HTTP, and only so.
    let found = answers(shop("customers", false)?, Protocols::MeshTcp).await?;
    assert!(!found.contains(&"served"), "{found:?}");
    let found = answers(shop("customers", false)?, Protocols::MeshHttp).await?;
    assert_eq!(found.iter().filter(|answer| **answer == "served").count(), 3, "{found:?}");
    Ok(())
}
