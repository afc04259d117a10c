//! The way through a listener of Envoy Gateway: the client's certificate, the filters of the route, and the leg behind it.

use meshveil_objects::kinds::envoy_gateway::Certificates;

use super::*;
use crate::edge::Passage;
use crate::verdict::form::identity_in;
use crate::verdict::reason::Certificate;

impl<'m> Walk<'_, 'm> {
    pub(super) fn through_listener(&mut self, at: usize, destination: &'m Workload) -> Result<Option<Running>, Stop> {
        let reach = self.reach;
        let found = reach.passages().get(at);
        let found = found.and_then(|passage| Some((passage, reach.manifests.workloads.get(passage.proxies)?)));
        let Some((passage, proxies)) = found else {
            return self.stop(Layer::Entry, Stop::Unreachable, EntryReason::NoRoute, Vec::new());
        };
        self.reach_listener(passage, proxies)?;
        self.show_certificate(passage)?;
        // Behind the proxies their identity counts, if they have one; a filter beside the pod would see them.
        let caller = self.principal.take();
        self.path.credential = self.credential_of(passage.proxies);
        let from = Endpoint::Workload(passage.proxies);
        if self.path.credential != Credential::Plaintext {
            self.identify(from)?;
        }
        let port = if self.path.credential == Credential::Hbone { HBONE } else { self.path.port };
        self.network(from, Endpoint::Workload(self.path.destination), port)?;
        let steps = self.steps.len();
        let behind = self.arrive(destination)?;
        if behind.is_none() {
            // That no proxy stands beside the pod decides nothing here.
            let others = self.steps.drain(steps..).filter(|step| step.layer != Layer::Filter);
            let others: Vec<Step> = others.collect();
            self.steps.extend(others);
        }
        let running = self.filter_of_route(passage);
        if running.is_some() || behind.is_none() {
            self.principal = caller;
        }
        Ok(running.or(behind))
    }

    /// Whether the source gets to the proxies.
    fn reach_listener(&mut self, passage: &Passage, proxies: &'m Workload) -> Result<(), Stop> {
        let manifests = self.reach.manifests;
        let title = |at: Option<&meshveil_objects::meta::Meta>| at.map(|meta| meta.title()).unwrap_or_default();
        let closed = self.closed(passage.proxies, proxies);
        let reason = EntryReason::Listener {
            route: title(manifests.routes.get(passage.route).map(|route| &route.meta)),
            gateway: title(manifests.gateways.get(passage.gateway).map(|gateway| &gateway.meta)),
            listener: passage.listener.clone(),
            closed,
        };
        let spans = vec![passage.rule_span, passage.listener_span];
        match closed {
            Some(Closed::Authorization) => self.stop(Layer::Entry, Stop::Denied, reason, spans),
            Some(_) => self.stop(Layer::Entry, Stop::Unreachable, reason, spans),
            None => {
                self.pass(Layer::Entry, reason, spans);
                Ok(())
            }
        }
    }

    /// The certificate that the source shows, or does not.
    fn show_certificate(&mut self, passage: &Passage) -> Result<(), Stop> {
        let clients = &passage.clients;
        let object = clients.object.clone().unwrap_or_default();
        let spans = vec![clients.span];
        let source = match self.path.source {
            Endpoint::Workload(at) if self.path.credential != Credential::Plaintext => Some(at),
            _ => None,
        };
        if let Some(at) = source {
            let plan = passage.filter.as_ref().ok().and_then(|running| self.reach.plan_by(running));
            let principal = identity_in(self.reach, plan.as_deref(), at);
            self.principal = Some(principal.clone());
            self.pass(Layer::Source, Identity::Certificate { principal }, Vec::new());
            self.pass(Layer::MutualTls, Certificate::Verified(object), spans);
            return Ok(());
        }
        self.pass(Layer::Source, Identity::Plaintext, Vec::new());
        let general = passage.doubt.as_ref().filter(|doubt| doubt.is_general());
        match clients.certificates {
            Certificates::Required if general.is_none() => {
                self.stop(Layer::MutualTls, Stop::Denied, Certificate::Needed(object), spans)
            }
            Certificates::Required => {
                self.doubt = general.and_then(|doubt| self.reach.doubt_at(doubt));
                Ok(())
            }
            Certificates::Optional | Certificates::Unverified => {
                self.pass(Layer::MutualTls, Certificate::Optional(object), spans);
                Ok(())
            }
            Certificates::NotAsked => {
                self.pass(Layer::MutualTls, Certificate::NotAsked(passage.listener.clone()), spans);
                Ok(())
            }
        }
    }

    /// The masking filter of the route; what may be wrong with it without it being known.
    fn filter_of_route(&mut self, passage: &Passage) -> Option<Running> {
        match &passage.filter {
            Err(reason) => {
                self.pass(Layer::Filter, FilterReason::Unfiltered(reason.clone()), vec![reason.span()]);
                None
            }
            Ok(running) => {
                self.pass(Layer::Filter, FilterReason::Masks(running.object.clone()), vec![running.span]);
                if let Some(doubt) = &passage.doubt {
                    let spans = vec![doubt.span];
                    self.doubt = self.reach.doubt_at(doubt);
                    self.pass(Layer::Filter, FilterReason::Unsure(doubt.to_string()), spans);
                }
                Some(running.clone())
            }
        }
    }
}
