//! What is masked, and by which rules: those that are typed, those of a file, or those of a policy.

use std::path::Path;

use meshveil_json::{Holder, Masker, Net, Rules, Search, Unlisted};
use meshveil_mask::{Keys, MaskSpec, Redact};
use meshveil_plan::{self as plan, Limits, MemberNames, Names};
use meshveil_playground::{ViewError, is_keyed, view};

use super::{Arguments, rule};
use crate::Failure;

/// The environment variable of the key where nothing names one.
const KEY: &str = "MESHVEIL_KEY";

pub(super) fn masker(arguments: &Arguments) -> Result<Masker, Failure> {
    match &arguments.policy {
        Some(policy) => of_policy(arguments, policy),
        None => typed(arguments),
    }
}

fn typed(arguments: &Arguments) -> Result<Masker, Failure> {
    let names = arguments.names.into();
    let mut rules = Rules::default();
    for (option, list) in [("--rule", &arguments.rules), ("--keys", &arguments.keys)] {
        for text in list {
            let rule =
                rule::parse(text, names).map_err(|message| Failure::Usage(format!("{option} `{text}`: {message}")))?;
            let list = if option == "--keys" { &mut rules.names } else { &mut rules.values };
            list.push(rule);
        }
    }
    if let Some(path) = &arguments.file {
        let text = std::fs::read(path).map_err(Failure::reading(path))?;
        let list = rule::list(&text, names)
            .map_err(|message| Failure::Usage(format!("--rules `{}`: {message}", path.display())))?;
        for (rule, keys, inside) in list {
            match (inside, keys) {
                (Some(form), _) => rules.inside.push(Holder { rule, form, keeps: false }),
                (None, MemberNames::Mask) => rules.names.push(rule),
                (None, MemberNames::Keep) => rules.values.push(rule),
            }
        }
    }
    let unlisted = plan::Unlisted::from(arguments.unlisted);
    if unlisted != plan::Unlisted::Show {
        let query = |path: &String| {
            rule::query(path, names).map_err(|message| Failure::Usage(format!("--show `{path}`: {message}")))
        };
        let shows = arguments.shows.iter().map(query).collect::<Result<_, _>>()?;
        let mask = (unlisted == plan::Unlisted::Mask).then(|| MaskSpec::Redact(Redact::default()));
        rules.unlisted = Some(Unlisted { mask, shows, names: Vec::new() });
    } else if !arguments.shows.is_empty() {
        return Err(Failure::Usage("--show has no effect without `--unlisted mask` or `--unlisted refuse`".to_owned()));
    }
    if !arguments.detect.is_empty() {
        let net = Net::new(arguments.detect.iter().map(String::as_str), [])
            .map_err(|error| Failure::Usage(format!("--detect: {error}")))?;
        let with = plan::Detect::default().with;
        rules.search = Some(Search { net: net.into(), with, except: Vec::new(), except_names: Vec::new() });
    }
    let has_rules = !rules.values.is_empty() || !rules.names.is_empty() || !rules.inside.is_empty();
    if !has_rules && rules.unlisted.is_none() && rules.search.is_none() {
        return Err(Failure::Usage(
            "nothing to mask: give --rule, --rules, --keys, --unlisted, --detect or --policy".to_owned(),
        ));
    }
    let holders = rules.inside.iter().map(|holder| &holder.rule);
    let is_keyed = rules.values.iter().chain(&rules.names).chain(holders).any(|rule| rule.mask.is_keyed());
    let keys = keys(arguments.key_env.as_deref().unwrap_or(KEY), is_keyed)?;
    Masker::compile_all(rules, &keys, Limits::default()).map_err(Failure::usage)
}

/// The view of a caller of a policy.
fn of_policy(arguments: &Arguments, path: &Path) -> Result<Masker, Failure> {
    let plan = crate::plan::read(path)?;
    let named = plan.key.as_ref().map(|key| key.env.clone());
    let name = arguments.key_env.clone().or(named).unwrap_or_else(|| KEY.to_owned());
    let keys = keys(&name, is_keyed(&plan))?;
    view(plan, arguments.caller.as_deref(), &keys).map_err(|error| match error {
        ViewError::NoCaller { .. } => Failure::Usage(format!("--as: {error}")),
        error => Failure::usage(error),
    })
}

/// The key, which is asked for only when a mask needs one.
fn keys(name: &str, is_keyed: bool) -> Result<Keys, Failure> {
    if !is_keyed {
        return Ok(Keys::none());
    }
    match std::env::var_os(name) {
        Some(key) if !key.is_empty() => Ok(Keys::new(key.as_encoded_bytes())),
        _ => Err(Failure::Usage(format!("a keyed mask needs a key in the environment variable `{name}`"))),
    }
}

/// `--unlisted`
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum UnlistedWord {
    /// It goes on as it is
    #[default]
    Show,
    /// Values and names become `***`
    Mask,
    /// The document is refused
    Refuse,
}

impl From<UnlistedWord> for plan::Unlisted {
    fn from(word: UnlistedWord) -> Self {
        match word {
            UnlistedWord::Show => Self::Show,
            UnlistedWord::Mask => Self::Mask,
            UnlistedWord::Refuse => Self::Refuse,
        }
    }
}

/// `--names`
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum NamesWord {
    /// Character by character (RFC 9535)
    #[default]
    Exact,
    /// Without case; `['*token']` stands for all names that end in `token`
    #[value(name = "anyCase", alias = "any-case")]
    AnyCase,
}

impl From<NamesWord> for Names {
    fn from(word: NamesWord) -> Self {
        match word {
            NamesWord::Exact => Self::Exact,
            NamesWord::AnyCase => Self::AnyCase,
        }
    }
}
