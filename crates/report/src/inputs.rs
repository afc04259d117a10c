//! What the page was made from.

use maud::{Markup, html};
use meshveil_text::Files;
use sha2::{Digest, Sha256};

use crate::{Origin, words::name};

/// A digest in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn section(files: &Files, origin: &Origin) -> Markup {
    html! {
        section #inputs {
            h2 { "Inputs" }
            p { "meshveil " (origin.version) ", " code { (name(&origin.command)) } }
            div.scroll tabindex="0" role="region" aria-label="Digests of inputs" {
                table {
                    thead { tr { th scope="col" { "file" } th scope="col" { "bytes" } th scope="col" { "SHA-256" } } }
                    tbody {
                        @for (file, text) in files.all() {
                            tr { td { (name(file)) } td { (text.len()) } td { code { (digest(text.as_bytes())) } } }
                        }
                    }
                }
            }
        }
    }
}
