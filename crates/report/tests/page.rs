//! What stands on a page: every answer, every address, every state, and nothing that a name could smuggle in.
#![expect(clippy::unwrap_used, clippy::string_slice, reason = "tests")]

use std::collections::BTreeSet;

use meshveil_answers::{Cluster, checks::inspect, cluster::Faulty, diff::Diff, expect::Expectations};
use meshveil_report::{Module, Origin, Report};
use meshveil_text::codes::Base;

fn origin() -> Origin {
    Origin { version: "0.0.0".to_owned(), command: "meshveil report policy.yaml cluster.yaml".to_owned() }
}

fn texts(policy: &str, manifests: &str) -> Vec<(String, String)> {
    [("policy.yaml", policy), ("cluster.yaml", manifests)]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .to_vec()
}

fn page_of(texts: Vec<(String, String)>, expectations: Option<&str>, sample: Option<(&str, &str)>) -> String {
    let found = inspect(texts.clone());
    let cluster = match Cluster::read(texts) {
        Ok(cluster) => cluster,
        Err(Faulty { files, findings }) => return meshveil_report::faulty(&files, &findings, &origin()),
    };
    let reach = cluster.reach();
    let expectations = expectations.map(|text| {
        Expectations::check(&cluster, &reach, vec![("expectations.yaml".to_owned(), text.to_owned())]).unwrap()
    });
    let module = Some(Module { compressed: b"module" });
    let (findings, files) = (&found.findings[..], &found.files);
    let report = Report {
        cluster: &cluster,
        reach: &reach,
        findings,
        files,
        expectations: expectations.as_ref(),
        sample,
        module,
        origin: origin(),
    };
    report.page(&report.answers())
}

fn page(policy: &str, manifests: &str) -> String {
    page_of(texts(policy, manifests), None, None)
}

/// The page without what stands in scripts.
fn markup(page: &str) -> String {
    let mut parts = page.split("<script");
    let first = parts.next().unwrap().to_owned();
    first + &parts.map(|part| part.split_once("</script>").unwrap().1).collect::<String>()
}

/// The values of an attribute.
fn attributes<'p>(markup: &'p str, name: &str) -> Vec<&'p str> {
    let start = format!(" {name}=\"");
    markup.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The sidecar base without anything that enforces: every source gets everything.
fn open() -> String {
    let is_plain = |document: &&str| {
        ["kind: Deployment", "kind: Service\n", "kind: Namespace"].iter().any(|kind| document.contains(kind))
    };
    Base::Sidecar.text().split("---\n").filter(is_plain).collect::<Vec<_>>().join("---\n")
}

#[test]
fn every_address_on_a_page_is_that_of_one_element() {
    for manifests in [Base::Sidecar.text().to_owned(), open(), Base::Ambient.text().to_owned()] {
        let page = markup(&page(Base::Policy.text(), &manifests));
        let ids = attributes(&page, "id");
        let known: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "an address is there twice");
        let links = attributes(&page, "href");
        assert!(links.len() > 30, "{}", links.len());
        for link in links {
            let address = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads out of the page"));
            assert!(known.contains(address), "{link} leads nowhere");
        }
    }
}

#[test]
fn a_page_says_what_simulate_says_of_every_class_and_field() {
    let texts = texts(Base::Policy.text(), &open());
    let cluster = Cluster::read(texts.clone()).unwrap();
    let reach = cluster.reach();
    let page = page_of(texts, None, None);
    let mut cells = 0;
    for (policy, workload) in cluster.protected(&reach) {
        let matrix = meshveil_answers::matrix::AccessMatrix::find(&reach, policy, workload);
        let rows: Vec<&str> =
            page.split("<tr class=\"class").skip(1).map(|row| row.split("</tr>").next().unwrap()).collect();
        assert_eq!(rows.len(), matrix.classes.len());
        for (class, row) in matrix.classes.iter().zip(rows) {
            for source in class.joined() {
                assert!(row.contains(&format!("<bdi>{source}</bdi>")), "{source} in {row}");
            }
            let shown: Vec<&str> =
                row.split("<td class=\"f f-").skip(1).filter_map(|cell| cell.split(['"', ' ']).next()).collect();
            let forms: Vec<&str> = matrix.fields.iter().map(|field| class.cell(field).unwrap().form.name()).collect();
            assert_eq!(shown, forms);
            let more = matrix.fields.iter().filter(|field| class.cell(field).unwrap().exceeds).count();
            assert_eq!(row.matches("more than granted)").count(), more);
            cells += forms.len();
        }
        // Every decision, with the link to its line.
        for part in matrix.classes.iter().flat_map(|class| &class.parts) {
            for decided in part.fields.values().filter_map(|cell| cell.decided.as_ref()) {
                let reason = decided
                    .reason
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&quot;");
                assert!(page.contains(&reason), "{reason}");
                for place in decided.places.iter().filter(|place| place.is_somewhere()) {
                    assert!(page.contains(&format!("<dt><bdi>{place}</bdi></dt>")), "{place}");
                }
            }
        }
    }
    assert!(cells >= 6, "{cells}");
}

/// What a name would be if those who write manifests chose it.
const HOSTILE: &str = "x\\\"><img src=x onerror=alert(1)><script>alert(2)</script>'\\u202E";

#[test]
fn hostile_names_are_text_wherever_they_stand() {
    let quoted = format!("\"{HOSTILE}\"");
    let replace = |text: &str| {
        text.replace("name: ssn", &format!("name: {quoted}")).replace("name: billing", &format!("name: {quoted}"))
    };
    let kind =
        format!("\n---\napiVersion: example.com/v1\nkind: {quoted}\nmetadata: {{ name: {quoted}, namespace: shop }}\n");
    let manifests = open().replace("app: frontend", &format!("app: frontend, evil: {quoted}")) + &kind;
    let hostile_file = "<img src=x onerror=alert(3)>.yaml";
    let mut pages = Vec::new();
    for (policy, manifests) in [
        (Base::Policy.text().to_owned(), manifests.clone()),
        (Base::Policy.text().to_owned(), manifests.replace("name: frontend", &format!("name: {quoted}"))),
        (replace(Base::Policy.text()), manifests.clone()),
        (Base::Policy.text().to_owned(), manifests.replace("name: open,", &format!("name: {quoted},"))),
    ] {
        let mut texts = texts(&policy, &manifests);
        hostile_file.clone_into(&mut texts[1].0);
        let sample =
            Some((hostile_file, "{\"ssn\": \"</pre><img src=x onerror=alert(4)></script><script>alert(5)</script>\"}"));
        pages.push(page_of(texts.clone(), None, sample));
        if let (Ok(before), Ok(after)) = (
            Cluster::read(vec![("p".to_owned(), policy.clone()), ("m".to_owned(), Base::Sidecar.text().to_owned())]),
            Cluster::read(texts),
        ) {
            pages.push(meshveil_report::diff(
                &Diff::find(&before, &after, true),
                hostile_file,
                "</title><img>",
                &origin(),
            ));
        }
    }
    let hostile = pages.iter().filter(|page| page.contains("onerror=alert(1)")).count();
    assert!(hostile >= 4, "the names are on {hostile} of {} pages", pages.len());
    for page in pages {
        assert!(!page.contains("<img"), "{}", &page[page.find("<img").unwrap()..][..200]);
        assert!(!page.contains('\u{202e}'), "the direction of the text is turned");
        // The script of the page, the data of the playground and its module.
        let scripts = page.matches("<script").count();
        assert!(scripts == 1 || scripts == 3, "{scripts}");
        assert_eq!(page.matches("</script>").count(), scripts);
    }
}

#[test]
fn only_the_scripts_and_styles_of_the_page_may_run() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};
    let page = page(Base::Policy.text(), Base::Sidecar.text());
    let policy = attributes(&page, "content")[0];
    assert!(
        policy.starts_with("default-src &#39;none&#39;; ") || policy.starts_with("default-src 'none'; "),
        "{policy}"
    );
    let policy = policy.replace("&#39;", "'");
    let of = |open: &str, close: &str| page.split(open).nth(1).unwrap().split(close).next().unwrap().to_owned();
    for (directive, text) in [("script-src", of("<script>", "</script>")), ("style-src", of("<style>", "</style>"))] {
        let digest = format!("{directive} 'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
        assert!(policy.contains(&digest), "{policy} without {digest}");
    }
    let markup = markup(&page);
    for word in [" src=\"", " style=\"", " onclick=\"", "@import", "url("] {
        assert!(!markup.contains(word), "{word}");
    }
}

#[test]
fn every_state_says_first_what_it_is() {
    let heading = |page: &str| page.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
    // The filter of the base shows the e-mail address to the frontend, too.
    let granted = "    - { name: frontend, serviceAccount: shop/frontend, sees: [email] }\n";
    let fine = page(&format!("{}{granted}", Base::Policy.text()), Base::Sidecar.text());
    assert!(heading(&fine).starts_with("Nothing exceeds"), "{}", heading(&fine));
    assert!(heading(&page(Base::Policy.text(), &open())).contains("more than a policy grants"));
    assert!(heading(&page("", Base::Sidecar.text())).starts_with("No policy"));
    let idle = Base::Policy.text().replace("app: customers", "app: nothing");
    assert!(heading(&page(&idle, Base::Sidecar.text())).starts_with("Nothing is protected"));
    assert!(heading(&page("kind: [", Base::Sidecar.text())).starts_with("No answer"));
    let observed = page(&Base::Policy.with("stage: observe\n"), Base::Sidecar.text());
    assert!(observed.contains("Observed only, nothing is masked") && observed.contains("class=\"observe\""));
    let gateway = "apiVersion: example.com/v1\nkind: Unheard\nmetadata: { name: x, namespace: shop }\n";
    let unread = page(Base::Policy.text(), &(Base::Sidecar.text().to_owned() + "\n---\n" + gateway));
    let place = |text: &str| unread.find(text).unwrap();
    assert!(place("Unheard (1)") < place("<section id=\"matrix\">"));
}

#[test]
fn no_value_of_a_body_is_there_unless_it_was_given() {
    let texts = || texts(Base::Policy.text(), Base::Sidecar.text());
    let body = r#"{"ssn":"123-45-6789","email":"ann@example.com","n":7}"#;
    assert!(!page_of(texts(), None, None).contains("6789"));
    let with = page_of(texts(), None, Some(("body.json", body)));
    assert!(
        with.contains("<mark>&quot;*******6789&quot;</mark>") || with.contains("6789&quot;</mark>"),
        "masked values are marked"
    );
}

#[test]
fn broken_expectations_are_there_with_what_shows_it() {
    let broken = "expect:\n  - nobody reaches customers\n  - billing sees ssn: clear\n";
    let page = page_of(texts(Base::Policy.text(), Base::Sidecar.text()), Some(broken), None);
    assert!(page.contains("1 of 2 expectations do not hold") && page.contains("id=\"expectation-1\""));
}

#[test]
fn the_same_files_give_the_same_page() {
    let page = || page(Base::Policy.text(), &open());
    assert_eq!(page(), page());
}
