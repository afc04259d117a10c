//! Values that policies name and requests have: few enough that they often meet.

use fastrand::Rng;

use super::{CALLERS, DOMAINS, PORTS, likely, one_of};
use crate::objects::Mesh;

pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
pub const METHOD_VALUES: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "P*", "*T", "*", "get"];

pub const PATHS: [&str; 27] = [
    "/",
    "/items",
    "/items?all=1",
    "/items/",
    "/items/7",
    "/items/7?x=/admin",
    "/items/7/notes",
    "/admin",
    "/admin/users",
    "/Admin",
    "/items/../admin",
    "/./items",
    "/items%2F7",
    "/%69tems",
    "//admin",
    "/items/7/",
    "/items/%2e%2e/admin",
    "/items\\7",
    "/items/a:b@c",
    "/items/a*b",
    "/items/a'b|c",
    "/items/%C3%A9",
    "/items/%c3%a9/notes",
    "/items/7;v=1",
    "/items/...",
    "/items/%41%7e",
    "/items/7/../",
];
pub const PATH_VALUES: [&str; 26] = [
    "/items",
    "/items*",
    "/items/*",
    "/items/7",
    "/admin",
    "/admin*",
    "/",
    "/*",
    "*",
    "*/users",
    "*7",
    "*/notes",
    "/items/{*}",
    "/items/{*}/notes",
    "/{**}",
    "/items/{**}",
    "/{*}/7",
    "/{**}/notes",
    "*item*",
    "/items/{*}/",
    "/items/a*b",
    "/{*}/a:b@c",
    "/items/%C3%A9",
    "/items/A~",
    "/{*}/{*}",
    "/items/{**}/",
];

pub const HOSTS: [&str; 6] = ["api.shop", "API.Shop", "api.shop:80", "api", "other.example", "api.shop."];
pub const HOST_VALUES: [&str; 11] = [
    "api.shop",
    "API.SHOP",
    "api.*",
    "*.shop",
    "*",
    "api",
    "*.example",
    "api.shop:80",
    "api*",
    "api.shop:*",
    "*.Shop:80",
];

pub const TEAMS: [&str; 7] = ["red", "blue", "red,blue", "Red", "reddish", "red, blue", ""];
pub const TEAM_VALUES: [&str; 6] = ["red", "blue", "red*", "*blue", "*", "red,blue"];

pub const SOURCES: [[u8; 4]; 5] = [[127, 0, 0, 2], [127, 0, 0, 3], [127, 0, 0, 4], [127, 0, 0, 7], [127, 1, 0, 2]];
pub const BLOCKS: [&str; 9] = [
    "127.0.0.2",
    "127.0.0.2/31",
    "127.0.0.4/30",
    "127.0.0.0/24",
    "127.0.0.7/24",
    "127.0.0.0/8",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "2001:db8::/32",
];

pub const FORWARDED: [&str; 5] =
    ["203.0.113.9", "10.1.2.3", "10.1.2.3, 203.0.113.9", "203.0.113.9, 10.1.2.3", "2001:db8::7"];
pub const REMOTE_BLOCKS: [&str; 8] =
    ["203.0.113.9", "203.0.113.0/24", "10.0.0.0/8", "127.0.0.0/8", "127.0.0.2", "0.0.0.0/0", "2001:db8::/32", "::/0"];

pub const NAMES: [&str; 3] = ["api.shop.svc", "other.shop.svc", "outbound.example"];
pub const NAME_VALUES: [&str; 5] = ["api.shop.svc", "*.svc", "api.*", "*", "*.example"];

pub const SUBJECTS: [&str; 4] = ["ann", "bob", "team/ann", "*"];
pub const REQUEST_PRINCIPALS: [&str; 19] = [
    "https://login.example/ann",
    "https://login.example/bob",
    "https://login.example/*",
    "https://login.example/a*",
    "accounts/bob",
    "accounts/*",
    "*",
    "*/ann",
    "*ann",
    "acc*",
    "*example/bob",
    "accounts",
    "https://login.example*",
    "https://login.example/team/ann",
    "https://login.example/team/*",
    "*/team/ann",
    "*/*",
    "*",
    "*team/ann",
];
pub const GROUP_VALUES: [&str; 6] = ["dev", "admin", "ad*", "*min", "*", "dev ops"];
pub const AUDIENCE_VALUES: [&str; 5] = ["api", "web", "a*", "*", "*b"];

pub const NAMESPACE_VALUES: [&str; 14] =
    ["web", "web-2", "ops", "shop", "web*", "*", "*-2", "o*", "w*2", "we", "*e*", "web.2", "*a", "o*sa"];
pub const ACCOUNT_VALUES: [&str; 9] = [
    "web/front",
    "ops/front.*",
    "web-2/front",
    "ops/front.v2",
    "ops/front-v2",
    "shop/api",
    "api",
    "front",
    "web/batch",
];

pub fn ports() -> Vec<String> {
    PORTS.iter().map(u16::to_string).chain(["80".to_owned(), "9".to_owned()]).collect()
}

/// A principal in one of the forms that people write.
pub fn principal(rng: &mut Rng, mesh: &Mesh) -> String {
    let (namespace, account) = one_of(rng, &CALLERS);
    let domain = if likely(rng, 55) {
        mesh.trust_domain.as_str()
    } else {
        one_of(rng, &["cluster.local", "old.example", DOMAINS[4], "*", "*.example", "*-corp.example", "*"])
    };
    match rng.u32(..24) {
        0 => "*".to_owned(),
        1 | 2 => format!("{domain}/ns/{namespace}/*"),
        3 => format!("{domain}/ns/{namespace}/sa/*"),
        4 => format!("*/sa/{account}"),
        5 => format!("*{account}"),
        6 => format!("{domain}/*"),
        7 => format!("spiffe://{domain}/ns/{namespace}/sa/{account}"),
        8 => format!("*/ns/{namespace}/*"),
        9 => format!("{domain}/ns/{namespace}/sa/fr*"),
        10 => format!("*/ns/{namespace}/sa/{account}"),
        11 => format!("{domain}/ns/*/sa/{account}"),
        12 => format!("*/ns/*/sa/{account}"),
        13 => one_of(rng, &["*nt", "cluster*", "corp*/ns/web/sa/front", "*/sa/front.*", "*/ns/we.*/sa/front", "*.v2"])
            .to_owned(),
        _ => format!("{domain}/ns/{namespace}/sa/{account}"),
    }
}
