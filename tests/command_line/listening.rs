//! `knock serve` for callers from elsewhere.

use super::*;
use crate::pem::pem;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A process that is killed in the end.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Certificates and keys of all kinds, in the folder of a desk.
struct Files<'d> {
    desk: &'d Desk,
}

impl Files<'_> {
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.desk.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        path
    }

    /// A certificate that is valid until that year, and its key.
    fn pair(&self, name: &str, until: i32) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let mut wanted = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        wanted.not_after = date_time_ymd(until, 1, 1);
        let certificate = wanted.self_signed(&key).unwrap();
        self.write(&format!("{name}.crt"), pem("CERTIFICATE", certificate.der()));
        self.write(&format!("{name}.key"), pem("PRIVATE KEY", &key.serialize_der()));
        self.write(&format!("{name}.der"), certificate.der());
        certificate.der().clone()
    }

    fn serve(&self, config: &str, certificate: &str, key: &str) -> Command {
        let mut serve = self
            .desk
            .command(&["serve", "--config", config, "--addr", "127.0.0.1:0"]);
        serve.args(["--json", "--tls-cert", certificate, "--tls-key", key]);
        serve.env_remove("KNOCK_SERVE_TOKEN");
        serve
    }

    /// What is said when it does not start.
    fn refused(&self, certificate: &str, key: &str) -> String {
        // It would end for want of a configuration if these were taken.
        let output = Desk::output(&mut self.serve("gone.toml", certificate, key));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        text(&output.stderr)
    }

    /// The process, and what it says when it starts.
    fn started(&self, certificate: &str, key: &str) -> (Serving, Value) {
        let mut serve = self.serve("knock.toml", certificate, key);
        let mut serving = Serving(serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut line = String::new();
        let mut said = BufReader::new(serving.0.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        (serving, serde_json::from_str(&line).unwrap())
    }
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn token_that_can_be_guessed_is_refused_with_a_way_to_make_one() {
    let desk = Desk::new(&[]);
    for addr in ["127.0.0.1:0", "0.0.0.0:0"] {
        for token in ["x", "fifteen-letters"] {
            // It would end for want of a configuration if the token were taken.
            let mut serve = desk.command(&["serve", "--config", "gone.toml", "--addr", addr]);
            let output = Desk::output(serve.env("KNOCK_SERVE_TOKEN", token));
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            let said = text(&output.stderr);
            assert!(
                said.contains("at least 16") && said.contains("openssl rand -hex 32"),
                "{said}"
            );
            assert!(!said.contains("fifteen-letters"), "{said}");
        }
    }
}

#[test]
fn program_serves_https_with_a_certificate_and_its_key() {
    let desk = Desk::new(&[]);
    let files = Files { desk: &desk };
    let certificate = files.pair("good", 2100);
    let (_serving, said) = files.started("good.crt", "good.key");
    assert_eq!(said["warnings"], json!([]));
    let address = said["address"].as_str().unwrap().strip_prefix("https://").unwrap();

    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address).unwrap());
    let request = "GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn certificate_whose_time_is_over_is_warned_about() {
    let desk = Desk::new(&[]);
    let files = Files { desk: &desk };
    files.pair("old", 2001);
    let (_serving, said) = files.started("old.crt", "old.key");
    let warning = said["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("`old.crt` has expired on 2001-01-01T00:00:00Z") && warning.contains("renew it"),
        "{warning}"
    );
}

#[test]
fn key_that_every_user_may_read_is_refused_until_it_is_closed() {
    let desk = Desk::new(&[]);
    let files = Files { desk: &desk };
    files.pair("good", 2100);
    let key = desk.folder.path().join("good.key");
    set_mode(&key, 0o644);
    let said = files.refused("good.crt", "good.key");
    assert!(
        said.contains("mode 644") && said.contains("`chmod o= good.key`"),
        "{said}"
    );
    let mended = Command::new("chmod").arg("o=").arg(&key).status().unwrap();
    assert!(mended.success());
    let (_serving, said) = files.started("good.crt", "good.key");
    assert!(said["address"].as_str().unwrap().starts_with("https://"));
}

#[test]
fn files_that_are_no_certificate_and_key_are_named_with_what_to_do() {
    let desk = Desk::new(&[]);
    let files = Files { desk: &desk };
    files.pair("good", 2100);
    files.pair("other", 2100);
    files.write("empty.pem", "");
    files.write(
        "broken.crt",
        "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n",
    );
    files.write("cut.crt", "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n");
    files.write(
        "broken.key",
        "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n",
    );
    files.write(
        "locked.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nbm8ga2V5\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    std::fs::create_dir(desk.folder.path().join("folder")).unwrap();
    for (certificate, key, expected) in [
        ("gone.crt", "good.key", ["cannot read `gone.crt`", "give a file in PEM"]),
        ("good.crt", "gone.key", ["cannot read `gone.key`", "give a file in PEM"]),
        ("folder", "good.key", ["cannot read `folder`", "give a file in PEM"]),
        (
            "empty.pem",
            "good.key",
            ["`empty.pem` is not a certificate", "BEGIN CERTIFICATE"],
        ),
        (
            "cut.crt",
            "good.key",
            ["`cut.crt` is not a certificate", "BEGIN CERTIFICATE"],
        ),
        (
            "broken.crt",
            "good.key",
            ["`broken.crt` is not a certificate", "BEGIN CERTIFICATE"],
        ),
        (
            "good.der",
            "good.key",
            ["`good.der` is not a certificate", "openssl x509 -inform der"],
        ),
        (
            "good.key",
            "good.key",
            ["`good.key` is not a certificate", "this is a private key"],
        ),
        (
            "good.crt",
            "good.crt",
            ["`good.crt` is not a private key", "this is a certificate"],
        ),
        (
            "good.crt",
            "empty.pem",
            ["`empty.pem` is not a private key", "BEGIN PRIVATE KEY"],
        ),
        (
            "good.crt",
            "broken.key",
            ["`broken.key` is not a private key", "BEGIN PRIVATE KEY"],
        ),
        (
            "good.crt",
            "locked.key",
            ["`locked.key` is not a private key", "openssl pkey"],
        ),
        (
            "good.crt",
            "other.key",
            [
                "`other.key` does not belong to the certificate `good.crt`",
                "issued together",
            ],
        ),
    ] {
        let said = files.refused(certificate, key);
        for expected in expected {
            assert!(said.contains(expected), "{certificate}, {key}: {said}");
        }
    }
    let mut alone = desk.command(&["serve", "--config", "knock.toml", "--tls-cert", "good.crt"]);
    let output = Desk::output(&mut alone);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("--tls-key"), "{output:?}");
}
