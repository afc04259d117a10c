//! Whether bytes are a module that a proxy can load.

use wasmparser::{BinaryReaderError, Encoding, ExternalKind, Parser, Payload, Validator};

/// The export by which a host knows the version of the interface (proxy-wasm ABI specification, "Exports").
const ABI: &str = "proxy_abi_version_0_2_1";

/// Why a proxy could not load something; reads on after its name.
#[derive(Debug, thiserror::Error)]
pub(super) enum Reason {
    #[error("is not WebAssembly: it does not begin with its magic number")]
    NotWasm,
    #[error("is a WebAssembly component, and proxies load modules: build it for `wasm32-wasip1`")]
    Component,
    #[error("is no valid WebAssembly module: at byte {at}, {message}")]
    Invalid { at: u64, message: String },
    #[error("is no filter for this interface: it does not export the function `{ABI}`")]
    OtherInterface,
}

impl From<BinaryReaderError> for Reason {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { at: error.offset(), message: error.message().to_owned() }
    }
}

/// Refuses what a proxy would refuse when it is too late: Istio's agent looks at the first four bytes only.
pub(super) fn check(bytes: &[u8]) -> Result<(), Reason> {
    if !bytes.starts_with(b"\0asm") {
        return Err(Reason::NotWasm);
    }
    let mut has_interface = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { encoding: Encoding::Component, .. } => return Err(Reason::Component),
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    has_interface |= export.name == ABI && export.kind == ExternalKind::Func;
                }
            }
            _ => {}
        }
    }
    Validator::new().validate_all(bytes)?;
    if has_interface { Ok(()) } else { Err(Reason::OtherInterface) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function, exported by this name.
    fn module(name: &str) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07".to_vec();
        let length = u8::try_from(name.len()).unwrap();
        bytes.extend([length + 4, 1, length]);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b"\0\0\x0a\x04\x01\x02\0\x0b");
        bytes
    }

    fn reason(bytes: &[u8]) -> String {
        check(bytes).unwrap_err().to_string()
    }

    #[test]
    fn takes_a_module_with_the_interface() {
        check(&module(ABI)).unwrap();
    }

    #[test]
    fn refuses_what_no_proxy_loads() {
        assert_eq!(reason(b""), "is not WebAssembly: it does not begin with its magic number");
        assert_eq!(reason(b"(module)"), "is not WebAssembly: it does not begin with its magic number");
        assert_eq!(
            reason(b"\0asm\x0d\0\x01\0"),
            "is a WebAssembly component, and proxies load modules: build it for `wasm32-wasip1`"
        );
        assert!(reason(b"\0asm\x02\0\0\0").starts_with("is no valid WebAssembly module: at byte 4, "));
        assert_eq!(
            reason(b"\0asm\x01\0\0\0"),
            "is no filter for this interface: it does not export the function `proxy_abi_version_0_2_1`"
        );
        assert_eq!(
            reason(&module("proxy_abi_version_0_1_0")),
            "is no filter for this interface: it does not export the function `proxy_abi_version_0_2_1`"
        );
    }

    #[test]
    fn refuses_a_module_that_was_cut_anywhere() {
        let whole = module(ABI);
        for end in 0..whole.len() {
            assert!(check(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn refuses_a_body_that_does_not_validate() {
        let mut bytes = module(ABI);
        let end = bytes.len() - 1;
        // `drop` on an empty stack.
        bytes[end - 3] = 3;
        bytes[end - 4] = 1;
        bytes.splice(end - 5.., *b"\x05\x01\x03\0\x1a\x0b");
        assert!(reason(&bytes).starts_with("is no valid WebAssembly module: at byte "), "{}", reason(&bytes));
    }
}
