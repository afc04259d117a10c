//! What a change means, as a page.

use maud::html;
use meshveil_answers::diff::{Diff, Effect};

use crate::{
    Origin,
    page::Page,
    words::{count, name},
};

/// The page about what differs between two states.
#[must_use]
pub fn diff(diff: &Diff, before: &str, after: &str, origin: &Origin) -> String {
    let sections: Vec<(&'static str, &'static str)> = Effect::ALL
        .into_iter()
        .filter(|effect| diff.with(*effect).next().is_some())
        .map(|e| (e.title(), e.title()))
        .collect();
    let body = html! {
        section #answer {
            h1 {
                @if diff.changes.is_empty() { "Nothing changes" }
                @else if diff.is_dangerous() { "Access is gained, or a layer is weaker" }
                @else { "Access becomes no wider" }
            }
            p { "before: " code { (name(before)) } ", after: " code { (name(after)) } }
            ul.counts {
                @for effect in Effect::ALL {
                    @let number = diff.with(effect).count();
                    @if number > 0 { li.more[effect <= Effect::Weaker] { a href=(format!("#{}", effect.title())) { (number) " " (effect.title()) } } }
                }
            }
            @for title in &diff.not_compared { p.note { "The layers of " (name(title)) " are not compared: too many objects" } }
        }
        @for effect in Effect::ALL {
            @if diff.with(effect).next().is_some() {
                section id=(effect.title()) {
                    h2 { (effect.title()) }
                    ol.changes {
                        @for (at, change) in diff.with(effect).enumerate() {
                            li id=(format!("{}-{}", effect.title(), at + 1)) tabindex="-1" {
                                p { (name(&change.text)) }
                                @if let Some(because) = &change.because { p.help { (name(because)) } }
                                @if change.sources.len() > 3 {
                                    details { summary { (count(change.sources.len(), "source")) } ul { @for source in &change.sources { li { (name(source)) } } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let title = format!("diff of {before} and {after}");
    let tools = html! { div.tools { button #theme type="button" { "Theme" } } };
    Page { title, sections, tools, body, runs_module: false }.render(origin)
}
