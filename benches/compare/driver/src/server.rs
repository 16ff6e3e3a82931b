//! The stub server, as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::Failure;
use crate::process::Cores;

/// The server while it runs, and whom its clients trust.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Closed, it ends the server, whatever becomes of this process.
    stdin: Option<ChildStdin>,
    pub(crate) http: String,
    pub(crate) https: String,
    trust: Vec<(&'static str, PathBuf)>,
}

impl Server {
    /// Starts it on the first core.
    pub(crate) fn start(cores: &Cores) -> Result<Self, Failure> {
        let authority = std::path::absolute("target/authority.pem")?;
        cores.take_first()?;
        let mut process = Command::new("target/release/compare-stub")
            .arg(&authority)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut line = || lines.next().ok_or("the server ended")?.map_err(Failure::from);
        let (http, https) = (line()?, line()?);
        line()?;
        let stdin = process.stdin.take();
        Ok(Self {
            process,
            stdin,
            http: format!("http://127.0.0.1:{http}"),
            https: format!("https://127.0.0.1:{https}"),
            trust: with_platform(&authority)?,
        })
    }

    /// The environment of a client: nothing but the roots.
    pub(crate) fn prepare<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env_clear().envs(self.trust.iter().map(|(name, path)| (name, path)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // Nothing depends on how it ended.
        let _ = self.process.wait();
    }
}

/// What `SSL_CERT_FILE` and `SSL_CERT_DIR` must be for the platform's roots, all that
/// rustls-native-certs finds without them, and the server's authority.
fn with_platform(authority: &PathBuf) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let found = openssl_probe::probe();
    let file = found.cert_file.ok_or("the platform has no file of trusted root certificates")?;
    let mut roots = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    roots.extend(std::fs::read(authority)?);
    let bundle = std::path::absolute("target/roots.pem")?;
    std::fs::write(&bundle, roots)?;
    let directories = std::env::join_paths(&found.cert_dir)?;
    let mut trust = vec![("SSL_CERT_FILE", bundle)];
    if !directories.is_empty() {
        trust.push(("SSL_CERT_DIR", directories.into()));
    }
    Ok(trust)
}
