//! A call to an address starts no thread. Not in libtest's harness: its threads would be counted.

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use kendra_sync_blocking::{BlockingTransport, Client, Config, Credentials};
use kendra_sync_test_servers::{End, Raw};
use libtest_mimic::{Arguments, Failed, Trial};

/// Names the endpoint that the process is to call.
const CALL: &str = "KENDRA_SYNC_CALL";

fn main() -> ExitCode {
    if let Ok(endpoint) = env::var(CALL) {
        return match call(&endpoint) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let test =
        Trial::test("a_call_to_an_address_runs_on_the_calling_thread_alone", threads_of_a_call);
    let test = test.with_ignored_flag(cfg!(not(target_os = "linux")));
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

fn call(endpoint: &str) -> Result<(), Box<dyn Error>> {
    let config = Config::new("eu-west-1".parse()?).endpoint(endpoint.parse()?);
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None)?;
    let client = Client::new(BlockingTransport::new(), credentials, config);
    let index = "0a1b2c3d-4e5f-6789-abcd-ef0123456789".parse()?;
    client.stop_data_source_sync_job(&index, &"wiki".parse()?)?;
    Ok(())
}

fn threads_of_a_call() -> Result<(), Failed> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        // Takes the request and says nothing: the call is under way while threads are counted.
        let server = Raw::start(vec![Vec::new()], End::Hold).await;
        let mut child = Command::new(env::current_exe()?).env(CALL, server.url()).spawn()?;
        while server.requests().is_empty() {
            if let Some(ended) = child.try_wait()? {
                return Err(format!("the call ended unsent: {ended}").into());
            }
            tokio::task::yield_now().await;
        }
        let threads = std::fs::read_dir(format!("/proc/{}/task", child.id()))?.count();
        child.kill()?;
        child.wait()?;
        if threads == 1 { Ok(()) } else { Err(format!("{threads} threads").into()) }
    })
}
