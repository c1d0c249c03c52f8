//! What is in a certificate, as far as it is looked at beside rustls. In: its bytes. Out: its dates, names, key and signature, and whether they fit.

use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Why a certificate is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// Its last day has passed.
    #[error("its certificate has expired")]
    Expired,
    /// Its first day is to come.
    #[error("its certificate is not valid yet")]
    NotYet,
    /// None of the roots has signed it.
    #[error("its certificate is signed by an authority that is not trusted here")]
    UnknownIssuer,
    /// It is on a list.
    #[error("its certificate has been revoked")]
    Revoked,
    /// It is meant for something else.
    #[error("its certificate is not meant for servers")]
    Purpose,
    /// It is somebody else's.
    #[error("its certificate is for {}, not for `{host}`", listed(.names))]
    Name {
        /// Who was asked.
        host: String,
        /// Whose it is.
        names: Vec<String>,
    },
    /// Anything else, in the words of who found it.
    #[error("its certificate cannot be verified: {0}")]
    Other(String),
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

/// A certificate that can be read.
pub(super) struct Details(Certificate);

impl Details {
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Result<Details, Unfit> {
        Certificate::from_der(certificate).map(Details).map_err(|error| Unfit::Other(error.to_string()))
    }

    /// Whether a moment is among its days.
    pub(super) fn check_dates(&self, now: UnixTime) -> Result<(), Unfit> {
        let validity = &self.0.tbs_certificate.validity;
        if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
            return Err(Unfit::Expired);
        }
        if now.as_secs() < validity.not_before.to_unix_duration().as_secs() { Err(Unfit::NotYet) } else { Ok(()) }
    }

    /// Whether its issuer is who it is for.
    pub(super) fn is_self_signed(&self) -> bool {
        self.0.tbs_certificate.issuer == self.0.tbs_certificate.subject
    }

    /// Whether nothing in it limits what it is for.
    pub(super) fn has_no_extensions(&self) -> bool {
        self.0.tbs_certificate.extensions.as_ref().is_none_or(Vec::is_empty)
    }

    /// Whether this is an authority's, of the name that the other gives as its issuer.
    pub(super) fn may_have_signed(&self, other: &Details) -> bool {
        let constraints = self.0.tbs_certificate.get::<BasicConstraints>();
        let is_authority = match constraints {
            Ok(Some((_, constraints))) => constraints.ca,
            Ok(None) => self.has_no_extensions() && self.is_self_signed(),
            Err(_) => false,
        };
        is_authority && self.0.tbs_certificate.subject == other.0.tbs_certificate.issuer
    }

    /// Whether its signature was made with the key of another.
    pub(super) fn is_signed_by(&self, other: &Details, algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Result<(), Unfit> {
        let message = self.0.tbs_certificate.to_der().map_err(|error| Unfit::Other(error.to_string()))?;
        let is_consistent = self.0.tbs_certificate.signature == self.0.signature_algorithm;
        let signature = self.0.signature.as_bytes().filter(|_| is_consistent).ok_or(Unfit::UnknownIssuer)?;
        other.verify(algorithms, Some(&self.0.signature_algorithm), &message, signature)
    }

    /// Whether a signature was made with its key.
    pub(super) fn verify(
        &self,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        signed_with: Option<&AlgorithmIdentifierOwned>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Unfit> {
        let key = &self.0.tbs_certificate.subject_public_key_info;
        let (key_kind, bits) = (inner(&key.algorithm), key.subject_public_key.as_bytes().unwrap_or_default());
        let signed_with = signed_with.map(inner);
        let fits = |algorithm: &&&dyn SignatureVerificationAlgorithm| {
            *algorithm.public_key_alg_id() == *key_kind
                && signed_with.as_ref().is_none_or(|kind| *algorithm.signature_alg_id() == **kind)
        };
        let is_right =
            algorithms.iter().filter(fits).any(|algorithm| algorithm.verify_signature(bits, message, signature).is_ok());
        if is_right { Ok(()) } else { Err(Unfit::UnknownIssuer) }
    }

    /// Its key with what kind of key it is, as bytes.
    pub(super) fn public_key(&self) -> Result<Vec<u8>, Unfit> {
        self.0.tbs_certificate.subject_public_key_info.to_der().map_err(|error| Unfit::Other(error.to_string()))
    }

    /// Whether it is a server's. As libpq: the name in the subject counts where no other of the same kind is said.
    pub(super) fn check_name(&self, wanted: &ServerName<'_>) -> Result<(), Unfit> {
        let host = wanted.to_str().into_owned();
        let address = match wanted {
            ServerName::IpAddress(address) => Some(std::net::IpAddr::from(*address)),
            _ => None,
        };
        let (mut names, mut has_kind, mut is_right) = (Vec::new(), false, false);
        let alternatives = self.0.tbs_certificate.get::<SubjectAltName>();
        let alternatives = alternatives.map_err(|error| Unfit::Other(error.to_string()))?.map(|(_, names)| names.0);
        for name in alternatives.unwrap_or_default() {
            match name {
                GeneralName::DnsName(name) => {
                    has_kind |= address.is_none();
                    is_right |= is_name_of(name.as_str(), &host);
                    names.push(name.as_str().to_owned());
                }
                GeneralName::IpAddress(bytes) => {
                    let shown = address_of(bytes.as_bytes());
                    has_kind |= address.is_some();
                    is_right |= shown.is_some() && shown == address;
                    names.extend(shown.map(|address| address.to_string()));
                }
                _ => {}
            }
        }
        if !has_kind && let Some(common) = self.common_name() {
            is_right |= is_name_of(&common, &host);
            names.push(common);
        }
        if is_right { Ok(()) } else { Err(Unfit::Name { host, names }) }
    }

    /// The name in its subject.
    fn common_name(&self) -> Option<String> {
        const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
        let mut all = self.0.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
        let value = &all.find(|attribute| attribute.oid == COMMON_NAME)?.value;
        let utf8 = value.decode_as::<Utf8StringRef<'_>>().map(|text| text.as_str().to_owned());
        utf8.or_else(|_| value.decode_as::<PrintableStringRef<'_>>().map(|text| text.as_str().to_owned())).ok()
    }
}

/// What is in the outer sequence, as rustls compares it.
fn inner(algorithm: &AlgorithmIdentifierOwned) -> Vec<u8> {
    let bytes = algorithm.to_der().unwrap_or_default();
    // Its length takes one byte: kinds of keys that rustls knows are short.
    bytes.get(2..).filter(|_| bytes.get(1).is_some_and(|&length| length < 0x80)).unwrap_or_default().to_vec()
}

fn address_of(bytes: &[u8]) -> Option<std::net::IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(std::net::IpAddr::from).ok();
    four.or_else(|| <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from).ok())
}

/// Whether a name of a certificate, `*.example.org` or a whole one, is that of a host.
fn is_name_of(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let (Some(domain), Some((label, rest))) = (name.strip_prefix("*."), host.split_once('.')) else { return false };
    !domain.is_empty() && !label.is_empty() && domain.eq_ignore_ascii_case(rest)
}
