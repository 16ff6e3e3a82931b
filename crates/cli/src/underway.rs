//! What is known of a call while it is under way, for whoever interrupts it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use kendra_sync_replay::{CassetteError, Recording};

/// What has been sent, and what is being recorded. Clones tell of the same call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Underway {
    sends: Arc<AtomicU32>,
    recording: Arc<OnceLock<Recording>>,
}

impl Underway {
    /// A request is handed to the transport.
    pub(crate) fn count(&self) {
        self.sends.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were handed to the transport.
    pub(crate) fn sends(&self) -> u32 {
        self.sends.load(Ordering::Relaxed)
    }

    /// From here on there is a recording.
    pub(crate) fn records(&self, recording: Recording) {
        // One command makes one call.
        let _ = self.recording.set(recording);
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.recording.get().is_some()
    }

    /// Writes the recording, if there is one, and ends it.
    pub(crate) fn finish_recording(&self) -> Result<(), CassetteError> {
        self.recording.get().map_or(Ok(()), Recording::finish)
    }
}
