//! `--serve`: a scenario's server by itself, to debug against with any client.

use std::io::Write;

use crate::scenario::{Scenario, Server};
use crate::server::{Mock, RawServer, Tripwire, Turns};

/// Serves the cases of `scenario`, each on a port of its own and again and again, until the process is
/// ended.
pub(crate) fn forever(scenario: &Scenario) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let tripwire = Tripwire::start().await.map_err(|error| error.to_string())?;
        // Held until the end: dropping one ends it.
        let (mut raw, mut mocks) = (Vec::new(), Vec::new());
        for case in &scenario.cases {
            let address = match &case.server {
                Server::Raw(scripts) => {
                    let scripts = scripts.clone().into_iter().cycle();
                    let server = RawServer::start(scripts, tripwire.address()).await;
                    let server = server.map_err(|error| error.to_string())?;
                    let address = server.address();
                    raw.push(server);
                    address
                }
                Server::Mock(answers) => {
                    let server = Mock::start(answers.clone(), Turns::ForEver).await;
                    let address = server.address();
                    mocks.push(server);
                    address
                }
            };
            let case = if case.name.is_empty() { "the server" } else { &case.name };
            let _ = writeln!(std::io::stdout(), "http://{address}  {case}");
        }
        std::future::pending::<()>().await;
        Ok(())
    })
}
