//! Who runs callers: a runtime, or threads.

use crate::Failure;

/// Runs one caller, or many at once.
pub trait Executor: Sized {
    /// One for as many callers.
    fn new(callers: usize) -> Result<Self, Failure>;
    /// Runs `future` on this thread.
    fn one<F: Future>(&self, future: F) -> F::Output;
    /// Runs all `futures` at once.
    fn each<F, T>(&self, futures: Vec<F>) -> Result<Vec<T>, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        T: Send + 'static;
}

/// A thread for each caller.
pub struct Threads;

impl Executor for Threads {
    fn new(_callers: usize) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn one<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn each<F, T>(&self, futures: Vec<F>) -> Result<Vec<T>, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        T: Send + 'static,
    {
        let threads: Vec<_> = futures
            .into_iter()
            .map(|future| std::thread::spawn(|| pollster::block_on(future)))
            .collect();
        let ended = threads.into_iter().map(|t| t.join().map_err(|_| "a caller panicked")?);
        ended.collect()
    }
}

/// A tokio runtime: of this thread for one caller, of two threads for more.
#[cfg(feature = "tokio")]
pub struct Tokio(tokio::runtime::Runtime);

#[cfg(feature = "tokio")]
impl Executor for Tokio {
    fn new(callers: usize) -> Result<Self, Failure> {
        let mut builder = match callers {
            1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        Ok(Self(builder.worker_threads(2).enable_all().build()?))
    }

    fn one<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn each<F, T>(&self, futures: Vec<F>) -> Result<Vec<T>, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        T: Send + 'static,
    {
        let tasks: Vec<_> = futures.into_iter().map(|future| self.0.spawn(future)).collect();
        self.0.block_on(async {
            let mut ended = Vec::with_capacity(tasks.len());
            for task in tasks {
                ended.push(task.await.map_err(|_| "a caller panicked")??);
            }
            Ok(ended)
        })
    }
}
