//! A PEM file of trusted root certificates, read strictly: what does not parse is an error, since
//! trusting less than was asked for fails later and elsewhere.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use kendra_sync_hyper::rustls::RootCertStore;
use kendra_sync_hyper::rustls::pki_types::CertificateDer;
use kendra_sync_hyper::rustls::pki_types::pem::PemObject;

use crate::failure::Failure;

/// Reads `file`, which `named_by` (a flag or a variable) names.
pub(crate) fn read(file: &Path, named_by: &str) -> Result<RootCertStore, Failure> {
    let problem = |reason: &dyn fmt::Display| {
        Failure::configuration(format!("{named_by}: {}: {reason}", file.display()))
    };
    let mut pem = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut pem));
    opened.map_err(|error| problem(&error))?;
    if pem.len() as u64 > MAX_SIZE {
        return Err(problem(&"larger than 16 MiB, which no CA bundle is"));
    }
    parse(&pem).map_err(|reason| problem(&reason))
}

fn parse(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
        let certificate =
            certificate.map_err(|_| format!("certificate {number} is not valid PEM"))?;
        let added = roots.add(certificate);
        added.map_err(|_| format!("certificate {number} is not a valid X.509 certificate"))?;
    }
    // The reader passes over sections of other kinds, and over ones with a broken first line.
    let sections =
        pem.split(|&b| b == b'\n').filter(|line| line.starts_with(b"-----BEGIN")).count();
    match roots.len() {
        found if found < sections => {
            Err(format!("only {found} of {sections} PEM sections are certificates that parse"))
        }
        0 => Err("no certificate in it".to_owned()),
        _ => Ok(roots),
    }
}

const MAX_SIZE: u64 = 16 * 1024 * 1024;
