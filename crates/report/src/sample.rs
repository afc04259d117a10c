//! A body before and after, as the engine masks it for each caller.

use maud::{Markup, html};
use meshveil_answers::Cluster;
use meshveil_playground::{Body, View, views};

use crate::words::name;

pub(crate) fn section(cluster: &Cluster, named: &str, text: &str) -> Markup {
    html! {
        section #sample {
            h2 { "Before and after: " (name(named)) }
            details { summary { "Before" } pre.body tabindex="0" role="group" aria-label="Before" { (text) } }
            @for policy in &cluster.policies {
                h3 { "policy " (name(&format!("{}/{}", policy.namespace.value, policy.name.value))) }
                div.views { @for view in views(policy, text) { (shown(&view)) } }
            }
        }
    }
}

fn shown(view: &View) -> Markup {
    let who = view.caller.as_deref().unwrap_or("an unlisted caller");
    html! {
        article.view {
            h4 { (name(who)) }
            @match &view.body {
                Body::Pieces(pieces) => { pre.body tabindex="0" role="group" aria-label=(who) { @for (text, is_masked) in pieces { @if *is_masked { mark { (text) } } @else { (text) } } } }
                Body::Refused(why) => { p.refused { (name(why)) } }
            }
        }
    }
}
