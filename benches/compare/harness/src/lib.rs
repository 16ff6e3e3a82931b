//! What measures a client from inside its process: one task a run, its figures as lines on stdout.

mod executor;
mod tasks;

use std::alloc::System;
use std::error::Error;
use std::process::ExitCode;

#[cfg(feature = "tokio")]
pub use executor::Tokio;
pub use executor::{Executor, Threads};
pub use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Why a client could not be measured.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A client of one caller. The futures of one that blocks are ready at once.
pub trait Client: Sized + Send + 'static {
    /// A client of what answers at `url`.
    fn connect(url: &str) -> impl Future<Output = Result<Self, Failure>> + Send;
    /// One for another caller, which shares with this one what that client can share.
    fn another(&self) -> impl Future<Output = Result<Self, Failure>> + Send;
    /// One call, which must succeed.
    fn call(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// `main` of a client whose methods are async.
#[macro_export]
macro_rules! asynchronous {
    ($client:ty, $allocator:expr) => {
        $crate::client!($client, $crate::Tokio, $allocator, .await);
    };
}

/// `main` of a client whose methods block.
#[macro_export]
macro_rules! blocking {
    ($client:ty, $allocator:expr) => {
        $crate::client!($client, $crate::Threads, $allocator,);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! client {
    ($client:ty, $executor:ty, $allocator:expr, $($wait:tt)*) => {
        struct Measured($client);

        impl $crate::Client for Measured {
            async fn connect(url: &str) -> Result<Self, $crate::Failure> {
                Ok(Self(<$client>::connect(url) $($wait)* ?))
            }

            async fn another(&self) -> Result<Self, $crate::Failure> {
                Ok(Self(self.0.another() $($wait)* ?))
            }

            async fn call(&mut self) -> Result<(), $crate::Failure> {
                self.0.call() $($wait)*
            }
        }

        fn main() -> std::process::ExitCode {
            $crate::main::<Measured, $executor>($allocator)
        }
    };
}

/// Does the task that the arguments name, and prints its figures, a name and a number a line.
pub fn main<C: Client, E: Executor>(allocator: Option<&'static StatsAlloc<System>>) -> ExitCode {
    match tasks::run::<C, E>(std::env::args().skip(1), allocator) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
