//! Queries and results of RFC 9535, sections 1.5 and 2, as data.

use super::super::*;
use serde_json::{Value, json};

fn check(document: &Value, cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        let mut selected: Vec<_> = naive::select(&query, document).into_iter().map(|(path, _)| path).collect();
        selected.sort();
        assert_eq!(selected, expected, "{text}");
        assert_eq!(Query::parse(&query.to_string()).as_ref(), Ok(&query), "{text}");
    }
}

#[test]
fn selects_what_the_tables_of_the_rfc_say() {
    check(
        &json!({"o": {"j j": {"k.k": 3}}, "'": {"@": 2}}),
        &[
            ("$", &["$"]),
            ("$.o['j j']", &["$['o']['j j']"]),
            ("$.o['j j']['k.k']", &["$['o']['j j']['k.k']"]),
            ("$.o[\"j j\"][\"k.k\"]", &["$['o']['j j']['k.k']"]),
            ("$[\"'\"][\"@\"]", &["$['\\'']['@']"]),
        ],
    );
    check(
        &json!({"o": {"j": 1, "k": 2}, "a": [5, 3]}),
        &[
            ("$[*]", &["$['o']", "$['a']"]),
            ("$.o[*]", &["$['o']['j']", "$['o']['k']"]),
            ("$.o[*, *]", &["$['o']['j']", "$['o']['j']", "$['o']['k']", "$['o']['k']"]),
            ("$.a[*]", &["$['a'][0]", "$['a'][1]"]),
        ],
    );
    check(
        &json!(["a", "b", "c", "d", "e", "f", "g"]),
        &[
            ("$[1]", &["$[1]"]),
            ("$[-2]", &["$[5]"]),
            ("$[1:3]", &["$[1]", "$[2]"]),
            ("$[5:]", &["$[5]", "$[6]"]),
            ("$[1:5:2]", &["$[1]", "$[3]"]),
            ("$[5:1:-2]", &["$[5]", "$[3]"]),
            ("$[::-1]", &["$[0]", "$[1]", "$[2]", "$[3]", "$[4]", "$[5]", "$[6]"]),
            ("$[0, 3]", &["$[0]", "$[3]"]),
            ("$[0:2, 5]", &["$[0]", "$[1]", "$[5]"]),
            ("$[0, 0]", &["$[0]", "$[0]"]),
            ("$[::0]", &[]),
        ],
    );
    check(
        &json!({"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]}),
        &[
            ("$..j", &["$['a'][2][0]['j']", "$['o']['j']"]),
            ("$..[0]", &["$['a'][0]", "$['a'][2][0]"]),
            ("$..o", &["$['o']"]),
            ("$.o..[*, *]", &["$['o']['j']", "$['o']['k']", "$['o']['j']", "$['o']['k']"]),
            ("$.a..[0, 1]", &["$['a'][0]", "$['a'][1]", "$['a'][2][0]", "$['a'][2][1]"]),
        ],
    );
}

#[test]
fn filters_select_what_the_tables_of_the_rfc_say() {
    check(
        &json!({
            "a": [3, 5, 1, 2, 4, 6, {"b": "j"}, {"b": "k"}, {"b": {}}, {"b": "kilo"}],
            "o": {"p": 1, "q": 2, "r": 3, "s": 5, "t": {"u": 6}},
            "e": "f"
        }),
        &[
            ("$.a[?@.b == 'kilo']", &["$['a'][9]"]),
            ("$.a[?(@.b == 'kilo')]", &["$['a'][9]"]),
            ("$.a[?@>3.5]", &["$['a'][1]", "$['a'][4]", "$['a'][5]"]),
            ("$.a[?@.b]", &["$['a'][6]", "$['a'][7]", "$['a'][8]", "$['a'][9]"]),
            ("$[?@.*]", &["$['a']", "$['o']"]),
            ("$[?@[?@.b]]", &["$['a']"]),
            ("$.o[?@<3, ?@<3]", &["$['o']['p']", "$['o']['p']", "$['o']['q']", "$['o']['q']"]),
            ("$.a[?@<2 || @.b == \"k\"]", &["$['a'][2]", "$['a'][7]"]),
            ("$.a[?match(@.b, \"[jk]\")]", &["$['a'][6]", "$['a'][7]"]),
            ("$.a[?search(@.b, \"[jk]\")]", &["$['a'][6]", "$['a'][7]", "$['a'][9]"]),
            ("$.o[?@>1 && @<4]", &["$['o']['q']", "$['o']['r']"]),
            ("$.o[?@.u || @.x]", &["$['o']['t']"]),
            ("$.a[?@.b == $.x]", &["$['a'][0]", "$['a'][1]", "$['a'][2]", "$['a'][3]", "$['a'][4]", "$['a'][5]"]),
            (
                "$.a[?@ == @]",
                &[
                    "$['a'][0]",
                    "$['a'][1]",
                    "$['a'][2]",
                    "$['a'][3]",
                    "$['a'][4]",
                    "$['a'][5]",
                    "$['a'][6]",
                    "$['a'][7]",
                    "$['a'][8]",
                    "$['a'][9]",
                ],
            ),
            ("$[?length(@) < 3]", &["$['e']"]),
            ("$[?count(@.*) == 5]", &["$['o']"]),
            ("$[?value(@..u) == 6]", &["$['o']"]),
        ],
    );
}

/// The table of comparisons: RFC 9535, section 2.3.5.3.
#[test]
fn comparisons_agree_with_the_rfc() {
    let document = br#"{"obj": {"x": "y"}, "arr": [2, 3]}"#;
    let mut tape = crate::tape::Tape::new();
    tape.read(document).unwrap();
    let root = crate::tape::NodeId::ROOT;
    for (comparison, expected) in [
        ("$.absent1 == $.absent2", true),
        ("$.absent1 <= $.absent2", true),
        ("$.absent == 'g'", false),
        ("$.absent1 != $.absent2", false),
        ("$.absent != 'g'", true),
        ("1 <= 2", true),
        ("1 > 2", false),
        ("13 == '13'", false),
        ("'a' <= 'b'", true),
        ("'a' > 'b'", false),
        ("$.obj == $.arr", false),
        ("$.obj != $.arr", true),
        ("$.obj == $.obj", true),
        ("$.obj != $.obj", false),
        ("$.arr == $.arr", true),
        ("$.arr != $.arr", false),
        ("$.obj == 17", false),
        ("$.obj != 17", true),
        ("$.obj <= $.arr", false),
        ("$.obj < $.arr", false),
        ("$.obj <= $.obj", true),
        ("$.arr <= $.arr", true),
        ("1 <= $.arr", false),
        ("1 >= $.arr", false),
        ("1 > $.arr", false),
        ("1 < $.arr", false),
        ("true <= true", true),
        ("true > true", false),
        ("$.arr[-1] == 3", true),
        ("$.arr[-2] > $.arr[-1]", false),
        ("$.arr[-3] == $.absent", true),
        ("$.arr > $.obj", false),
        ("$.absent >= $.absent2", true),
        ("length(1) <= length(null)", true),
        ("value($.x) >= length(null)", true),
    ] {
        let filter = filter_of(&format!("$[?{comparison}]"));
        let answer = test(&filter, tape.over(document), root, root, &mut 1000);
        assert_eq!(answer, Ok(expected), "{comparison}");
    }
}

pub(super) fn filter_of(text: &str) -> Filter {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{error}"));
    match query.segments.into_iter().next_back().and_then(|mut last| last.selectors.pop()) {
        Some(Selector::Filter(filter)) => *filter,
        other => panic!("no filter but {other:?}"),
    }
}

#[test]
fn tells_what_has_to_be_held() {
    for (text, expected) in [
        ("$", None),
        ("$..a[*].b[0:10]", None),
        ("$[::-1]", None),
        ("$[5:2:-1]", None),
        ("$[2:9:3]", None),
        ("$[::0]", None),
        ("$[0::-5]", None),
        ("$[-1]", Some(Lookahead::Array)),
        ("$[-3:]", Some(Lookahead::Array)),
        ("$[:-1]", Some(Lookahead::Array)),
        ("$[::-2]", Some(Lookahead::Array)),
        ("$[9::-2]", Some(Lookahead::Array)),
        ("$[-1::-1]", Some(Lookahead::Array)),
        ("$[?@.a]", Some(Lookahead::Element)),
        ("$[?@[-1]]", Some(Lookahead::Element)),
        ("$[?@.a][-1]", Some(Lookahead::Array)),
        ("$[?@.a == $.b]", Some(Lookahead::Document)),
        ("$[?@[?@.x == length($.a)]]", Some(Lookahead::Document)),
        ("$[?!search($.a, 'x')]", Some(Lookahead::Document)),
    ] {
        assert_eq!(Query::parse(text).unwrap().needs_lookahead(), expected, "{text}");
    }
}

#[test]
fn knows_singular_queries() {
    for (text, expected) in [
        ("$", true),
        ("$.a['b'][0][-1]", true),
        ("$..a", false),
        ("$.*", false),
        ("$[0,1]", false),
        ("$[0:1]", false),
        ("$[?@.a]", false),
    ] {
        assert_eq!(Query::parse(text).unwrap().is_singular(), expected, "{text}");
    }
}

#[test]
fn blanks_are_allowed_where_the_grammar_has_them() {
    for (spaced, plain) in [
        ("$ .a\n[ 'b' , 0 ]\t..c", "$.a['b',0]..c"),
        ("$[ 1 : 5 : 2 ]", "$[1:5:2]"),
        ("$[ : : ]", "$[:]"),
        ("$[? @ .a == 1 && ! ( @.b || @.c ) ]", "$[?@.a==1&&!(@.b||@.c)]"),
        ("$[?count( @ .* ) > 1]", "$[?count(@.*)>1]"),
        ("$[?match( @.a , 'b' )]", "$[?match(@.a,'b')]"),
        (r#"$["\u0061\ud83d\ude00\"'"]"#, r#"$['a😀"\'']"#),
    ] {
        assert_eq!(Query::parse(spaced), Query::parse(plain), "{spaced}");
        assert!(Query::parse(spaced).is_ok(), "{spaced}");
    }
}

#[test]
fn queries_of_the_reference_page_parse() {
    let page = include_str!("../../../../../docs/reference/queries.md");
    let queries: Vec<_> = page.split('`').filter(|text| text.starts_with("$.")).collect();
    assert!(queries.len() > 8, "{queries:?}");
    for text in queries {
        assert!(Query::parse(text).is_ok(), "{text}");
    }
}
