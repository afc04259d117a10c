//! The views of a plan, compiled: what the plan decides, with a masker in place of the name of a view.

use std::sync::Arc;

use meshveil_mask::{Keys, MaskSpec, Redact};
use meshveil_plan::{
    CheckedPlan, Chosen, Decision, Decisions, Detect, Detects, Evidence, Field, MemberNames, Names, Plan, Request,
    RouteChoice, Unlisted, View,
};
use once_cell::sync::OnceCell;

use crate::{
    CompileError, Exception, Holder, Masker, Net, Query, Rule, Rules, Search, Watcher,
    query::{Segment, Selector},
    stream,
};

/// Up to this many rules in all views together, every view is compiled at once; above, on first use. The strictest
/// views are always compiled at once, so that a fault in a rule is found when the plan is loaded.
const EAGER_RULES: usize = 4_096;

/// A path of a plan.
fn query(path: &str, names: Names) -> Result<Query, crate::query::QueryError> {
    let query = Query::parse(path)?;
    Ok(if names == Names::AnyCase { query.in_any_case() } else { query })
}

/// All views of a plan. Views with the same rules are compiled once.
#[derive(Debug)]
pub struct Engine {
    decisions: Decisions,
    keys: Keys,
    /// Per field, its parsed queries.
    queries: Vec<Vec<Query>>,
    /// What views look for, each once.
    nets: Vec<(Detect, Arc<Net>)>,
    /// By the number of the view.
    views: Vec<OnceCell<Option<Masker>>>,
}

impl Engine {
    /// Compiles a plan.
    ///
    /// # Errors
    /// [`CompileError`] for the first fault.
    pub fn compile(plan: CheckedPlan, keys: &Keys) -> Result<Self, CompileError> {
        let mut queries = Vec::with_capacity(plan.fields.len());
        for field in &plan.fields {
            let parse = |path: &String| {
                query(path, field.names).map_err(|error| CompileError::Query { rule: field.name.clone(), error })
            };
            queries.push(field.paths.iter().map(parse).collect::<Result<Vec<_>, _>>()?);
        }
        let of_routes = plan.routes.iter().flat_map(|route| &route.shows);
        for path in plan.shows.iter().chain(of_routes) {
            Query::parse(path).map_err(|error| CompileError::Query { rule: "shows".to_owned(), error })?;
        }
        for (field, paths) in plan.routes.iter().flat_map(|route| &route.except) {
            for path in paths {
                exception(field, path)?;
            }
        }
        let decisions = Decisions::new(plan.into_plan());
        let views = decisions.views().map(|_| OnceCell::new()).collect();
        let nets = nets(&decisions)?;
        let engine = Self { decisions, keys: keys.clone(), queries, nets, views };
        engine.compile_views()?;
        Ok(engine)
    }

    fn compile_views(&self) -> Result<(), CompileError> {
        let mut rules = self.decisions.views().flat_map(|view| self.decisions.rules(view));
        let is_large = rules.nth(EAGER_RULES).is_some();
        let eager = if is_large { self.decisions.strictest_views().count() } else { self.views.len() };
        for (view, cell) in self.decisions.views().zip(&self.views).take(eager) {
            let _ = cell.set(Some(self.build(view)?));
        }
        Ok(())
    }

    fn build(&self, view: View) -> Result<Masker, CompileError> {
        Masker::compile_all(self.rules(view)?, &self.keys, self.plan().limits)
    }

    /// Finds in a body what the masks of a view write.
    ///
    /// # Errors
    /// [`CompileError`] for the first fault.
    pub fn watcher(&self, view: usize) -> Result<Watcher, CompileError> {
        let rules = self.decisions.views().nth(view).map(|view| self.rules(view)).transpose()?;
        Watcher::compile(rules.unwrap_or_default(), self.plan().limits)
    }

    fn rules(&self, view: View) -> Result<Rules, CompileError> {
        let mut rules = Rules::default();
        for (at, field, mask) in self.decisions.rules(view) {
            for query in self.queries.get(at).into_iter().flatten() {
                let rule = Rule { id: field.name.clone(), query: query.clone(), mask: mask.clone() };
                match (field.inside, field.keys) {
                    (Some(form), _) => rules.inside.push(Holder { rule, form, keeps: false }),
                    (None, MemberNames::Mask) => rules.names.push(rule),
                    (None, MemberNames::Keep) => rules.values.push(rule),
                }
            }
        }
        for (field, path) in self.decisions.exceptions(view) {
            rules.exceptions.push(Exception { id: field.name.clone(), query: exception(&field.name, path)? });
        }
        self.look_inside(view, &mut rules);
        if let Some(listed) = self.decisions.listed(view) {
            let parse = |(path, names): &(&str, Names)| {
                query(path, *names).map_err(|error| CompileError::Query { rule: "shows".to_owned(), error })
            };
            let shows = listed.shows.iter().map(parse).collect::<Result<_, _>>()?;
            let names = listed.names.iter().map(parse).collect::<Result<_, _>>()?;
            let mask = (listed.unlisted == Unlisted::Mask).then(|| MaskSpec::Redact(Redact::default()));
            rules.unlisted = Some(stream::Unlisted { mask, shows, names });
        }
        if let Some(detects) = self.decisions.detects(view) {
            rules.search = Some(self.search(&detects)?);
        }
        Ok(rules)
    }

    /// What a view looks for. What its caller may see is not looked through, and neither is what is in it.
    fn search(&self, detects: &Detects<'_>) -> Result<Search, CompileError> {
        let fault = |error| CompileError::Query { rule: "detect".to_owned(), error };
        let (mut except, mut except_names) = (Vec::new(), Vec::new());
        for (list, paths) in [(&mut except, &detects.seen), (&mut except_names, &detects.seen_names)] {
            for (path, names) in paths {
                let query = query(path, *names).map_err(fault)?;
                // Where it cannot be decided what is selected, it is looked through.
                if query.needs_lookahead().is_none() {
                    list.push(query);
                }
            }
        }
        let below = |query: &Query| {
            let mut below = query.clone();
            below.segments.push(Segment { descendant: true, selectors: vec![Selector::Wildcard] });
            below
        };
        except.extend(except.iter().map(below).collect::<Vec<_>>());
        for path in &detects.detect.except {
            except.push(Query::parse(path).map_err(fault)?);
        }
        let net = self.nets.iter().find(|(detect, _)| detect == detects.detect).map(|(_, net)| Arc::clone(net));
        let net = net.map_or_else(|| net_of(detects.detect).map(Arc::new), Ok)?;
        Ok(Search { net, with: detects.detect.with.clone(), except, except_names })
    }

    /// What the plan decides.
    #[must_use]
    pub const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Texts of fields that a view shows hold documents, too, in which its rules mask.
    fn look_inside(&self, view: View, rules: &mut Rules) {
        let masked: Vec<usize> = self.decisions.rules(view).map(|(at, ..)| at).collect();
        for (at, (field, queries)) in self.plan().fields.iter().zip(&self.queries).enumerate() {
            let Some(form) = field.inside.filter(|_| !masked.contains(&at)) else { continue };
            for query in queries {
                let rule = Rule { id: field.name.clone(), query: query.clone(), mask: field.mask.clone() };
                rules.inside.push(Holder { rule, form, keeps: true });
            }
        }
    }

    /// The caller the evidence speaks for: an index into [`Plan::callers`].
    #[must_use]
    pub fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        self.decisions.identify(evidence)
    }

    /// The route a request belongs to.
    #[must_use]
    pub fn choose_route(&self, request: &Request<'_>) -> Chosen {
        self.decisions.choose_route(request)
    }

    /// Whether masking is off for a route, for every caller.
    #[must_use]
    pub fn is_off(&self, route: RouteChoice) -> bool {
        self.decisions.is_off(route)
    }

    /// What the plan says for a caller and a route; `None` is a caller who is not listed.
    ///
    /// A view that is compiled on first use and cannot be compiled is [`Decision::Deny`].
    #[must_use]
    pub fn decide(&self, caller: Option<usize>, route: impl Into<RouteChoice>) -> Decision<'_, &Masker> {
        match self.decisions.decide(caller, route) {
            Decision::Off => Decision::Off,
            Decision::Clear => Decision::Clear,
            Decision::Deny => Decision::Deny,
            Decision::Mask(masked) => match self.masker(masked.view) {
                Some(masker) => Decision::Mask(masked.with_view(masker)),
                None => Decision::Deny,
            },
        }
    }

    /// The fields that arrive in clear for a caller on a route; `None` is a caller who is not listed.
    pub fn in_clear(&self, caller: Option<usize>, route: RouteChoice) -> impl Iterator<Item = &Field> {
        self.decisions.in_clear(caller, route)
    }

    fn masker(&self, view: View) -> Option<&Masker> {
        self.views.get(view.number())?.get_or_init(|| self.build(view).ok()).as_ref()
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        self.decisions.plan()
    }
}

/// What the views of a plan look for, each once.
fn nets(decisions: &Decisions) -> Result<Vec<(Detect, Arc<Net>)>, CompileError> {
    let mut nets: Vec<(Detect, Arc<Net>)> = Vec::new();
    for Detects { detect, .. } in decisions.views().filter_map(|view| decisions.detects(view)) {
        if !nets.iter().any(|(known, _)| known == detect) {
            nets.push((detect.clone(), Arc::new(net_of(detect)?)));
        }
    }
    Ok(nets)
}

fn net_of(detect: &Detect) -> Result<Net, CompileError> {
    let patterns = detect.patterns.iter().map(|(name, pattern)| (name.as_str(), pattern.as_str()));
    Net::new(detect.find.iter().map(String::as_str), patterns).map_err(CompileError::Detect)
}

/// The values that an exception is about.
fn exception(field: &str, path: &str) -> Result<Query, CompileError> {
    Query::parse(path).map_err(|error| CompileError::Query { rule: field.to_owned(), error })
}
