//! The playground: the engine as a module in the page.

use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{Markup, html};
use meshveil_text::FileId;

use crate::{
    Origin, Report,
    inputs::digest,
    page::{Page, data},
};

/// The engine, the policy checks and the reachability rules as WebAssembly.
#[derive(Debug, Clone, Copy)]
pub struct Module<'m> {
    /// The module, compressed by gzip.
    pub compressed: &'m [u8],
}

/// What the fields hold at first.
pub(crate) struct Start {
    pub(crate) policy: String,
    pub(crate) sample: String,
}

/// The page with the playground alone.
#[must_use]
pub fn playground(module: &Module<'_>, policy: &str, sample: &str, origin: &Origin) -> String {
    let start = Start { policy: policy.to_owned(), sample: sample.to_owned() };
    let page = Page {
        title: "playground".to_owned(),
        sections: Vec::new(),
        tools: html! { div.tools { button #theme type="button" { "Theme" } } },
        body: section(module, &start),
        runs_module: true,
    };
    page.render(origin)
}

/// The first policy of a report. A body is there only where one was given.
pub(crate) fn start(report: &Report<'_>) -> Start {
    let policy = report.cluster.policies.first();
    let file = policy.map_or(FileId(u32::MAX), |policy| policy.name.span.file);
    let policy = report.cluster.manifests.files.text(file).to_owned();
    Start { policy, sample: report.sample.map_or("{}", |(_, text)| text).to_owned() }
}

pub(crate) fn section(module: &Module<'_>, start: &Start) -> Markup {
    let names = serde_json::json!({ "policy": start.policy, "sample": start.sample });
    html! {
        section #playground {
            h2 { "Playground" }
            noscript { p { "The playground needs scripts." } }
            p #engine role="status" { "The engine starts with the first change." }
            div.playground {
                div.editors {
                    label for="policy" { "Policy" }
                    div.editor { pre.gutter #gutter aria-hidden="true" {} textarea #policy spellcheck="false" autocapitalize="off" autocomplete="off" rows="24" wrap="off" {} }
                    label for="body" { "Body (JSON)" }
                    textarea #body spellcheck="false" autocapitalize="off" autocomplete="off" rows="12" wrap="off" {}
                    details { summary { "Manifests, to see who reaches it" }
                        label for="manifests" { "Manifests" }
                        textarea #manifests spellcheck="false" autocapitalize="off" autocomplete="off" rows="12" wrap="off" {}
                    }
                    p { button #share type="button" { "Put the state into the address" } " " button #copy type="button" { "Copy as test" } }
                }
                div.results aria-live="polite" { ol #faults-here.findings {} div #views.views {} div #access {} }
            }
            p.note { "Keyed masks use a key that everybody knows: pseudonyms are not those of your proxies. Nothing that you type leaves this page." }
            (data("start", &names))
            script type="text/plain" id="module" data-digest=(digest(module.compressed)) { (STANDARD.encode(module.compressed)) }
        }
    }
}
