//! The frame of every page: its policy of what may run, its style and its script.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::Origin;

const STYLE: &str = include_str!("../page/style.css");
pub(crate) const SCRIPT: &str = include_str!("../page/report.js");
pub(crate) const PLAYGROUND: &str = include_str!("../page/playground.js");

/// A page.
pub(crate) struct Page {
    pub(crate) title: String,
    /// Names of sections, each with its address.
    pub(crate) sections: Vec<(&'static str, &'static str)>,
    /// What stands at the top beside the title.
    pub(crate) tools: Markup,
    pub(crate) body: Markup,
    /// Whether it holds a module.
    pub(crate) runs_module: bool,
}

/// A source of a content security policy.
fn digest(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

impl Page {
    pub(crate) fn render(self, origin: &Origin) -> String {
        let script = if self.runs_module { format!("{SCRIPT}\n{PLAYGROUND}") } else { SCRIPT.to_owned() };
        let module = if self.runs_module { " 'wasm-unsafe-eval'" } else { "" };
        let policy = format!(
            "default-src 'none'; script-src {}{module}; style-src {}; base-uri 'none'; form-action 'none'",
            digest(&script),
            digest(STYLE)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="generator" content=(format!("meshveil {}", origin.version));
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { "Skip to the answer" }
                    header {
                        p.brand { strong { "meshveil" } " " (self.title) }
                        (self.tools)
                        nav aria-label="Sections" {
                            @for (address, section) in &self.sections { a href=(format!("#{address}")) { (section) } " " }
                        }
                    }
                    main #main tabindex="-1" { (self.body) }
                    footer {
                        p { "Written by meshveil " (origin.version) ": " code { (origin.command) } ". This page makes no requests." }
                    }
                    script { (PreEscaped(script.as_str())) }
                }
            }
        };
        page.into_string()
    }
}

/// Data for the script, in JSON that ends no element.
pub(crate) fn data(id: &str, value: &serde_json::Value) -> Markup {
    let text = value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    html! { script type="application/json" id=(id) { (PreEscaped(text)) } }
}
