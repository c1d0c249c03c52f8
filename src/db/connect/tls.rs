//! TLS as the settings want it. In: settings, and files that they name. Out: a configuration for a server. Which certificates are taken is in `verifier`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use x509_cert::der::{Decode, Encode};

use super::error::ConnectError;
use super::settings::Settings;
use super::surroundings::Surroundings;
use super::target::Mode;
use super::verifier::{Trust, Verifier};

/// Files and limits that hold for all servers of a connection.
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    roots: Option<Vec<CertificateDer<'static>>>,
    revoked: Vec<CertificateRevocationListDer<'static>>,
    key: Option<Arc<CertifiedKey>>,
    versions: Vec<&'static rustls::SupportedProtocolVersion>,
    names_the_server: bool,
    checks_name: bool,
}

impl Tls {
    /// Reads what a mode needs; nothing is read where there is no TLS.
    pub(super) fn read(settings: &Settings, around: &Surroundings, mode: Mode) -> Result<Option<Tls>, ConnectError> {
        if mode == Mode::Disable {
            return Ok(None);
        }
        let provider = Arc::new(ring::default_provider());
        let roots = roots(settings, around, mode)?;
        let revoked = if roots.is_some() { revoked(settings, around)? } else { Vec::new() };
        let key = client_key(settings, around, &provider)?.map(Arc::new);
        let versions = versions(settings)?;
        let (names_the_server, checks_name) = (settings.value("sslsni") != Some("0"), mode == Mode::VerifyFull);
        Ok(Some(Tls { provider, roots, revoked, key, versions, names_the_server, checks_name }))
    }

    /// The configuration for one server.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        let trust = match &self.roots {
            None => Trust::Anybody,
            Some(roots) => Trust::signed_by(roots, &self.revoked, &self.provider, self.checks_name)?,
        };
        let builder = ClientConfig::builder_with_provider(self.provider.clone());
        let builder = builder.with_protocol_versions(&self.versions).map_err(|error| error.to_string())?;
        let verifier = Arc::new(Verifier { trust, algorithms: self.provider.signature_verification_algorithms });
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        let mut config = match &self.key {
            Some(key) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(key.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = self.names_the_server;
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(config)
    }
}

fn versions(settings: &Settings) -> Result<Vec<&'static rustls::SupportedProtocolVersion>, ConnectError> {
    let least = settings.value("ssl_min_protocol_version").map(str::to_lowercase);
    let most = settings.value("ssl_max_protocol_version").map(str::to_lowercase);
    let mut versions = Vec::new();
    if least.as_deref() != Some("tlsv1.3") {
        versions.push(&TLS12);
    }
    if most.as_deref() != Some("tlsv1.2") {
        versions.push(&TLS13);
    }
    if versions.is_empty() {
        return Err(settings.wrong("ssl_min_protocol_version", "is above `ssl_max_protocol_version`"));
    }
    Ok(versions)
}

/// The certificates of which one has to have signed the server's; `None` where any is taken. As libpq, a file that is there is used in every mode.
fn roots(settings: &Settings, around: &Surroundings, mode: Mode) -> Result<Option<Vec<CertificateDer<'static>>>, ConnectError> {
    const WHAT: &str = "the file of root certificates";
    let named = settings.value("sslrootcert");
    if named == Some("system") {
        let found = rustls_native_certs::load_native_certs();
        return match found.certs.is_empty() {
            true => Err(settings.wrong("sslrootcert", "is `system`, and the system has no root certificates")),
            false => Ok(Some(found.certs)),
        };
    }
    let Some(path) = named.map(PathBuf::from).or_else(|| around.in_settings("root.crt")) else {
        return match mode {
            Mode::VerifyCa | Mode::VerifyFull => Err(settings.wrong("sslrootcert", "is not said, and there is no home folder")),
            _ => Ok(None),
        };
    };
    if !path.exists() {
        // Who names a file wants it to be looked at; libpq would go on without, in the modes that do not verify.
        if named.is_some() || mode >= Mode::VerifyCa {
            let reason = "it does not exist; name another with `sslrootcert`, or `sslrootcert=system` for the system's, or a weaker `sslmode`";
            return Err(ConnectError::file(WHAT, &path, &reason));
        }
        return Ok(None);
    }
    certificates(WHAT, &path).map(Some)
}

fn certificates(what: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let wrong = |reason: &dyn std::fmt::Display| ConnectError::file(what, path, reason);
    let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(wrong(&"there is no certificate in it: a line `-----BEGIN CERTIFICATE-----`, and what follows")),
    }
}

fn revoked(settings: &Settings, around: &Surroundings) -> Result<Vec<CertificateRevocationListDer<'static>>, ConnectError> {
    let named = settings.value("sslcrl").map(PathBuf::from);
    let Some(path) = named.clone().or_else(|| around.in_settings("root.crl").filter(|path| path.exists())) else {
        return Ok(Vec::new());
    };
    let wrong = |reason: &dyn std::fmt::Display| ConnectError::file("the file of revoked certificates", &path, reason);
    let bytes = std::fs::read(&path).map_err(|error| wrong(&error))?;
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(wrong(&"there is no list in it: a line `-----BEGIN X509 CRL-----`, and what follows")),
    }
}

/// The certificate that is shown to a server which asks for one.
fn client_key(
    settings: &Settings,
    around: &Surroundings,
    provider: &CryptoProvider,
) -> Result<Option<CertifiedKey>, ConnectError> {
    let certificate = settings.value("sslcert").map(PathBuf::from).or_else(|| around.in_settings("postgresql.crt"));
    let Some(certificate) = certificate.filter(|path| path.exists() && settings.value("sslcertmode") != Some("disable")) else {
        // As libpq: the server may do without.
        return Ok(None);
    };
    const WHAT: &str = "the key of the client's certificate";
    if settings.value("sslkey").is_some_and(|key| !key.starts_with('/') && key.contains(':')) {
        return Err(settings.wrong("sslkey", "names a key in a device, and rowgate reads keys from files only"));
    }
    let chain = certificates("the client's certificate", &certificate)?;
    let key = settings.value("sslkey").map(PathBuf::from).or_else(|| around.in_settings("postgresql.key")).unwrap_or_default();
    let wrong = |reason: &dyn std::fmt::Display| ConnectError::file(WHAT, &key, reason);
    let metadata = std::fs::metadata(&key).map_err(|error| wrong(&error))?;
    if is_open(&metadata) {
        return Err(wrong(&"others can read it; `chmod 600` it"));
    }
    let bytes = std::fs::read(&key).map_err(|error| wrong(&error))?;
    if String::from_utf8_lossy(&bytes).contains("ENCRYPTED") {
        return Err(wrong(
            &"it has a passphrase, and rowgate reads keys without one only; `openssl pkey -in KEY -out NEW` writes one",
        ));
    }
    let private = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| wrong(&"there is no private key in it"))?;
    let private = provider.key_provider.load_private_key(private).map_err(|error| wrong(&error))?;
    let own = private.public_key().map(|public| public.as_ref().to_vec());
    if own.is_some() && chain.first().and_then(|first| public_key(first)) != own {
        return Err(wrong(&format!("it is not that of `{}`", certificate.display())));
    }
    // Its check of the certificate's form is left out: old forms are what many authorities of a company's own write.
    Ok(Some(CertifiedKey::new(chain, private)))
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    x509_cert::Certificate::from_der(certificate).ok()?.tbs_certificate.subject_public_key_info.to_der().ok()
}

/// Whether others can read a key: the group may where it is the system's.
#[cfg(unix)]
fn is_open(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Metadata) -> bool {
    false
}
