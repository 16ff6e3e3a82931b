//! The same over TLS: a thread for each connection, a certificate for each run.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::answer::{Answer, Unanswered};

/// A configuration with a certificate for `127.0.0.1`, whose authority's is written to `file`.
pub(crate) fn config(file: &Path) -> Result<Arc<ServerConfig>, Box<dyn Error>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "kendra-sync benches");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    std::fs::write(file, params.self_signed(&key)?.pem())?;
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate()?;
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], key)?;
    Ok(Arc::new(config))
}

pub(crate) fn serve(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<()> {
    for stream in listener.incoming() {
        let (stream, config) = (stream?, Arc::clone(&config));
        // What goes wrong with a connection is its client's affair.
        thread::spawn(|| answer(stream, config));
    }
    Ok(())
}

fn answer(stream: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let (mut unanswered, mut answer, mut bytes) = (Unanswered::default(), Answer::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut bytes)?;
        if read == 0 {
            return Ok(());
        }
        unanswered.push(bytes.get(..read).unwrap_or_default());
        while unanswered.take() {
            stream.write_all(answer.bytes())?;
            stream.flush()?;
        }
    }
}
