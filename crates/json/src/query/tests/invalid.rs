//! Queries that are refused: where, and what the message says.

use super::super::*;

fn refuse(text: &str) -> QueryError {
    match Query::parse(text) {
        Err(error) => error,
        Ok(query) => panic!("`{text}` was read as `{query}`"),
    }
}

#[test]
fn refusals_say_where_and_what() {
    for (text, offset, part) in [
        ("", 0, "the query is empty"),
        ("ssn", 0, "write `$.ssn`, or `$..ssn` for any depth"),
        ("a.b", 0, "write `$.a.b`"),
        (".a[]", 0, "write `$.a[*]`"),
        ("/a/b", 0, "JSON Pointers"),
        (" $.a", 0, "blanks before"),
        ("@.a", 0, "only known inside a filter"),
        ("$.a ", 3, "blanks after"),
        ("$.", 2, "expected a name or `*` after `.`"),
        ("$..", 3, "after `..`"),
        ("$...a", 3, "three dots"),
        ("$. a", 2, "no blanks may follow `.`"),
        ("$.a-b", 3, "write `['a-b']`"),
        ("$.a-b.c", 3, "write `['a-b']`"),
        ("$.1", 2, "`[1]` for an index"),
        ("$.'a'", 2, "stands in brackets"),
        ("$.[0]", 2, "no dot stands before `[`"),
        ("$a", 1, "expected `.`, `..`, `[`"),
        ("$[a]", 2, "write `['a']`"),
        ("$[]", 2, "write `[*]`"),
        ("$.a[", 4, "expected a selector"),
        ("$.a[0", 3, "not closed"),
        ("$[0,]", 4, "expected a selector"),
        ("$[0.5]", 3, "no fraction"),
        ("$[01]", 2, "leading zeros"),
        ("$[-0]", 2, "`-0`"),
        ("$[-]", 3, "expected a digit"),
        ("$[9007199254740992]", 2, "2^53 - 1"),
        ("$[:-9007199254740992]", 3, "2^53 - 1"),
        ("$[99999999999999999999]", 2, "2^53 - 1"),
        ("$[(@.length-1)]", 2, "script expressions"),
        ("$['a]", 2, "not closed"),
        ("$['\\x']", 3, "unknown escape"),
        ("$['\\\"']", 3, "needs a backslash"),
        ("$['\\ud800']", 3, "surrogate"),
        ("$['\\udc00']", 3, "surrogate"),
        ("$['\\u12g4']", 3, "four hexadecimal digits"),
        ("$['\n']", 3, "control character"),
        ("$.a]", 3, "not opened"),
        ("$.a | $.b", 3, "expected"),
        ("$[@.a]", 2, "a filter starts with `?`"),
        ("$.a[?(@.x=1)]", 9, "write `==`"),
        ("$[?@.x === 1]", 7, "`===`"),
        ("$[?@.x =~ 'a']", 7, "`=~`"),
        ("$[?@.x <> 1]", 7, "`!=`"),
        ("$[?@.x == 1 and @.y]", 12, "`&&`"),
        ("$[?@.x in [1]]", 7, "`in`"),
        ("$[?@.x & @.y]", 7, "`&&`"),
        ("$[?@.x == x]", 10, "`@.x` for a member"),
        ("$[?@.x == True]", 10, "write `true`"),
        ("$[?@.x == [1]]", 10, "cannot be literals"),
        ("$[?@.x == .5]", 10, "digit before its point"),
        ("$[?@.x == 1.]", 12, "after the decimal point"),
        ("$[?@.x == 01]", 10, "leading zeros"),
        ("$[?@.x == 1e]", 12, "exponent"),
        ("$[?@.x < 1 < 2]", 11, "compared again"),
        ("$[?!@.x == 1]", 8, "`!` negates a test"),
        ("$[?(@.x) == 1]", 9, "in parentheses"),
        ("$[?(@.x]", 7, "`)`"),
        ("$[?true]", 3, "a literal alone"),
        ("$[?@.* == 1]", 3, "more than one node"),
        ("$[?1 == @..a]", 8, "more than one node"),
        ("$[?@.a-b == 1]", 6, "write `['a-b']`"),
        ("$[?length(@.a)]", 3, "returns a value"),
        ("$[?length(@.*) == 1]", 10, "more than one node"),
        ("$[?length() == 1]", 10, "needs an argument"),
        ("$[?length(@.a, 1) == 1]", 13, "takes one argument"),
        ("$[?count(1) == 1]", 9, "takes a query"),
        ("$[?count(@.a == 1) == 1]", 13, "expected `)`"),
        ("$[?match(@.a, 'a') == true]", 3, "true or false"),
        ("$[?match(@.a)]", 12, "two arguments"),
        ("$[?match(@.a, @.b)]", 14, "string literal"),
        ("$[?match(@.a, 1)]", 14, "string literal"),
        ("$[?size(@.a) == 1]", 3, "write `length`"),
        ("$[?foo(@.a)]", 3, "unknown function"),
        ("$[?Length(@.a) == 1]", 3, "write `length`"),
        ("$[?]", 3, "expected a query"),
        ("$[?@.a", 1, "not closed"),
        ("$[?@.a &&]", 9, "expected a query"),
        ("$[?!!@.a]", 4, "once"),
        ("$[?@.a == -]", 11, "expected a digit"),
    ] {
        let error = refuse(text);
        assert!(error.message.contains(part), "`{text}`: {error}");
        assert_eq!(error.offset, offset, "`{text}`: {error}");
        assert!(!error.to_string().contains('\n'), "`{text}`");
    }
}

#[test]
fn patterns_are_checked_where_they_stand() {
    for (pattern, offset, part) in [
        ("(", 0, "not closed"),
        ("a)", 1, "closes no group"),
        ("a**", 2, "one quantifier"),
        ("a*?", 2, "one quantifier"),
        ("*", 0, "nothing to repeat"),
        ("^a", 0, "anchor elsewhere"),
        ("a$", 1, "write `[$]`"),
        ("[", 0, "not closed"),
        ("[]", 1, "empty class"),
        ("[b-a]", 1, "ends before"),
        ("[a-b-c]", 4, "first or last"),
        ("a{2,1}", 1, "ends before"),
        ("a{,1}", 2, "expected a count"),
        ("a{99999}", 2, "too large"),
        ("(a{100}){100}{2}", 13, "one quantifier"),
        ("((a{100}){100}){2}", 8, "too large"),
        ("(?i)a", 0, "groups are plain"),
        ("a}", 1, "for the character"),
        (r"x\\p{Lu}", 1, "Unicode categories"),
        (r"\\d", 0, "write `[0-9]`"),
        (r"\\b", 0, "word boundaries"),
        (r"(a)\\1", 3, "back references"),
        (r"\\$", 0, "unknown escape"),
        (r"\u0061\u0062)", 12, "closes no group"),
    ] {
        let text = format!("$[?search(@,'{pattern}')]");
        let error = refuse(&text);
        assert!(error.message.contains(part), "`{text}`: {error}");
        assert_eq!(error.offset, offset + 13, "`{text}`: {error}");
    }
}

#[test]
fn patterns_mean_what_rfc_9485_says() {
    for (pattern, subject, whole, part) in [
        ("a.c", "abc", true, true),
        ("a.c", "a\nc", false, false),
        ("a.c", "a\rc", false, false),
        ("a.c", "a\u{2028}c", true, true),
        ("b", "abc", false, true),
        ("a|bc", "bc", true, true),
        ("a|bc", "ac", false, true),
        ("[a-c-]+", "a-b", true, true),
        ("[-a]+", "-a", true, true),
        ("[^a-c]", "d", true, true),
        ("[$]", "$", true, true),
        ("[.&&~]", "&", true, true),
        (r"\\^\\.\\-", "^.-", true, true),
        (r"\\n", "\n", true, true),
        ("(ab){2,3}", "ababab", true, true),
        ("(ab){2}", "ab", false, false),
        ("a{2,}", "aaaa", true, true),
        ("", "", true, true),
        ("()", "x", false, true),
        ("/#& ~", "/#& ~", true, true),
        ("😀", "😀", true, true),
        ("[😀-😂]", "😁", true, true),
    ] {
        for (function, expected) in [("match", whole), ("search", part)] {
            let text = format!("$[?{function}(@,'{pattern}')]");
            let filter = super::rfc_examples::filter_of(&text);
            let Filter::Matches { pattern, .. } = filter else { panic!("{text}") };
            assert_eq!(pattern.is_match(subject), expected, "{text} on {subject:?}");
        }
    }
}

#[test]
fn hostile_queries_neither_overflow_nor_hang() {
    let nested = format!("${}", "[?@".repeat(1000));
    assert!(refuse(&nested).message.contains("nested brackets"));
    let parentheses = format!("$[?{}", "(".repeat(4000));
    assert!(refuse(&parentheses).message.contains("nested brackets"));
    let nots = format!("$[?{}", "!(".repeat(2000));
    assert!(refuse(&nots).message.contains("nested brackets"));
    let functions = format!("$[?{}", "length(".repeat(500));
    assert!(refuse(&functions).message.contains("nested brackets"));
    let groups = format!("$[?match(@,'{}')]", "(".repeat(1000));
    assert!(refuse(&groups).message.contains("too deeply"));
    let long = format!("$.{}", "a".repeat(MAX_LENGTH));
    assert_eq!(refuse(&long).offset, MAX_LENGTH);
    let wide = format!("${}", ".a".repeat(2047));
    assert_eq!(Query::parse(&wide).unwrap().segments.len(), 2047);
    let exactly = format!("$[?{}@.a{}]", "(".repeat(63), ")".repeat(63));
    assert!(Query::parse(&exactly).is_ok());
}
