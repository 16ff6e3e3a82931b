//! Kendra, called with nothing but a region and a home.

use std::path::Path;

use kendra_sync_test_servers::Raw;
use tokio::process::Command;

use super::scripted::response;
use crate::command::{INDEX, kendra_sync};

/// `stop` at `kendra` with nothing but a region and a home.
pub(crate) fn stop(kendra: &Raw, home: &Path, arguments: &str) -> Command {
    let mut command = kendra_sync(&format!(
        "stop --index-id {INDEX} --id wiki --endpoint-url {} {arguments}",
        kendra.url()
    ));
    command
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home);
    command
}

/// A Kendra that answers each request with the next status, and the last one from then on.
pub(crate) async fn kendra(statuses: &'static [u16]) -> Raw {
    Raw::answering(move |number, _| {
        let status = statuses[number.min(statuses.len() - 1)];
        response(status, "application/x-amz-json-1.1", "{}")
    })
    .await
}

/// The ids of the access keys that requests were signed with.
pub(crate) fn keys(kendra: &Raw) -> Vec<String> {
    let key = |request: &Vec<u8>| {
        let text = String::from_utf8(request.clone()).unwrap();
        let (_, rest) = text.split_once("Credential=").unwrap();
        rest.split('/').next().unwrap().to_owned()
    };
    kendra.requests().iter().map(key).collect()
}
