//! A PEM file of trusted root certificates, read strictly: what does not parse is an error, since
//! trusting less than was asked for fails later and elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{SettingsError, SettingsErrorKind};
use crate::lookup::place;
use crate::setting::Setting;
use crate::shared::{MAX_FILE, ReadFile};

/// A file of root certificates, which are trusted instead of the platform's.
#[derive(Clone)]
pub struct CaBundle {
    path: PathBuf,
    roots: RootCertStore,
}

impl CaBundle {
    /// Reads the file that `named` names.
    pub(crate) fn read(
        named: Setting<PathBuf>,
        read: &ReadFile,
    ) -> Result<Setting<Self>, SettingsError> {
        let problem = |reason: &dyn fmt::Display| {
            let (place, path) = (place(named.source(), "ca_bundle"), named.value().display());
            let message = format!("{place}: {path}: {reason}");
            SettingsError::new(SettingsErrorKind::File, message)
        };
        let pem = read(named.value()).map_err(|error| problem(&error))?;
        if pem.len() > MAX_FILE {
            return Err(problem(&"larger than 16 MiB, which no CA bundle is"));
        }
        let roots = parse(&pem).map_err(|reason| problem(&reason))?;
        Ok(named.map(|path| Self { path, roots }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its certificates, for a transport's `roots`.
    pub fn roots(&self) -> &RootCertStore {
        &self.roots
    }
}

/// Shows the path and how many certificates there are.
impl fmt::Debug for CaBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaBundle")
            .field("path", &self.path)
            .field("roots", &self.roots.len())
            .finish()
    }
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
