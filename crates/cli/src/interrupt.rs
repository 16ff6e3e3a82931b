//! SIGINT, listened for before anything is done: one that comes early is not lost, nor does it kill.

use std::io;

/// Ctrl-C, from the moment that this exists.
#[cfg(unix)]
pub(crate) struct Interrupt(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Interrupt {
    pub(crate) fn listen() -> io::Result<Self> {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).map(Self)
    }

    pub(crate) async fn received(&mut self) {
        // `None` would mean that no signal can come any more.
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

#[cfg(windows)]
pub(crate) struct Interrupt(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Interrupt {
    pub(crate) fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    pub(crate) async fn received(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}
