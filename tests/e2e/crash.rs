//! A filter that crashes lets nothing through. The module is our own, with one callback replaced by a trap.

use std::fs;

use hyper::Request;
use meshveil_tests::artifact;
use meshveil_tests::client::Client;
use meshveil_tests::envoy::Envoy;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use tempfile::TempDir;

use crate::document::{CLEAR, MASKED, assert_no_secret};

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const FUNCTION: u8 = 0;
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// Reads a WebAssembly binary from front to back.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        self.at += 1;
        self.bytes[self.at - 1]
    }

    /// Unsigned LEB128.
    fn number(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
            shift += 7;
        }
    }

    fn name(&mut self) -> String {
        let length = self.number();
        self.at += length;
        String::from_utf8(self.bytes[self.at - length..self.at].to_vec()).unwrap()
    }

    /// The imports of our module are functions only: host calls.
    fn imported_functions(&mut self) -> usize {
        let count = self.number();
        for _ in 0..count {
            self.name();
            self.name();
            assert_eq!(self.byte(), FUNCTION);
            self.number();
        }
        count
    }

    fn export(&mut self, wanted: &str) -> Option<usize> {
        (0..self.number()).find_map(|_| {
            let (name, kind, index) = (self.name(), self.byte(), self.number());
            (name == wanted && kind == FUNCTION).then_some(index)
        })
    }
}

/// The module with the body of an exported function replaced by a trap of the same length.
pub fn with_trap(module: &[u8], export: &str) -> Vec<u8> {
    let mut reader = Reader { bytes: module, at: 8 };
    let (mut imported, mut index) = (0, None);
    loop {
        let (section, length) = (reader.byte(), reader.number());
        let end = reader.at + length;
        match section {
            IMPORTS => imported = reader.imported_functions(),
            EXPORTS => index = reader.export(export),
            CODE => {
                let body = index.unwrap() - imported;
                reader.number();
                for _ in 0..body {
                    let length = reader.number();
                    reader.at += length;
                }
                let length = reader.number();
                let end = reader.at + length;
                for _ in 0..reader.number() {
                    reader.number();
                    reader.byte();
                }
                let mut trapped = module.to_vec();
                trapped[reader.at..end - 1].fill(NOP);
                trapped[reader.at] = UNREACHABLE;
                trapped[end - 1] = END;
                return trapped;
            }
            _ => {}
        }
        reader.at = end;
    }
}

async fn start(callback: &str, strict: bool) -> (Upstream, Mesh, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trap.wasm");
    fs::write(&path, with_trap(&fs::read(artifact::filter().unwrap()).unwrap(), callback)).unwrap();
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let setup = Setup::new(plan::shop(), upstream.address()).wasm(path);
    let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
    (upstream, mesh, directory)
}

fn clients(mesh: &Mesh) -> [Client; 2] {
    [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()]
}

#[tokio::test]
async fn crash_of_any_callback_lets_nothing_through() {
    for callback in ["proxy_on_request_headers", "proxy_on_response_headers", "proxy_on_response_body"] {
        for strict in [false, true] {
            let (_upstream, mesh, _directory) = start(callback, strict).await;
            for round in 0..3 {
                for client in clients(&mesh) {
                    let context = format!("{callback}, strict {strict}, round {round}");
                    let Ok(answer) = client.get("/").await else { continue };
                    assert_no_secret(&answer.body, &context);
                    assert!(answer.status.is_server_error() || answer.cut.is_some(), "{context}: {answer:?}");
                }
            }
            let crashed = format!("Function: {callback} failed: Uncaught RuntimeError: unreachable");
            mesh.envoy.until(&crashed, async |envoy| Ok(envoy.log().contains(&crashed))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn fresh_filter_takes_over_after_a_crash() {
    let (_upstream, mesh, _directory) = start("proxy_on_response_body", false).await;
    let client = mesh.client("frontend").unwrap();
    for _ in 0..2 {
        if let Ok(answer) = client.get("/").await {
            assert!(answer.status.is_server_error() || answer.cut.is_some(), "{answer:?}");
        }
        // A response without a body never meets the trap. Envoy waits about a second before it loads the module
        // again, and answers 503 until then.
        let served = async |_: &Envoy| {
            let head = client.send(Request::head("/")).await?;
            let filtered = head.header("cache-control") == Some("private");
            assert!(if head.status == 200 { filtered } else { head.status == 503 }, "{head:?}");
            Ok(head.status == 200)
        };
        mesh.envoy.until("a fresh filter", served).await.unwrap();
    }
}

#[tokio::test]
async fn trap_is_what_crashes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trap.wasm");
    let module = fs::read(artifact::filter().unwrap()).unwrap();
    // A callback that this plan never meets: the rest of the module still works.
    fs::write(&path, with_trap(&module, "proxy_on_response_trailers")).unwrap();
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).wasm(path).start().await.unwrap();
    assert_eq!(mesh.client("frontend").unwrap().get("/").await.unwrap().text(), MASKED);
}
