//! Certificates of one mesh: an authority, a server, and workloads with SPIFFE ids.

use anyhow::Result;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};

/// The SPIFFE id of a service account of the demo shop.
#[must_use]
pub fn spiffe(service_account: &str) -> String {
    format!("spiffe://cluster.local/ns/shop/sa/{service_account}")
}

/// A certificate with its key, both in PEM.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    /// A new authority with a new key.
    ///
    /// # Errors
    /// The key or the certificate cannot be made.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "meshveil demo authority");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// Its own certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A server certificate for `localhost`.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn server(&self) -> Result<Identity> {
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        self.sign(params, "localhost", ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A client certificate whose only subject alternative name is this SPIFFE id.
    ///
    /// # Errors
    /// The id is not ASCII, or the certificate cannot be made.
    pub fn workload(&self, spiffe_id: &str) -> Result<Identity> {
        self.workload_of(&[spiffe_id])
    }

    /// A client certificate whose subject alternative names are these URIs, in their order.
    ///
    /// # Errors
    /// A URI is not ASCII, or the certificate cannot be made.
    pub fn workload_of(&self, uris: &[&str]) -> Result<Identity> {
        let mut params = CertificateParams::default();
        for uri in uris {
            params.subject_alt_names.push(SanType::URI(Ia5String::try_from(*uri)?));
        }
        self.sign(params, "workload", ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, mut params: CertificateParams, name: &str, usage: ExtendedKeyUsagePurpose) -> Result<Identity> {
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Identity { certificate, key: key.serialize_pem() })
    }
}
