//! Gates: what a server waits for, so that nothing has to be timed.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// The gates of a case, all closed at first.
#[derive(Clone, Debug)]
pub(crate) struct Gates(watch::Sender<BTreeSet<usize>>);

impl Gates {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(BTreeSet::new()))
    }

    pub(crate) fn open(&self, gate: usize) {
        self.0.send_modify(|open| {
            open.insert(gate);
        });
    }

    /// Completes when the gate is open.
    pub(crate) async fn wait(&self, gate: usize) {
        // The sender is `self`: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|open| open.contains(&gate)).await;
    }
}
