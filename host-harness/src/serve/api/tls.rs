//! TLS for callers: the certificate and the key that the operator names.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, CertificateError, RootCertStore, ServerConfig};
use tokio_rustls::{Accept, TlsAcceptor};

/// The largest file that is read. A chain of certificates has a few kilobytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// A certificate and its key, ready to be used. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    outdated: Option<String>,
}

/// Why a certificate and a key cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}; give a file in PEM format that this user may read", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Users who have nothing to do with it can read the key, or change it.
    #[error(
        "the private key `{path}` is open to every user of this machine (mode {mode:03o}): close it with `chmod o= {path}`",
        path = .path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// There is no certificate in the file, or none that can be read.
    #[error(
        "`{path}` is not a certificate in PEM format{reason}: give the file with the server's certificate first, from \
         `-----BEGIN CERTIFICATE-----` on, and those of its issuers behind it{hint}",
        path = .path.display()
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where that is known.
        reason: String,
        /// What may help, where that is known.
        hint: &'static str,
    },
    /// There is no private key in the file, or none that can be read.
    #[error(
        "`{path}` is not a private key in PEM format{reason}: give the file from `-----BEGIN PRIVATE KEY-----` on{hint}",
        path = .path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, where that is known.
        reason: String,
        /// What may help, where that is known.
        hint: &'static str,
    },
    /// The key is another certificate's.
    #[error(
        "the private key `{key}` does not belong to the certificate `{certificate}`: give the two that were issued \
         together, and in the certificate's file the server's own one first",
        key = .key.display(),
        certificate = .certificate.display()
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// Whatever else there is.
    #[error("cannot set up TLS: {0}")]
    Other(rustls::Error),
}

impl Tls {
    /// Reads a certificate, with its chain, and its private key.
    ///
    /// # Errors
    /// When they cannot be read, are not what they should be, do not belong together, or when every user of the machine
    /// may read the key.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let chain = read_chain(certificate)?;
        let outdated = outdated(&provider, certificate, &chain);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Other)?
            .with_no_client_auth()
            .with_single_cert(chain, read_key(key)?);
        let mut config = config.map_err(|error| unusable(error, certificate, key))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            outdated,
        })
    }

    /// Why callers will not trust the certificate today, as far as its dates go. It is no error: what has been taken in
    /// has to be carried out all the same, and the clock may be wrong.
    pub fn outdated(&self) -> Option<&str> {
        self.outdated.as_deref()
    }

    /// Greets a caller.
    pub(super) fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Accept<S> {
        self.acceptor.accept(stream)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path, open(path)?)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let reason = match chain {
        Ok(chain) if !chain.is_empty() => return Ok(chain),
        Ok(_) => String::new(),
        Err(error) => format!(" ({error})"),
    };
    Err(TlsError::NoCertificate {
        path: path.to_owned(),
        reason,
        hint: match () {
            () if PrivateKeyDer::from_pem_slice(&pem).is_ok() => "; this is a private key",
            () if is_der(&pem) => "; `openssl x509 -inform der -in FILE` turns DER into PEM",
            () => "",
        },
    })
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let file = open(path)?;
    refuse_open_to_others(path, &file)?;
    let pem = read(path, file)?;
    let error = match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    let is_encrypted = String::from_utf8_lossy(&pem).contains("ENCRYPTED");
    Err(TlsError::NoKey {
        path: path.to_owned(),
        reason: format!(" ({error})"),
        hint: match () {
            () if is_encrypted => "; this one has a passphrase, which `openssl pkey -in FILE -out NEW` takes away",
            () if CertificateDer::from_pem_slice(&pem).is_ok() => "; this is a certificate",
            () if is_der(&pem) => "; `openssl pkey -inform der -in FILE` turns DER into PEM",
            () => "",
        },
    })
}

fn open(path: &Path) -> Result<File, TlsError> {
    File::open(path).map_err(|source| unreadable(path, source))
}

fn read(path: &Path, file: File) -> Result<Vec<u8>, TlsError> {
    let mut read = Vec::new();
    let mut file = file.take(FILE_LIMIT);
    file.read_to_end(&mut read).map_err(|source| unreadable(path, source))?;
    Ok(read)
}

fn unreadable(path: &Path, source: io::Error) -> TlsError {
    TlsError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Refuses a key that every user may read or replace. Those of its group may read it: so do hosts share certificates.
#[cfg(unix)]
fn refuse_open_to_others(path: &Path, file: &File) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;

    // Of the file that is open: that of the name may be another one by now.
    let metadata = file.metadata().map_err(|source| unreadable(path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o007 == 0 {
        return Ok(());
    }
    Err(TlsError::OpenToOthers {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path, _: &File) -> Result<(), TlsError> {
    Ok(())
}

/// A file in DER format begins with a sequence of a length in two bytes.
fn is_der(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x30, 0x82])
}

fn unusable(error: rustls::Error, certificate: &Path, key: &Path) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        },
        rustls::Error::InvalidCertificate(error) => TlsError::NoCertificate {
            path: certificate.to_owned(),
            reason: format!(" ({error})"),
            hint: "",
        },
        rustls::Error::General(reason) => TlsError::NoKey {
            path: key.to_owned(),
            reason: format!(" ({reason})"),
            hint: "; keys are of RSA with 2048 to 8192 bits, of P-256, P-384 or Ed25519",
        },
        error => TlsError::Other(error),
    }
}

/// Says of a certificate that its time is over or has not come.
///
/// A server does not look at its own dates. So it is judged as a client does, whose first look at a certificate is at
/// them. What it finds wrong after that is not said: that the issuer is one of the operator's own, for one.
fn outdated(provider: &Arc<CryptoProvider>, path: &Path, chain: &[CertificateDer<'_>]) -> Option<String> {
    let (certificate, issuers) = chain.split_first()?;
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().take(1).cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let name = ServerName::try_from("localhost").ok()?;
    let judged = verifier
        .build()
        .ok()?
        .verify_server_cert(certificate, issuers, &name, &[], UnixTime::now());
    let path = path.display();
    let renew = "callers that check it will not connect; renew it and start again";
    match judged {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => Some(format!(
            "the certificate `{path}` has expired on {}: {renew}",
            date(not_after)
        )),
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
            Some(format!(
                "the certificate `{path}` is not valid before {}: check the clock of this machine",
                date(not_before)
            ))
        }
        _ => None,
    }
}

fn date(time: UnixTime) -> String {
    let date = DateTime::<Utc>::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    date.to_rfc3339_opts(SecondsFormat::Secs, true)
}
