//! Everything that is logged in a process, by `log` or `tracing`, at any level: for a case that is alone in
//! one.

use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

use crate::subject::BoxError;

static KEEPING: AtomicBool = AtomicBool::new(false);

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The module that logs, as a rule.
    pub(crate) target: String,
    pub(crate) text: String,
}

/// From here on everything that is logged is kept; what was kept before is dropped.
///
/// # Errors
///
/// There is a logger or a subscriber already.
pub(crate) fn keep() -> Result<(), BoxError> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clear();
    if KEEPING.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    log::set_logger(&Keeper)?;
    log::set_max_level(log::LevelFilter::Trace);
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_level(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(Keeper)
        .finish();
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(())
}

/// What has been logged.
pub(crate) fn kept() -> Vec<Line> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn add(target: &str, text: String) {
    let line = Line { target: target.to_owned(), text };
    LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

#[derive(Clone, Copy, Debug)]
struct Keeper;

impl log::Log for Keeper {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut text = String::new();
        let _ = write!(text, "{}", record.args());
        add(record.target(), text);
    }

    fn flush(&self) {}
}

impl<'a> MakeWriter<'a> for Keeper {
    type Writer = Targeted;

    fn make_writer(&'a self) -> Targeted {
        Targeted(String::new())
    }

    fn make_writer_for(&'a self, metadata: &tracing::Metadata<'_>) -> Targeted {
        Targeted(metadata.target().to_owned())
    }
}

/// Keeps what is written as lines of one target.
#[derive(Debug)]
struct Targeted(String);

impl io::Write for Targeted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        add(&self.0, String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use log::Log as _;

    use super::*;

    #[test]
    fn what_is_logged_either_way_is_kept_with_its_target() {
        let metadata = log::Metadata::builder().level(log::Level::Trace).target("by::log").build();
        assert!(Keeper.enabled(&metadata));
        let record = log::Record::builder().metadata(metadata).args(format_args!("one")).build();
        Keeper.log(&record);
        Targeted("by::tracing".to_owned()).write_all(b"two").unwrap();
        let kept: Vec<_> = kept().into_iter().map(|line| (line.target, line.text)).collect();
        for line in [("by::log", "one"), ("by::tracing", "two")] {
            assert!(kept.contains(&(line.0.to_owned(), line.1.to_owned())), "{kept:?}");
        }
    }
}
