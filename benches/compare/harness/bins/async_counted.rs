//! Counts what the client of this package allocates.

use std::alloc::System;

use compare_harness::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

compare_harness::asynchronous!(client::Client, Some(&INSTRUMENTED_SYSTEM));
