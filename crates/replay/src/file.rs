//! The file of a cassette: read within bounds, written whole or not at all, by one recording at a time.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cassette::Cassette;
use crate::error::{CassetteError, CassetteErrorKind};

/// A file that this recording alone may write, as long as this value lives.
///
/// The lock is on a file beside it: the cassette itself is another file after each write.
#[derive(Debug)]
pub(crate) struct CassetteFile {
    path: PathBuf,
    directory: PathBuf,
    partial: PathBuf,
    lock_path: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl CassetteFile {
    /// Reads a file that is not larger than allowed.
    pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CassetteError> {
        // A pipe would be waited for, a device has no end.
        match fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(CassetteError::new(CassetteErrorKind::NotAFile)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(CassetteError::new(CassetteErrorKind::Missing));
            }
            Err(error) => return Err(error.into()),
        }
        let mut bytes = Vec::new();
        let limit = Cassette::MAX_SIZE as u64 + 1;
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Makes sure that nobody else is recording into `path`, and that it can be written beside.
    pub(crate) fn claim(path: &Path) -> Result<Self, CassetteError> {
        let path = resolved(path)?;
        let not_a_file = || CassetteError::new(CassetteErrorKind::NotAFile);
        let name = path.file_name().ok_or_else(not_a_file)?;
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let beside = |ending: &str| {
            let mut beside = OsString::from(".");
            beside.push(name);
            beside.push(ending);
            directory.join(beside)
        };
        let (partial, lock_path) = (beside(".partial"), beside(".lock"));
        let lock = locked(&lock_path)?;
        Ok(Self { partial, lock_path, directory, path, _lock: lock })
    }

    /// Puts `text` in the file's place.
    pub(crate) fn replace(&self, text: &str) -> Result<(), CassetteError> {
        if text.len() > Cassette::MAX_SIZE {
            return Err(CassetteError::new(CassetteErrorKind::TooLarge));
        }
        let replaced =
            self.write_partial(text).and_then(|()| fs::rename(&self.partial, &self.path));
        if let Err(error) = replaced {
            // A full disk should not also keep half a file.
            let _ = fs::remove_file(&self.partial);
            return Err(error.into());
        }
        // The new name is made to last where that can be asked for.
        if let Ok(directory) = File::open(&self.directory) {
            let _ = directory.sync_all();
        }
        Ok(())
    }

    fn write_partial(&self, text: &str) -> io::Result<()> {
        // Left behind by a recording that was killed. Never written through: it may be a link.
        match fs::remove_file(&self.partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut partial = File::create_new(&self.partial)?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            partial.set_permissions(replaced.permissions())?;
        }
        partial.write_all(text.as_bytes())?;
        partial.sync_all()
    }
}

impl Drop for CassetteFile {
    fn drop(&mut self) {
        // Before the lock is given up: who waits for it sees that the file is gone, and makes a new one.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.lock_path);
        }
    }
}

/// What is written instead of a link, if it is one; only files are replaced.
fn resolved(path: &Path) -> Result<PathBuf, CassetteError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(CassetteError::new(CassetteErrorKind::NotAFile)),
        Ok(_) => Ok(fs::canonicalize(path)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// The lock file, locked, and still the one that the path names.
fn locked(path: &Path) -> Result<File, CassetteError> {
    loop {
        let lock = File::options().create(true).truncate(false).write(true).open(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(CassetteError::new(CassetteErrorKind::Locked));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        if is_at(&lock, path)? {
            return Ok(lock);
        }
    }
}

/// Whether `path` names `file`, and not another one that was made in the meantime.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let here = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((here.dev(), here.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Lock files stay where they cannot be removed while they are open.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}
