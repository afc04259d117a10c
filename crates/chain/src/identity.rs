//! Who a client is: the SPIFFE id in the certificate that the connection has to show.

use meshveil_text::{
    block, flow,
    yaml::{Map, quoted},
};
use serde_json::Value;

use crate::{field, names};

/// A client certificate of one authority and trust domain, without which there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The trust domain of the clients, without `spiffe://`.
    pub trust_domain: String,
    /// The certificates that the proxy reads.
    pub files: Files,
}

/// Paths of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The server's own chain.
    pub chain: String,
    /// Its private key.
    pub key: String,
    /// The authority of the clients.
    pub authority: String,
}

impl Identity {
    /// The `transport_socket` that asks for it.
    #[must_use]
    pub fn write(&self) -> Map {
        let Self { trust_domain, files } = self;
        let prefix = quoted(format!("spiffe://{trust_domain}/"));
        block!({
            name: names::TLS,
            typed_config: {
                "@type": names::url(names::TLS_TYPE),
                # "Without a certificate of this authority and trust domain there is no connection."
                require_client_certificate: true,
                common_tls_context: {
                    alpn_protocols: flow!(["h2", "http/1.1"]),
                    tls_certificates: [{
                        certificate_chain: flow!({ filename: &files.chain }),
                        private_key: flow!({ filename: &files.key }),
                    }],
                    validation_context: {
                        trusted_ca: flow!({ filename: &files.authority }),
                        match_typed_subject_alt_names: flow!([{ san_type: "URI", matcher: { prefix: prefix } }]),
                    },
                },
            },
        })
    }

    /// Reads a `transport_socket`; `None` where it does not insist on a certificate of one trust domain.
    #[must_use]
    pub fn read(socket: &Value) -> Option<Self> {
        let config = field::settings(socket, names::TLS_TYPE)?;
        let context = field::get(config, "common_tls_context")
            .filter(|_| field::is_true(config, "require_client_certificate"))?;
        let certificate = field::only(context, "tls_certificates")?;
        let validation = field::get(context, "validation_context")?;
        let name = field::only(validation, "match_typed_subject_alt_names")?;
        let prefix = field::at(name, &["matcher", "prefix"])?
            .as_str()
            .filter(|_| field::text(name, "san_type") == Some("URI"))?;
        let file = |value: &Value, name: &str| Some(field::at(value, &[name, "filename"])?.as_str()?.to_owned());
        Some(Self {
            trust_domain: prefix.strip_prefix("spiffe://")?.strip_suffix('/')?.to_owned(),
            files: Files {
                chain: file(certificate, "certificate_chain")?,
                key: file(certificate, "private_key")?,
                authority: file(validation, "trusted_ca")?,
            },
        })
    }
}
