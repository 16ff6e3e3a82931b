//! Why a cassette cannot be read or written.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a cassette cannot be read or written. It never repeats what stands in the file.
#[derive(Clone)]
pub struct CassetteError(Arc<Inner>);

struct Inner {
    kind: CassetteErrorKind,
    path: Option<PathBuf>,
    source: Option<io::Error>,
}

/// What is wrong with a cassette.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CassetteErrorKind {
    /// The text is not a cassette from here on. Mend it there, or record it again.
    Damaged {
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 where it is the end of the line before.
        column: usize,
        /// What was expected there.
        expected: String,
    },
    /// The operating system says no; see `source()`.
    Io,
    /// There is no such file. Record it.
    Missing,
    /// Another recording is being made into the file. Wait for its end, or take another file.
    Locked,
    /// It is not a file: a directory, a pipe, a device. Name a file.
    NotAFile,
    /// It is larger than [`Cassette::MAX_SIZE`](crate::Cassette::MAX_SIZE). Record less.
    TooLarge,
}

impl CassetteError {
    pub(crate) fn new(kind: CassetteErrorKind) -> Self {
        Self(Arc::new(Inner { kind, path: None, source: None }))
    }

    pub(crate) fn damaged(line: usize, column: usize, expected: impl Into<String>) -> Self {
        Self::new(CassetteErrorKind::Damaged { line, column, expected: expected.into() })
    }

    /// Names the file.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.path = Some(path.to_owned());
        }
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &CassetteErrorKind {
        &self.0.kind
    }
}

impl From<io::Error> for CassetteError {
    fn from(error: io::Error) -> Self {
        let kind = CassetteErrorKind::Io;
        Self(Arc::new(Inner { kind, path: None, source: Some(error) }))
    }
}

impl fmt::Debug for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CassetteError")
            .field("kind", &self.0.kind)
            .field("path", &self.0.path)
            .field("source", &self.0.source)
            .finish()
    }
}

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.path {
            Some(path) => write!(f, "cassette {}: ", path.display())?,
            None => f.write_str("cassette: ")?,
        }
        match &self.0.kind {
            CassetteErrorKind::Damaged { line, column, expected } => {
                write!(f, "line {line}, column {column}: {expected}")
            }
            CassetteErrorKind::Io => f.write_str("cannot be read or written"),
            CassetteErrorKind::Missing => f.write_str("there is no such file"),
            CassetteErrorKind::Locked => f.write_str("another recording is being made into it"),
            CassetteErrorKind::NotAFile => f.write_str("must be a file"),
            CassetteErrorKind::TooLarge => f.write_str("must be at most 64 MiB"),
        }
    }
}

impl StdError for CassetteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
