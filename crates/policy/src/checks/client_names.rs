//! A service whose clients choose the names in its answers, without a list of what may be seen.

use meshveil_plan::{Masking, Unlisted};
use meshveil_text::{Finding, Span};

use crate::{Policy, Spanned, codes};

/// Words in names, labels, paths and media types, and what such a service lets clients do.
const WORDS: [(&str, &str); 12] = [
    ("graphql", "a GraphQL client gives fields other names (`x: ssn`)"),
    ("hasura", "a GraphQL client gives fields other names (`x: ssn`)"),
    ("odata", "an OData client names what it computes (`$compute`, `$apply`)"),
    ("postgrest", "a client of PostgREST gives columns other names (`select=x:ssn`)"),
    ("supabase", "a client of PostgREST gives columns other names (`select=x:ssn`)"),
    ("datasette", "a client's own SQL names the columns, and answers hold them apart from their names"),
    ("influxdb", "answers hold columns apart from their names"),
    ("clickhouse", "a client's own SQL names the columns, and answers hold them apart from their names"),
    ("trino", "a client's own SQL names the columns, and answers hold them apart from their names"),
    ("sql", "a client's own SQL names the columns"),
    ("elasticsearch", "a client names aggregations, and values stand as `key` of their buckets"),
    ("opensearch", "a client names aggregations, and values stand as `key` of their buckets"),
];

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let lists = |unlisted: Option<&Spanned<Unlisted>>| unlisted.is_some_and(|one| one.value != Unlisted::Show);
    if lists(policy.unlisted.as_ref()) {
        return;
    }
    let labels = policy.workload.selector.value.values().map(|value| (value.as_str(), policy.workload.selector.span));
    let reads = policy.reads.iter().map(|(essence, _)| (essence.value.as_str(), essence.span));
    let whole = labels.chain([(policy.name.value.as_str(), policy.name.span)]).chain(reads);
    if let Some(found) = whole.filter_map(|(text, span)| Some((tells(text)?, span))).next() {
        findings.push(finding(found));
        return;
    }
    for route in policy.routes.iter().filter(|route| route.masking.value == Masking::On) {
        if lists(route.unlisted.as_ref()) {
            continue;
        }
        let matches = route.matches.as_ref().map(|matches| &matches.value);
        let paths = matches.into_iter().flat_map(|one| [&one.path, &one.prefix, &one.route_name]).flatten();
        let texts = paths.map(String::as_str).chain([route.name.value.as_str()]);
        let reads = route.reads.iter().map(|(essence, _)| essence.value.as_str());
        if let Some(why) = texts.chain(reads).find_map(tells) {
            findings.push(finding((why, route.name.span)));
        }
    }
}

fn finding((why, span): (&'static str, Span)) -> Finding {
    Finding::new(&codes::CLIENT_NAMES, span, format!("{why}: a path that names a field does not see it"))
        .help("add `unlisted: mask`, and under `shows` the paths of what may be seen")
}

/// What a word of a text says of a service.
fn tells(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|one: char| !one.is_ascii_alphanumeric());
    words.find_map(|word| WORDS.iter().find(|(known, _)| *known == word).map(|(_, why)| *why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_tell() {
        for text in ["/graphql", "/v1/graphql", "application/graphql-response+json", "shop-odata", "SQL"] {
            assert!(tells(text).is_some(), "{text}");
        }
        for text in ["/customers", "mysql", "nosql", "graphqlite", "/orders/sequel"] {
            assert_eq!(tells(text), None, "{text}");
        }
    }
}
