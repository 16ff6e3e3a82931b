//! `--serve`: a scenario's server by itself, to debug against with any client.

use std::io::Write;
use std::time::Duration;

use crate::case::{Case, Server};
use crate::exchange::Scheme;
use crate::scenario::Scenario;
use crate::server::{Gates, Mock, RawServer, Setting, Tripwire, Turns, root_pem};
use crate::subject::BoxError;

/// Serves the cases of `scenario`, each on a port of its own and again and again, until the process is
/// ended. Gates are opened every now and then.
pub(crate) fn forever(scenario: &Scenario) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(serve(scenario)).map_err(|error| error.to_string())
}

async fn serve(scenario: &Scenario) -> Result<(), BoxError> {
    let tripwire = Tripwire::start().await?;
    let gates = Gates::new();
    let setting =
        Setting { tripwire: tripwire.address(), second: None, gates: gates.clone(), scale: 1.0 };
    // Held until the end: dropping one ends it.
    let (mut servers, mut mocks) = (Vec::new(), Vec::new());
    let mut tls = false;
    for case in &scenario.cases {
        let mut setting = setting.clone();
        if let Some(scripts) = &case.second {
            let second = RawServer::start(scripts.clone().into_iter().cycle(), setting.clone());
            let second = second.await?;
            setting.second = Some(second.address());
            servers.push(second);
        }
        let address = match &case.server {
            Server::Raw(scripts) => {
                let server = RawServer::start(scripts.clone().into_iter().cycle(), setting).await?;
                let address = server.address();
                servers.push(server);
                address
            }
            Server::Mock(answers) => {
                let server = Mock::start(answers.clone(), Turns::ForEver).await;
                let address = server.address();
                mocks.push(server);
                address
            }
        };
        tls |= case.scheme == Some(Scheme::Https);
        let _ = writeln!(std::io::stdout(), "{}", line(case, &address.to_string()));
    }
    if tls {
        let _ = write!(std::io::stdout(), "The root to be trusted:\n{}", root_pem()?);
    }
    for gate in 0.. {
        tokio::time::sleep(GATES_OPEN_EVERY).await;
        gates.open(gate);
    }
    Ok(())
}

fn line(case: &Case, address: &str) -> String {
    let scheme = case.scheme.unwrap_or(Scheme::Http);
    let name = if case.name.is_empty() { "the server" } else { &case.name };
    format!("{scheme}://{address}  {name}")
}

const GATES_OPEN_EVERY: Duration = Duration::from_secs(2);
