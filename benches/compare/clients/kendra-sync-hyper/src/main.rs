//! Makes one call.

use std::error::Error;

use client::Client;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let url = std::env::args().nth(1).ok_or("the first argument must be a URL")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut client = Client::connect(&url).await?;
        client.call().await
    })
}
