//! Whether a server's certificate is taken. In: what the server shows. Out: yes, or why not. Chains are verified by rustls; what libpq takes and rustls does
//! not is decided here: no verification at all, a chain without regard to names, a certificate that is its own root, certificates of the first version, and
//! names that stand in the subject.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::verify_tls13_signature_with_raw_key;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use super::certificate::{Details, Unfit};

/// Whose certificates are taken.
#[derive(Debug)]
pub(super) enum Trust {
    /// Everybody's: what is said is encrypted, to whom is not known.
    Anybody,
    /// Those that are signed by a root.
    Signed(Box<Signed>),
}

/// What signatures are held against.
#[derive(Debug)]
pub(super) struct Signed {
    store: RootCertStore,
    roots: Vec<CertificateDer<'static>>,
    /// Where there are lists of revoked certificates.
    revocation: Option<Arc<WebPkiServerVerifier>>,
    checks_name: bool,
}

impl Trust {
    /// Trust in what these have signed.
    pub(super) fn signed_by(
        roots: &[CertificateDer<'static>],
        revoked: &[CertificateRevocationListDer<'static>],
        provider: &Arc<CryptoProvider>,
        checks_name: bool,
    ) -> Result<Trust, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        if store.is_empty() {
            return Err("none of the root certificates can be read".to_owned());
        }
        let revocation = match revoked {
            [] => None,
            lists => {
                let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store.clone()), provider.clone());
                let builder = builder.with_crls(lists.iter().cloned()).enforce_revocation_expiration();
                Some(builder.build().map_err(|error| error.to_string())?)
            }
        };
        Ok(Trust::Signed(Box::new(Signed { store, roots: roots.to_vec(), revocation, checks_name })))
    }
}

/// Takes certificates or not.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Trust::Signed(signed) = &self.trust {
            self.verify(signed, shown, between, name, now).map_err(as_error)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(certificate).is_ok() {
            return verify_tls12_signature(message, certificate, signature, &self.algorithms);
        }
        // rustls does not read certificates of the first version; the key in it is all that matters here.
        let details = Details::read(certificate).map_err(as_error)?;
        let of_scheme = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
        let candidates = of_scheme.map_or(&[][..], |(_, algorithms)| algorithms);
        details.verify(candidates, None, message, signature.signature()).map_err(as_error)?;
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if ParsedCertificate::try_from(certificate).is_ok() {
            return verify_tls13_signature(message, certificate, signature, &self.algorithms);
        }
        let key = Details::read(certificate).and_then(|details| details.public_key()).map_err(as_error)?;
        verify_tls13_signature_with_raw_key(message, &SubjectPublicKeyInfoDer::from(key), signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Verifier {
    fn verify(
        &self,
        signed: &Signed,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Unfit> {
        let details = Details::read(shown)?;
        details.check_dates(now)?;
        let is_own_root = details.is_self_signed() && signed.roots.iter().any(|root| root.as_ref() == shown.as_ref());
        match &signed.revocation {
            // A list says nothing of what rustls does not read: then it has to read it.
            None if is_own_root => {}
            None if details.has_no_extensions() => self.signed_by_root(signed, &details, now)?,
            _ => self.chain(signed, shown, between, name, now)?,
        }
        if signed.checks_name { details.check_name(name) } else { Ok(()) }
    }

    /// A certificate without extensions, as `openssl x509 -req` makes it, right below a root.
    fn signed_by_root(&self, signed: &Signed, details: &Details, now: UnixTime) -> Result<(), Unfit> {
        let mut reason = Unfit::UnknownIssuer;
        for root in signed.roots.iter().filter_map(|root| Details::read(root).ok()).filter(|root| root.may_have_signed(details)) {
            match root.check_dates(now).and_then(|()| details.is_signed_by(&root, self.algorithms.all)) {
                Ok(()) => return Ok(()),
                Err(unfit) => reason = unfit,
            }
        }
        Err(reason)
    }

    fn chain(
        &self,
        signed: &Signed,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Unfit> {
        let parsed = ParsedCertificate::try_from(shown).map_err(as_unfit)?;
        verify_server_cert_signed_by_trust_anchor(&parsed, &signed.store, between, now, self.algorithms.all).map_err(as_unfit)?;
        let Some(revocation) = &signed.revocation else { return Ok(()) };
        match revocation.verify_server_cert(shown, between, name, &[], now) {
            // Names are looked at when all else is right, and by us.
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(error) => Err(as_unfit(error)),
        }
    }
}

fn as_error(unfit: Unfit) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(unfit))))
}

fn as_unfit(error: Error) -> Unfit {
    let Error::InvalidCertificate(reason) = error else { return Unfit::Other(error.to_string()) };
    match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Unfit::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Unfit::NotYet,
        CertificateError::UnknownIssuer => Unfit::UnknownIssuer,
        CertificateError::Revoked => Unfit::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Unfit::Purpose,
        other => Unfit::Other(words(&other)),
    }
}

/// rustls has no words for most reasons.
fn words(reason: &impl fmt::Debug) -> String {
    format!("{reason:?}")
}

/// Why a certificate was not taken, if that is why a handshake failed.
pub(super) fn unfit(error: &Error) -> Option<&Unfit> {
    match error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(reason))) => reason.downcast_ref(),
        _ => None,
    }
}
