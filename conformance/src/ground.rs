//! Runtimes: one for a scenario's servers and watchdog, and one for each of its transports.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::subject::BoxError;

/// A runtime that does not wait for what hangs in its threads: the watchdog has told of it.
#[derive(Debug)]
pub(crate) struct Ground(Option<Runtime>);

impl Ground {
    /// One whose threads have this name.
    pub(crate) fn new(threads: &str) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).thread_name(threads).enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    pub(crate) fn block_on<T>(
        &self,
        future: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, BoxError> {
        self.0.as_ref().ok_or("the runtime has ended")?.block_on(future)
    }

    /// To be used from elsewhere.
    pub(crate) fn handle(&self) -> Result<&Handle, BoxError> {
        Ok(self.0.as_ref().ok_or("the runtime has ended")?.handle())
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
