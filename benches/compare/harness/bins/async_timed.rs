//! Times the client of this package.

compare_harness::asynchronous!(client::Client, None);
