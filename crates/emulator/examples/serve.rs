//! Serves one data source until its input ends, and prints what a client needs to stop its job.
//!
//! ```sh
//! cargo run -p kendra-sync-emulator --example serve
//! ```

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::io;

use kendra_sync_emulator::{Emulator, Error};

const INDEX_ID: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
const DATA_SOURCE_ID: &str = "wiki";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let emulator = Emulator::start().await?;
    let source = emulator.add_data_source(INDEX_ID, DATA_SOURCE_ID)?;
    println!("endpoint URL       {}", emulator.endpoint_url());
    println!("access key id      {}", emulator.credentials().access_key_id());
    println!("secret access key  {}", emulator.credentials().secret_access_key());
    println!("index id           {INDEX_ID}");
    println!("data source id     {DATA_SOURCE_ID}");
    println!("It serves until its input ends (Ctrl-D).");

    // The emulator has a thread of its own, so this one may block.
    for line in io::stdin().lines() {
        if line.is_err() {
            break;
        }
    }
    println!("The job is {}, after {} stops.", source.job(), source.stops());
    Ok(())
}
