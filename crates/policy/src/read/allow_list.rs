//! What happens to what no path lists, what is shown, and how the names of a field are compared.

use meshveil_json::Query;
use meshveil_plan::{Inside, MemberNames, Names, Unlisted};

use super::{Reader, map::Map, scalar};
use crate::Spanned;

/// `unlisted` and `shows` of a policy or a route.
pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>) -> (Option<Spanned<Unlisted>>, Vec<Spanned<Query>>) {
    let words = [("show", Unlisted::Show), ("mask", Unlisted::Mask), ("refuse", Unlisted::Refuse)];
    let unlisted = map.optional("unlisted").and_then(|node| {
        let value = scalar::word(reader, node, &words)?;
        Some(Spanned { value, span: node.span })
    });
    let shows = map.optional("shows").map(|node| {
        let items = scalar::items(reader, node).iter();
        items.filter_map(|node| scalar::query(reader, node)).collect()
    });
    (unlisted, shows.unwrap_or_default())
}

/// `names` of a field.
pub(super) fn names(reader: &mut Reader<'_>, map: &Map<'_>) -> Names {
    let words = [("exact", Names::Exact), ("anyCase", Names::AnyCase)];
    map.optional("names").and_then(|node| scalar::word(reader, node, &words)).unwrap_or_default()
}

/// `keys` of a field.
pub(super) fn keys(reader: &mut Reader<'_>, map: &Map<'_>) -> MemberNames {
    let words = [("keep", MemberNames::Keep), ("mask", MemberNames::Mask)];
    map.optional("keys").and_then(|node| scalar::word(reader, node, &words)).unwrap_or_default()
}

/// `inside` of a field.
pub(super) fn inside(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<Inside> {
    let words =
        [("json", Inside::Json), ("base64-json", Inside::Base64Json), ("jwt", Inside::Jwt), ("query", Inside::Query)];
    map.optional("inside").and_then(|node| scalar::word(reader, node, &words))
}
