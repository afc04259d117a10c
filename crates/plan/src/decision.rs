//! What becomes of a response: whose view a request gets, what its route changes, which media types pass unread, and what
//! happens to a body that cannot be masked. The filter runs it, and everything that predicts the filter asks it.

use std::collections::BTreeMap;

use meshveil_mask::MaskSpec;

use crate::{
    BadLines, Callers, Detect, Evidence, Field, Listed, ListedHeaders, Masking, MemberNames, Names, OnError, Others,
    Passes, Plan, Reads, Route, RouteChoice, Stage, Unlisted, Writes,
    route::{Chosen, Request, choose},
    unlisted::AllowList,
};

/// What a plan says for one caller on one route; `V` is how a view is named, or what it was compiled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a, V = View> {
    /// Masking is off for the route: every response passes.
    Off,
    /// The caller sees every field: every response passes.
    Clear,
    /// The caller gets nothing.
    Deny,
    /// Bodies are masked.
    Mask(Masked<'a, V>),
}

/// How bodies are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masked<'a, V = View> {
    /// The rules.
    pub view: V,
    /// The number of the view.
    pub number: usize,
    /// How bodies are read. What is read is masked, and never passes.
    pub reads: Reads<'a>,
    /// What happens to a record of a body of several that is not valid JSON.
    pub bad_lines: BadLines,
    /// Media types that pass unread. Everything else that is not read cannot be masked.
    pub passes: Passes<'a>,
    /// Response headers that arrive, beside those that always do.
    pub headers: ListedHeaders<'a>,
    /// What happens to a request body.
    pub writes: Writes,
    /// What happens to a response that cannot be masked.
    pub on_error: OnError,
}

impl<'a, V> Masked<'a, V> {
    /// The same with the view in another form.
    pub fn with_view<W>(self, view: W) -> Masked<'a, W> {
        let Self { view: _, number, reads, bad_lines, passes, headers, writes, on_error } = self;
        Masked { view, number, reads, bad_lines, passes, headers, writes, on_error }
    }
}

/// One view: a set of masked fields with their masks. Callers and routes with the same rules share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct View(usize);

impl View {
    /// Its number, below [`Decisions::view_count`].
    #[must_use]
    pub const fn number(self) -> usize {
        self.0
    }
}

/// What differs by route.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OnRoute {
    /// One per field.
    masks: Vec<MaskSpec>,
    /// Values that a field does not mask, by the number of the field.
    except: BTreeMap<usize, Vec<String>>,
    allow_list: AllowList,
    /// What is masked wherever it stands.
    pub(crate) detect: Option<Detect>,
}

/// A plan with its tables: a decision is a look-up.
#[derive(Debug, Clone)]
pub struct Decisions {
    plan: Plan,
    callers: Callers,
    /// What differs by route, each once; the first is what holds on no route.
    masks: Vec<OnRoute>,
    /// Per route, an index into `masks`.
    masks_of_route: Vec<usize>,
    /// Index into `masks` of the strictest of all routes.
    strictest: usize,
}

impl Decisions {
    /// Makes the tables. Of a plan with faults what cannot be resolved is left out, as if it were not there.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let callers = Callers::new(&plan);
        let (masks, masks_of_route, strictest) = masks_by_route(&plan);
        Self { plan, callers, masks, masks_of_route, strictest }
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The callers.
    #[must_use]
    pub const fn callers(&self) -> &Callers {
        &self.callers
    }

    /// The caller the evidence speaks for: an index into [`Plan::callers`].
    #[must_use]
    pub fn identify(&self, evidence: &dyn Evidence) -> Option<usize> {
        self.callers.identify(evidence)
    }

    /// The route a request belongs to.
    #[must_use]
    pub fn choose_route(&self, request: &Request<'_>) -> Chosen {
        choose(&self.plan, request)
    }

    /// Whether masking is off for a route, for every caller.
    #[must_use]
    pub fn is_off(&self, route: RouteChoice) -> bool {
        self.route(route).is_some_and(|route| route.masking == Masking::Off)
    }

    /// How far a route is rolled out. Where the route cannot be told, as far as the furthest.
    #[must_use]
    pub fn stage(&self, route: RouteChoice) -> Stage {
        let furthest = || self.plan.routes.iter().filter_map(|route| route.stage).max();
        match route {
            RouteChoice::Unclear => furthest().max(Some(self.plan.stage)).unwrap_or_default(),
            _ => self.route(route).and_then(|route| route.stage).unwrap_or(self.plan.stage),
        }
    }

    /// Whether a route is only observed: what is decided for it is counted and not done.
    #[must_use]
    pub fn is_observed(&self, route: RouteChoice) -> bool {
        self.stage(route) == Stage::Observe
    }

    /// What the plan says for a caller and a route; `None` is a caller who is not listed.
    #[must_use]
    pub fn decide(&self, caller: Option<usize>, route: impl Into<RouteChoice>) -> Decision<'_> {
        let route = route.into();
        if self.is_off(route) {
            return Decision::Off;
        }
        if caller.is_none() && self.plan.others == Others::Deny {
            return Decision::Deny;
        }
        let masked = self.callers.masked_for(caller);
        if !self.hides(caller, route) {
            return Decision::Clear;
        }
        let number = masked * self.masks.len() + self.masks_on(route);
        Decision::Mask(Masked {
            view: View(number),
            number,
            reads: self.reads(route),
            bad_lines: self.route(route).and_then(|route| route.bad_lines).unwrap_or(self.plan.bad_lines),
            passes: self.passes(route),
            headers: self.headers(route),
            writes: self.writes(route),
            on_error: self.plan.on_error,
        })
    }

    /// Whether anything is masked, or refused, for a caller on a route.
    fn hides(&self, caller: Option<usize>, route: RouteChoice) -> bool {
        let rest = u32::try_from(self.plan.fields.len()).ok();
        let on_route = || self.masks.get(self.masks_on(route));
        let has_net = || on_route().is_none_or(|on_route| on_route.detect.as_ref().is_some_and(|net| !net.is_empty()));
        let has_rest = || self.unlisted_on(route) != Unlisted::Show || has_net();
        self.callers.masked_fields(caller).iter().any(|field| Some(*field) != rest || has_rest())
    }

    /// What happens on a route to what no path lists, for all who do not see everything.
    #[must_use]
    pub fn unlisted_on(&self, route: RouteChoice) -> Unlisted {
        self.masks.get(self.masks_on(route)).map_or(Unlisted::Refuse, |on_route| on_route.allow_list.unlisted)
    }

    /// The fields that arrive in clear for a caller on a route, in the order of the plan; `None` is a caller who is not listed.
    pub fn in_clear(&self, caller: Option<usize>, route: impl Into<RouteChoice>) -> impl Iterator<Item = &Field> {
        let route = route.into();
        let (denied, view) = match self.decide(caller, route) {
            _ if self.is_observed(route) => (false, None),
            Decision::Off | Decision::Clear => (false, None),
            Decision::Deny => (true, None),
            // What arrives unread can hold any field.
            Decision::Mask(masked) if masked.headers.first_unread().is_some() => (false, None),
            Decision::Mask(masked) => (false, Some(masked.view)),
        };
        let masked: Vec<bool> = match view {
            None => vec![denied; self.plan.fields.len()],
            Some(view) => {
                let mut masked = vec![false; self.plan.fields.len()];
                for (field, ..) in self.rules(view).filter(|(field, ..)| !self.has_exception(view, *field)) {
                    if let Some(is_masked) = masked.get_mut(field) {
                        *is_masked = true;
                    }
                }
                masked
            }
        };
        self.plan.fields.iter().zip(masked).filter(|(_, masked)| !masked).map(|(field, _)| field)
    }

    /// The masks on a route, as an index.
    pub(crate) fn masks_on(&self, route: RouteChoice) -> usize {
        match route {
            RouteChoice::Unlisted => 0,
            RouteChoice::Listed(index) => self.masks_of_route.get(index).copied().unwrap_or(self.strictest),
            RouteChoice::Unclear => self.strictest,
        }
    }

    /// A route's list adds to the plan's. Where the route cannot be told, nothing passes.
    pub(crate) fn passes(&self, route: RouteChoice) -> Passes<'_> {
        match route {
            RouteChoice::Unclear => Passes::default(),
            RouteChoice::Unlisted | RouteChoice::Listed(_) => {
                Passes::new(&self.plan.passes, self.route(route).map_or(&[], |route| &route.passes))
            }
        }
    }

    /// What a route says goes before what the plan says. Where the route cannot be told, the plan alone says it.
    fn reads(&self, route: RouteChoice) -> Reads<'_> {
        Reads::new(&self.plan.reads, self.route(route).map(|route| &route.reads))
    }

    /// What a route says goes before what the plan says. Where the route cannot be told, the plan alone says it, and nothing
    /// arrives unread.
    pub(crate) fn headers(&self, route: RouteChoice) -> ListedHeaders<'_> {
        if route == RouteChoice::Unclear {
            return ListedHeaders::unclear(&self.plan.headers);
        }
        ListedHeaders::new(&self.plan.headers, self.route(route).map(|route| &route.headers))
    }

    /// What a route says counts in place of what the plan says. Where the route cannot be told, the strictest of all.
    fn writes(&self, route: RouteChoice) -> Writes {
        let strictest = || self.plan.routes.iter().filter_map(|route| route.writes).max();
        match route {
            RouteChoice::Unclear => strictest().max(Some(self.plan.writes)).unwrap_or_default(),
            _ => self.route(route).and_then(|route| route.writes).unwrap_or(self.plan.writes),
        }
    }

    fn route(&self, route: RouteChoice) -> Option<&Route> {
        let RouteChoice::Listed(index) = route else { return None };
        self.plan.routes.get(index)
    }

    /// The masks that hold somewhere, one per field: the fields' own, those of each route, and the strictest of all routes.
    pub fn masks(&self) -> impl Iterator<Item = &[MaskSpec]> {
        self.masks.iter().map(|on_route| on_route.masks.as_slice())
    }

    /// How many views there are.
    #[must_use]
    pub fn view_count(&self) -> usize {
        self.callers.masked().len() * self.masks.len()
    }

    /// Every view, those of callers who are not listed first.
    pub fn views(&self) -> impl Iterator<Item = View> + use<> {
        (0..self.view_count()).map(View)
    }

    /// The views of callers who are not listed: every field is masked.
    pub fn strictest_views(&self) -> impl Iterator<Item = View> + use<> {
        (0..self.masks.len()).map(View)
    }

    /// What a view shows where what is not listed does not go on as it is; `None` where it does.
    #[must_use]
    pub fn listed(&self, view: View) -> Option<Listed<'_>> {
        let masked = self.callers.masked().get(view.0.checked_div(self.masks.len())?)?;
        let AllowList { unlisted, shows } = &self.masks.get(view.0.checked_rem(self.masks.len())?)?.allow_list;
        let rest = u32::try_from(self.plan.fields.len()).ok()?;
        if *unlisted == Unlisted::Show || !masked.contains(&rest) {
            return None;
        }
        let mut shows: Vec<_> = shows.iter().map(|path| (path.as_str(), Names::Exact)).collect();
        let mut names = Vec::new();
        for (_, field) in (0..).zip(&self.plan.fields).filter(|(at, _)| masked.binary_search(at).is_err()) {
            let list = if field.keys == MemberNames::Mask { &mut names } else { &mut shows };
            list.extend(field.paths.iter().map(|path| (path.as_str(), field.names)));
        }
        Some(Listed { unlisted: *unlisted, shows, names })
    }

    /// The fields that a view masks, each with its number and its mask, in the order of the plan.
    pub fn rules(&self, view: View) -> impl Iterator<Item = (usize, &Field, &MaskSpec)> {
        let (masked, on_route) = self.of_view(view);
        masked.into_iter().flatten().filter_map(move |&field| {
            let field = field as usize;
            Some((field, self.plan.fields.get(field)?, on_route?.masks.get(field)?))
        })
    }

    /// The values that fields do not mask in a view although they select them: each path with its field.
    pub fn exceptions(&self, view: View) -> impl Iterator<Item = (&Field, &str)> {
        let (masked, on_route) = self.of_view(view);
        masked.into_iter().flatten().flat_map(move |&field| {
            let field = field as usize;
            let paths = on_route.and_then(|on_route| on_route.except.get(&field)).into_iter().flatten();
            self.plan
                .fields
                .get(field)
                .into_iter()
                .flat_map(move |known| paths.clone().map(move |path| (known, path.as_str())))
        })
    }

    /// Whether what a view shows depends on the key.
    #[must_use]
    pub fn is_keyed(&self, view: usize) -> bool {
        self.rules(View(view)).any(|(.., mask)| mask.is_keyed())
    }

    /// Whether a view lets some values of a field through.
    pub(crate) fn has_exception(&self, view: View, field: usize) -> bool {
        self.of_view(view).1.is_some_and(|on_route| on_route.except.contains_key(&field))
    }

    pub(crate) fn of_view(&self, view: View) -> (Option<&[u32]>, Option<&OnRoute>) {
        let (masked, on_route) = (view.0.checked_div(self.masks.len()), view.0.checked_rem(self.masks.len()));
        let masked = masked.and_then(|masked| self.callers.masked().get(masked)).map(Vec::as_slice);
        (masked, on_route.and_then(|on_route| self.masks.get(on_route)))
    }
}

/// What differs by route (the first is what holds on no route), that of each route, and the strictest of all.
fn masks_by_route(plan: &Plan) -> (Vec<OnRoute>, Vec<usize>, usize) {
    let masks: Vec<MaskSpec> = plan.fields.iter().map(|field| field.mask.clone()).collect();
    let allow_list = AllowList { unlisted: plan.unlisted, shows: plan.shows.clone() };
    let own = OnRoute { masks, except: BTreeMap::new(), allow_list, detect: plan.detect.clone() };
    let index = plan.field_indices();
    let tighten = |on_route: &mut OnRoute, overrides: &BTreeMap<String, MaskSpec>| {
        for (field, other) in overrides {
            if let Some(mask) = index.get(field.as_str()).and_then(|&index| on_route.masks.get_mut(index))
                && other.strictness() > mask.strictness()
            {
                *mask = other.clone();
            }
        }
    };
    let mut strictest = own.clone();
    let mut distinct = vec![own.clone()];
    let intern = |on_route: OnRoute, distinct: &mut Vec<OnRoute>| {
        distinct.iter().position(|known| *known == on_route).unwrap_or_else(|| {
            distinct.push(on_route);
            distinct.len() - 1
        })
    };
    let mut of_route = Vec::with_capacity(plan.routes.len());
    for route in &plan.routes {
        tighten(&mut strictest, &route.fields);
        // What a route shows or excepts is not shown where the route cannot be told.
        if let Some(unlisted) = route.unlisted {
            strictest.allow_list.unlisted = strictest.allow_list.unlisted.max(unlisted);
        }
        if let Some(detect) = route.detect.as_ref().filter(|detect| !detect.is_empty()) {
            match strictest.detect.as_mut().filter(|known| !known.is_empty()) {
                Some(known) => known.add(detect),
                None => strictest.detect = Some(detect.clone()),
            }
        }
        let lists = route.unlisted.is_some() || !route.shows.is_empty() || route.detect.is_some();
        if route.fields.is_empty() && route.except.is_empty() && !lists {
            of_route.push(0);
            continue;
        }
        let mut on_route = own.clone();
        tighten(&mut on_route, &route.fields);
        let numbered = |(name, paths): (&String, &Vec<String>)| Some((*index.get(name.as_str())?, paths.clone()));
        on_route.except = route.except.iter().filter_map(numbered).collect();
        if let Some(unlisted) = route.unlisted {
            on_route.allow_list.unlisted = unlisted;
        }
        on_route.allow_list.shows.extend(route.shows.iter().cloned());
        if route.detect.is_some() {
            on_route.detect.clone_from(&route.detect);
        }
        of_route.push(intern(on_route, &mut distinct));
    }
    let strictest = intern(strictest, &mut distinct);
    (distinct, of_route, strictest)
}
