//! Times the client of this package.

compare_harness::blocking!(client::Client, None);
