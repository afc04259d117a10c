//! JSON schemas of words that other crates define.

use std::borrow::Cow;

use meshveil_reach::verdict;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The worst form in which a field arrives.
pub(crate) struct Form;

/// A part of the path.
pub(crate) struct Layer;

/// What a source shows.
pub(crate) struct Credential;

impl JsonSchema for Form {
    fn schema_name() -> Cow<'static, str> {
        "Form".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        use verdict::Form::{Clear, Denied, Masked, Partial, Unknown, Unreachable};
        let words = [Unreachable, Denied, Masked, Partial, Unknown, Clear].map(verdict::Form::name);
        json_schema!({ "description": "The worst form in which a field arrives.", "type": "string", "enum": words })
    }
}

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "PathLayer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        use verdict::Layer::{
            Authorization, Capture, Egress, Entry, Filter, Ingress, MutualTls, Protocol, Source, Waypoint,
        };
        let words = [Source, Entry, Egress, Ingress, Capture, MutualTls, Waypoint, Protocol, Authorization, Filter]
            .map(verdict::Layer::name);
        json_schema!({ "description": "A part of the path.", "type": "string", "enum": words })
    }
}

impl JsonSchema for Credential {
    fn schema_name() -> Cow<'static, str> {
        "Credential".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        use verdict::Credential::{Hbone, Mtls, Plaintext};
        let words = [Plaintext, Mtls, Hbone].map(verdict::Credential::name);
        json_schema!({ "description": "What the source shows.", "type": "string", "enum": words })
    }
}
