//! The recorded exchanges, as a value and as a file.

use std::fmt;
use std::path::Path;

use crate::error::CassetteError;
use crate::exchange::Exchange;
use crate::file::CassetteFile;
use crate::read;
use crate::write;

/// Recorded exchanges, in the order in which they were begun.
///
/// As text it is an HTTP archive, [HAR 1.2], made to be read, edited and compared by hand: one
/// exchange a stretch of lines, in a fixed order of fields. What is not HAR's own stands in fields that
/// begin with `_`, as HAR allows: `log._format`, and an entry's `_attempt`, `_delivery`, `_error` and
/// `_repeat`.
///
/// [HAR 1.2]: http://www.softwareishard.com/blog/har-12-spec/
///
/// # Examples
///
/// ```
/// use kendra_sync_replay::Cassette;
///
/// let text = r#"{"log": {"version": "1.2", "_format": 1, "entries": [{
///     "request": {"method": "POST", "headers": [], "postData": {"text": "{\"Id\":\"wiki\"}"}},
///     "_delivery": "maybe-sent", "_error": {"kind": "Timeout"}
/// }]}}"#;
/// let cassette = Cassette::parse(text)?;
/// assert_eq!(cassette.exchanges().len(), 1);
/// # Ok::<(), kendra_sync_replay::CassetteError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cassette {
    exchanges: Vec<Exchange>,
}

impl Cassette {
    /// A cassette without exchanges.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file of at most [`Cassette::MAX_SIZE`].
    ///
    /// # Errors
    ///
    /// [`CassetteError`] says that there is no such file, or why it cannot be read; where it is damaged,
    /// the line, the column and what was expected there.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let path = path.as_ref();
        let bytes = CassetteFile::read(path).map_err(|error| error.at(path))?;
        Self::parse(bytes).map_err(|error| error.at(path))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] with the line, the column and what was expected there.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, CassetteError> {
        Ok(Self { exchanges: read::exchanges(text.as_ref())? })
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] says why it cannot be written: another recording is being made into it, it
    /// would be too large to be read again, or what the operating system says.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), CassetteError> {
        let path = path.as_ref();
        let write = || CassetteFile::claim(path)?.replace(&self.to_string());
        write().map_err(|error: CassetteError| error.at(path))
    }

    /// What was recorded.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub(crate) fn into_exchanges(self) -> Vec<Exchange> {
        self.exchanges
    }

    /// Adds an exchange at the end.
    pub fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }

    /// The largest file that is read or written, 64 MiB.
    pub const MAX_SIZE: usize = 64 * 1024 * 1024;
}

impl FromIterator<Exchange> for Cassette {
    fn from_iter<I: IntoIterator<Item = Exchange>>(exchanges: I) -> Self {
        Self { exchanges: exchanges.into_iter().collect() }
    }
}

/// The text of the file.
impl fmt::Display for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: Vec<String> = self.exchanges.iter().map(write::entry).collect();
        f.write_str(&write::log(&entries))
    }
}
