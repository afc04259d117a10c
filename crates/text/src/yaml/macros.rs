//! The two macros that build trees. Inside, `{ }` is a map and `[ ]` a list, and `# "text"` is a comment.

/// A [`Map`](crate::yaml::Map) or [`List`](crate::yaml::List) in block style.
///
/// An entry is `key: value`, or `key?: value` for a value that may be `None` and is left out then. Keys are words, texts or
/// expressions in parentheses; values are maps, lists, or whatever becomes a [`Yaml`](crate::yaml::Yaml). `..entries` adds
/// what an iterator gives, `# "text"` and `#(expression)` a comment.
///
/// ```
/// # use meshveil_text::{block, flow, yaml::{document, quoted}};
/// let port = 8080_u16;
/// let digest: Option<&str> = None;
/// let written = block!({
///     ## "Where the module comes from."
///     url: quoted("oci://registry.example/module"),
///     sha256?: digest,
///     listeners: [{ name: "http", address: flow!({ port: port, protocol: "TCP" }) }],
/// });
/// assert_eq!(
///     document(written),
///     r#"# Where the module comes from.
/// url: "oci://registry.example/module"
/// listeners:
///   - name: http
///     address: { port: 8080, protocol: TCP }
/// "#
/// );
/// ```
#[macro_export]
macro_rules! block {
    ({}) => {
        $crate::yaml::Map::default()
    };
    ([]) => {
        $crate::yaml::List::default()
    };
    ({ $($parts:tt)* }) => {{
        let mut map = $crate::yaml::Map::default();
        $crate::yaml_parts!(map { $($parts)* });
        map
    }};
    ([ $($parts:tt)* ]) => {{
        let mut list = $crate::yaml::List::default();
        $crate::yaml_parts!(list [ $($parts)* ]);
        list
    }};
}

/// A [`Map`](crate::yaml::Map) or [`List`](crate::yaml::List) in flow style, on one line. Written as [`block!`](crate::block).
#[macro_export]
macro_rules! flow {
    ($parts:tt) => {
        $crate::block!($parts).flow()
    };
}

/// Adds what stands in braces to a map, or what stands in brackets to a list, one after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! yaml_parts {
    ($to:ident {}) => {};
    ($to:ident []) => {};
    // Comments, and what an iterator gives.
    ($to:ident { # $text:literal $($rest:tt)* }) => {
        $to.comment($text);
        $crate::yaml_parts!($to { $($rest)* });
    };
    ($to:ident { # ($text:expr) $($rest:tt)* }) => {
        $to.comment($text);
        $crate::yaml_parts!($to { $($rest)* });
    };
    ($to:ident { .. $entries:expr $(, $($rest:tt)*)? }) => {
        $to.extend($entries);
        $crate::yaml_parts!($to { $($($rest)*)? });
    };
    ($to:ident [ # $text:literal $($rest:tt)* ]) => {
        $to.comment($text);
        $crate::yaml_parts!($to [ $($rest)* ]);
    };
    ($to:ident [ # ($text:expr) $($rest:tt)* ]) => {
        $to.comment($text);
        $crate::yaml_parts!($to [ $($rest)* ]);
    };
    ($to:ident [ .. $items:expr $(, $($rest:tt)*)? ]) => {
        $to.extend($items);
        $crate::yaml_parts!($to [ $($($rest)*)? ]);
    };
    // Entries of a map.
    ($to:ident { $key:tt ?: $value:expr $(, $($rest:tt)*)? }) => {
        if let Some(value) = $value {
            $to.set($crate::yaml_key!($key), value);
        }
        $crate::yaml_parts!($to { $($($rest)*)? });
    };
    ($to:ident { $key:tt : { $($parts:tt)* } $(, $($rest:tt)*)? }) => {
        $to.set($crate::yaml_key!($key), $crate::block!({ $($parts)* }));
        $crate::yaml_parts!($to { $($($rest)*)? });
    };
    ($to:ident { $key:tt : [ $($parts:tt)* ] $(, $($rest:tt)*)? }) => {
        $to.set($crate::yaml_key!($key), $crate::block!([ $($parts)* ]));
        $crate::yaml_parts!($to { $($($rest)*)? });
    };
    ($to:ident { $key:tt : $value:expr $(, $($rest:tt)*)? }) => {
        $to.set($crate::yaml_key!($key), $value);
        $crate::yaml_parts!($to { $($($rest)*)? });
    };
    // Items of a list.
    ($to:ident [ { $($parts:tt)* } $(, $($rest:tt)*)? ]) => {
        $to.push($crate::block!({ $($parts)* }));
        $crate::yaml_parts!($to [ $($($rest)*)? ]);
    };
    ($to:ident [ [ $($parts:tt)* ] $(, $($rest:tt)*)? ]) => {
        $to.push($crate::block!([ $($parts)* ]));
        $crate::yaml_parts!($to [ $($($rest)*)? ]);
    };
    ($to:ident [ $item:expr $(, $($rest:tt)*)? ]) => {
        $to.push($item);
        $crate::yaml_parts!($to [ $($($rest)*)? ]);
    };
}

/// A key: a word, a text, or an expression in parentheses.
#[doc(hidden)]
#[macro_export]
macro_rules! yaml_key {
    ($key:ident) => {
        stringify!($key)
    };
    ($key:literal) => {
        $key
    };
    (($key:expr)) => {
        $key
    };
}
