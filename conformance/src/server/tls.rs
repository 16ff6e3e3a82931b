//! The certificates of the suite's TLS servers, made anew in each process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate as Signed, CertificateParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedProtocolVersion};
use time::{Duration, OffsetDateTime};

use crate::subject::BoxError;

/// What a server shows of itself. Unless it says otherwise: issued through an intermediate by the root that
/// is to be trusted, for `localhost`, 127.0.0.1 and `::1`, valid now, for TLS 1.2 and 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Certificate {
    Trusted,
    /// TLS 1.2 only.
    Trusted12,
    /// TLS 1.3 only.
    Trusted13,
    /// Of another root.
    Untrusted,
    /// Of another root that has the trusted one's name.
    Forged,
    /// Of no one else.
    SelfSigned,
    /// Without the intermediate's certificate, which alone leads to the root.
    WithoutIntermediate,
    /// Issued by a certificate that may not issue any.
    ByNoAuthority,
    /// For clients, not for servers.
    ForClients,
    /// For `wrong.invalid`.
    OtherName,
    /// For 127.0.0.2 and `::2`.
    OtherAddress,
    /// For `notlocalhost`.
    NameWithPrefix,
    /// For `localhost.evil.invalid`.
    NameWithSuffix,
    /// For `*`.
    Star,
    /// For `*.localhost`.
    StarBelow,
    /// No name but `localhost` in the subject's common name.
    CommonName,
    /// For a DNS name that reads `127.0.0.1`.
    AddressAsName,
    /// With a key that is not the certificate's.
    WithoutItsKey,
    /// Until a minute ago.
    JustExpired,
    /// Until an hour ago.
    Expired,
    /// Until years ago.
    LongExpired,
    /// From an hour from now.
    NotYetValid,
    /// The intermediate's own until an hour ago.
    ExpiredIntermediate,
}

/// The root that is to be trusted, in DER.
pub(crate) fn root_der() -> Result<Vec<u8>, BoxError> {
    made().map(|made| made.root.der().to_vec())
}

/// The root that is to be trusted, in PEM.
pub(crate) fn root_pem() -> Result<String, BoxError> {
    made().map(|made| made.root.pem())
}

/// A server's side of TLS.
pub(super) fn config(certificate: Certificate) -> Result<Arc<ServerConfig>, BoxError> {
    let config = made()?.configs.get(&certificate).cloned();
    config.ok_or_else(|| format!("no certificate was made for {certificate:?}").into())
}

struct Made {
    root: Signed,
    configs: HashMap<Certificate, Arc<ServerConfig>>,
}

fn made() -> Result<&'static Made, BoxError> {
    static MADE: LazyLock<Result<Made, String>> =
        LazyLock::new(|| make().map_err(|error| error.to_string()));
    MADE.as_ref().map_err(|error| error.as_str().into())
}

fn make() -> Result<Made, BoxError> {
    let (root, root_issuer) = authority("kendra-sync conformance root", None, VALID)?;
    let (_, other_root) = authority("kendra-sync conformance other root", None, VALID)?;
    let (_, twin) = authority("kendra-sync conformance root", None, VALID)?;
    let through = |issuer: &Issuer<'static, KeyPair>, valid| {
        authority("kendra-sync conformance intermediate", Some(issuer), valid)
    };
    let (good, good_issuer) = through(&root_issuer, VALID)?;
    let (other, other_issuer) = through(&other_root, VALID)?;
    let (forged, forged_issuer) = through(&twin, VALID)?;
    let (stale, stale_issuer) = through(&root_issuer, EXPIRED)?;

    let here: &[&str] = &["localhost", "127.0.0.1", "::1"];
    let both = rustls::ALL_VERSIONS;
    let trusted = |names: &[&str]| Leaf::new(names).map(|leaf| leaf.chain(&good, &good_issuer));
    let valid = |valid| Leaf::new(here).map(|leaf| leaf.valid(valid).chain(&good, &good_issuer));
    let mut without = trusted(here)?;
    without.chain.clear();
    let mut alone = Leaf::new(here)?;
    alone.issuer = None;
    let mut without_key = trusted(here)?;
    without_key.other_key = true;
    let mut for_clients = trusted(here)?;
    for_clients.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut common_name = trusted(&[])?;
    common_name.params.distinguished_name.push(DnType::CommonName, "localhost");
    let mut address_as_name = trusted(&[])?;
    let name = Ia5String::try_from("127.0.0.1")?;
    address_as_name.params.subject_alt_names = vec![SanType::DnsName(name)];
    // A leaf of the good intermediate issues another.
    let key = KeyPair::generate()?;
    let below = trusted(here)?;
    let no_authority = below.params.signed_by(&key, &good_issuer)?;
    let no_issuer = Issuer::new(below.params, key);
    let mut by_no_authority = Leaf::new(here)?.chain(&no_authority, &no_issuer);
    by_no_authority.chain.push(good.der().clone());

    let leaves = [
        (Certificate::Trusted, trusted(here)?, both),
        (Certificate::Trusted12, trusted(here)?, &[&rustls::version::TLS12][..]),
        (Certificate::Trusted13, trusted(here)?, &[&rustls::version::TLS13]),
        (Certificate::Untrusted, Leaf::new(here)?.chain(&other, &other_issuer), both),
        (Certificate::Forged, Leaf::new(here)?.chain(&forged, &forged_issuer), both),
        (Certificate::SelfSigned, alone, both),
        (Certificate::WithoutIntermediate, without, both),
        (Certificate::ByNoAuthority, by_no_authority, both),
        (Certificate::ForClients, for_clients, both),
        (Certificate::WithoutItsKey, without_key, both),
        (Certificate::JustExpired, valid((-48 * HOUR, -1))?, both),
        (Certificate::OtherName, trusted(&["wrong.invalid"])?, both),
        (Certificate::OtherAddress, trusted(&["127.0.0.2", "::2"])?, both),
        (Certificate::NameWithPrefix, trusted(&["notlocalhost"])?, both),
        (Certificate::NameWithSuffix, trusted(&["localhost.evil.invalid"])?, both),
        (Certificate::Star, trusted(&["*"])?, both),
        (Certificate::StarBelow, trusted(&["*.localhost"])?, both),
        (Certificate::CommonName, common_name, both),
        (Certificate::AddressAsName, address_as_name, both),
        (Certificate::Expired, valid(EXPIRED)?, both),
        (Certificate::LongExpired, valid((-90_000 * HOUR, -60_000 * HOUR))?, both),
        (Certificate::NotYetValid, valid((HOUR, 48 * HOUR))?, both),
        (Certificate::ExpiredIntermediate, Leaf::new(here)?.chain(&stale, &stale_issuer), both),
    ];
    let mut configs = HashMap::new();
    for (certificate, leaf, versions) in leaves {
        configs.insert(certificate, Arc::new(leaf.config(versions)?));
    }
    Ok(Made { root, configs })
}

/// From when to when, in minutes from now.
type Valid = (i64, i64);

const HOUR: i64 = 60;
const VALID: Valid = (-48 * HOUR, 48 * HOUR);
const EXPIRED: Valid = (-48 * HOUR, -HOUR);

/// An authority of this name, of its own or of another's making.
fn authority(
    name: &str,
    issuer: Option<&Issuer<'static, KeyPair>>,
    valid: Valid,
) -> Result<(Signed, Issuer<'static, KeyPair>), BoxError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new([])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    (params.not_before, params.not_after) = dates(valid);
    let certificate = match issuer {
        None => params.self_signed(&key)?,
        Some(issuer) => params.signed_by(&key, issuer)?,
    };
    Ok((certificate, Issuer::new(params, key)))
}

/// A server's certificate to be.
struct Leaf<'a> {
    params: CertificateParams,
    issuer: Option<&'a Issuer<'static, KeyPair>>,
    chain: Vec<CertificateDer<'static>>,
    /// It is served with another key than its own.
    other_key: bool,
}

impl<'a> Leaf<'a> {
    fn new(names: &[&str]) -> Result<Self, BoxError> {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (params.not_before, params.not_after) = dates(VALID);
        Ok(Self { params, issuer: None, chain: Vec::new(), other_key: false })
    }

    fn valid(mut self, valid: Valid) -> Self {
        (self.params.not_before, self.params.not_after) = dates(valid);
        self
    }

    fn chain(mut self, certificate: &Signed, issuer: &'a Issuer<'static, KeyPair>) -> Self {
        self.chain.push(certificate.der().clone());
        self.issuer = Some(issuer);
        self
    }

    fn config(
        self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Result<ServerConfig, BoxError> {
        let key = KeyPair::generate()?;
        let certificate = match self.issuer {
            None => self.params.self_signed(&key)?,
            Some(issuer) => self.params.signed_by(&key, issuer)?,
        };
        let mut chain = vec![certificate.der().clone()];
        chain.extend(self.chain);
        let key = if self.other_key { KeyPair::generate()? } else { key };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            // Not compared with each other, as `with_single_cert` does.
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(
                chain,
                ring::sign::any_supported_type(&key)?,
            ))));
        Ok(config)
    }
}

fn dates((from, to): Valid) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now + Duration::minutes(from), now + Duration::minutes(to))
}
