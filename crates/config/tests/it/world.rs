//! An environment and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kendra_sync_config::{Environment, Settings, SettingsBuilder};

pub(crate) const CONFIG: &str = "/home/me/.aws/config";
pub(crate) const CREDENTIALS: &str = "/home/me/.aws/credentials";

/// Variables and files, and which of these were asked for. The home directory is set.
#[derive(Clone, Default)]
pub(crate) struct World {
    variables: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::default().with("HOME", "/home/me")
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.insert(variable.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.into(), content.as_ref().to_vec());
        self
    }

    /// The builder, with nothing given.
    pub(crate) fn builder(&self) -> SettingsBuilder {
        let (files, asked) = (self.files.clone(), Arc::clone(&self.asked));
        let read = move |path: &Path| {
            asked.lock().unwrap().push(path.display().to_string());
            files.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
        };
        Settings::builder().environment(self.environment()).files(read)
    }

    pub(crate) fn load(&self) -> Settings {
        self.builder().load().unwrap()
    }

    pub(crate) fn error(&self) -> String {
        self.builder().load().unwrap_err().to_string()
    }

    /// The files that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn environment(&self) -> Environment {
        self.variables.iter().collect()
    }
}
