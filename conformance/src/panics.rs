//! Panics in a scenario's threads, spawned tasks included: they are named after it.

use std::sync::{Mutex, Once, PoisonError};

static INSTALL: Once = Once::new();
static SEEN: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// From here on panics are kept, besides what was done with them before.
pub(crate) fn watch() {
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            let seen = SEEN.lock();
            seen.unwrap_or_else(PoisonError::into_inner).push((thread, panic.to_string()));
            before(panic);
        }));
    });
}

/// The panics so far of threads with this name.
pub(crate) fn of(thread: &str) -> Vec<String> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.iter().filter(|(name, _)| name == thread).map(|(_, panic)| panic.clone()).collect()
}
