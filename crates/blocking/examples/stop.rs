//! Stops a job without a runtime: `stop ENDPOINT_URL REGION INDEX_ID DATA_SOURCE_ID`, with the key in
//! `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
#![expect(clippy::print_stdout, reason = "this is what an example shows")]

use std::env;

use kendra_sync_blocking::{BlockingTransport, Client, Config, Credentials};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [endpoint, region, index, source] = arguments.as_slice() else {
        return Err("usage: stop ENDPOINT_URL REGION INDEX_ID DATA_SOURCE_ID".into());
    };
    let id = env::var("AWS_ACCESS_KEY_ID")?;
    let credentials = Credentials::new(id, env::var("AWS_SECRET_ACCESS_KEY")?, None)?;
    let config = Config::new(region.parse()?).endpoint(endpoint.parse()?);
    let client = Client::new(BlockingTransport::new(), credentials, config);
    let stopped = client.stop_data_source_sync_job(&index.parse()?, &source.parse()?)?;
    println!("stopping, request id {:?}", stopped.request_id());
    Ok(())
}
