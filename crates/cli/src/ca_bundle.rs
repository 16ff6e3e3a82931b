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
    // The reader passes over sections of other kinds, and over ones whose first line is broken.
    let (mut begins, mut ends) = (0, 0);
    for (number, line) in (1..).zip(pem.split(|&b| b == b'\n' || b == b'\r')) {
        match line.trim_ascii_end() {
            b"-----BEGIN CERTIFICATE-----" => begins += 1,
            b"-----END CERTIFICATE-----" => ends += 1,
            line if is_marker(line) => return Err(format!("line {number} is not a certificate's")),
            _ => {}
        }
    }
    match roots.len() {
        0 if begins + ends == 0 => Err("no certificate in it".to_owned()),
        found if found == begins && found == ends => Ok(roots),
        found => Err(format!("{begins} certificates begin, {ends} end, {found} parse")),
    }
}

/// Whether a line begins or ends a section, or looks as if it were meant to.
fn is_marker(line: &[u8]) -> bool {
    let has = |text: &[u8]| line.windows(text.len()).any(|window| window == text);
    has(b"-----BEGIN") || has(b"-----END") || (has(b"----") && has(b"CERTIFICATE"))
}

const MAX_SIZE: u64 = 16 * 1024 * 1024;
