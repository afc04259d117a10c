//! The reference page of what looks sensitive is generated from the dictionary.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{env, fmt::Write, fs, path::Path};

use meshveil_detect::{
    Detector,
    dictionary::{KINDS, MARKS, Whole},
    looks::{GROUPS, NAMED},
};

fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/detect/src/ by `MESHVEIL_BLESS=1 cargo test -p meshveil-detect`; do not edit. -->\n\
         # What `meshveil init` proposes\n\n\
         A starter policy from an OpenAPI document (3.0, 3.1, Swagger 2.0), samples of responses and manifests of the application.\n\
         It asks nothing, writes no value of a sample, no key that is a value or the name of a person, and marks what it cannot know with `TODO`.\n\
         `meshveil discover` lists the same, with what people should decide and what was looked at and is not proposed, for OpenAPI, JSON Schema,\n\
         GraphQL schemas, descriptors of protobuf, SQL tables, Avro schemas, and samples in JSON, NDJSON and CSV; with `--policy FILE` it ends with exit code 1\n\
         where something looks sensitive that no path of the policy selects.\n\n\
         A member is taken for something sensitive by a mark of its schema, its name, its name together with the one that holds it\n\
         (`card` and `number`; the name of a schema counts, too), the `format` of its schema, or the look of at least half of its\n\
         sampled values; after these by what stands beside it in a list of names and values, by JSON or parameters in its texts, by an example, a pattern or\n\
         the description of its schema. The first that fits counts. What has a few listed values, is true or false or a time is no data, but for special\n\
         categories (GDPR, article 9) and dates of birth. Names are compared word by word, however they are spelled: `dateOfBirth`,\n\
         `date_of_birth`, `DATE-OF-BIRTH`, and in plural. Words round them can mean something else: `emailVerified` is no address.\n\n\
         The path is `$..name` where every member of that name in all sources is the same thing, else `$..holder.name`, else the\n\
         exact path. Where a path at the top of documents also selects what did not look sensitive, a `TODO` says so; where only its holder or schema\n\
         tells what a member is (`id` of a session), nothing is proposed then.\n\n\
         | field | what it is | names | `format` | values like | mask of strings |\n|---|---|---|---|---|---|\n",
    );
    let code = |list: &[&str]| {
        let words: Vec<String> = list.iter().map(|word| format!("`{}`", word.trim_start_matches('='))).collect();
        words.join(", ")
    };
    for kind in KINDS.iter().filter(|kind| !kind.ask) {
        let mut names = code(kind.names);
        if !kind.except.is_empty() {
            let _ = write!(names, "; not beside {}", code(kind.except));
        }
        let values: Vec<&str> = kind.values.iter().map(|detector| detector.what()).collect();
        let mut mask = format!("`{}`", kind.mask);
        if let Some(keyed) = kind.keyed {
            let _ = write!(mask, "; with a key `{keyed}`");
        }
        let what = match kind.whole {
            Whole::Any => format!("{} (objects and numbers, too)", kind.what),
            Whole::Numbers => format!("{} (numbers, too)", kind.what),
            Whole::Strings => kind.what.to_owned(),
        };
        let _ = writeln!(
            page,
            "| `{}` | {what} | {names} | {} | {} | {mask} |",
            kind.id,
            code(kind.formats),
            values.join(", ")
        );
    }
    let _ = write!(
        page,
        "\nNumbers, objects, and arrays that a constant would replace become `null`. `sensitive` is whatever a schema marks by {}.\n\n\
         | values like | rule |\n|---|---|\n",
        code(MARKS)
    );
    for detector in Detector::all() {
        let _ = writeln!(page, "| {} | {} |", detector.what(), detector.rule());
    }
    page
}

/// The page about `detect`.
fn detect_page() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/detect/src/ by `MESHVEIL_BLESS=1 cargo test -p meshveil-detect`; do not edit. -->\n\
         # What is detected\n\n\
         `detect` of a [policy](policy.md#detect), `find: strong` of the mask [replace](masks.md#replace) and `meshveil mask --detect` look for these in texts, and\n\
         replace the match alone. `detect` looks through every text and number that a caller gets and no field masks, through names of members, and through response headers\n\
         that arrive; texts in JSON strings are read with their escapes undone, wherever chunks of a body cut them. It is a net, not a proof: a name, an address or a\n\
         sentence looks like nothing. So no form of a field counts on it, in `simulate` or anywhere.\n\n\
         - A text of up to `limits.value` bytes is held until it is read. A longer one is replaced by `***` as a whole and counted; `except` names those that may go on.\n\
         - Of numbers only cards count, numbers whose whole is a pattern, and what the name says (`named`). They become `null`.\n\
         - Values that a caller may see by `sees` are not looked through, and what is in them is not.\n\
         - All kinds share one pass over a text; a text without a sign that some kind has (four digits, `@`, `:`, a run of 16 characters) takes a fraction of it. Each pattern is a pass.\n\
         - `meshveil_detected_values_total` counts the values and names in which something was found ([telemetry](telemetry.md)).\n\n\
         | group | |\n|---|---|\n",
    );
    for (word, what, _) in GROUPS {
        let _ = writeln!(page, "| `{word}` | {what} |");
    }
    let _ = writeln!(
        page,
        "| `{NAMED}` | what has a form and no more, beside a name that says what it is: see [names](init.md) |\n\n| kind | what it is | rule |\n|---|---|---|"
    );
    for one in Detector::alone() {
        let _ = writeln!(page, "| `{}` | {} | {} |", one.id(), one.what(), one.rule());
    }
    page
}

#[test]
fn the_page_about_detect_is_that_of_the_table() {
    is_current("detect.md", &detect_page());
}

#[test]
fn the_reference_page_is_that_of_the_catalogue() {
    is_current("init.md", &page());
}

fn is_current(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if env::var_os("MESHVEIL_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "{name} is out of date: run `MESHVEIL_BLESS=1 cargo test -p meshveil-detect`");
}
