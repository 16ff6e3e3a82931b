//! The catalogue in words: lists, and what one scenario is about.

use serde_json::json;

use crate::case::{Act, Case, Child, Replays, Server};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::Step;

/// A line a scenario.
pub(crate) fn list(scenarios: &[&Scenario]) -> String {
    let lines = scenarios.iter().map(|s| {
        let (level, servers) = (s.level().to_string(), servers(s).join(", "));
        format!("{level:6}  {:38}  {servers:13}  {}\n", s.id(), s.doc())
    });
    lines.collect()
}

/// What answers in a scenario.
fn servers(scenario: &Scenario) -> Vec<&'static str> {
    let mut servers: Vec<_> = scenario
        .cases
        .iter()
        .map(|case| match case.server {
            Server::Mock(_) => "wiremock",
            Server::Raw(_) => "raw",
        })
        .collect();
    servers.sort_unstable();
    servers.dedup();
    servers
}

/// A table.
pub(crate) fn markdown(scenarios: &[&Scenario]) -> String {
    let mut text = "| id | level | capabilities | servers | why | rule |\n\
                    | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for s in scenarios {
        let (id, level, caps, doc, source) = (s.id(), s.level(), s.caps(), s.doc(), s.source());
        let servers = servers(s).join(", ");
        text += &format!("| `{id}` | {level} | {caps} | {servers} | {doc} | {source} |\n");
    }
    text
}

/// An array of objects, one a line.
pub(crate) fn json(scenarios: &[&Scenario]) -> String {
    let rows: Vec<String> = scenarios
        .iter()
        .map(|s| {
            let row = json!({
                "id": s.id(),
                "level": s.level().to_string(),
                "revision": s.revision(),
                "caps": s.caps().to_string(),
                "servers": servers(s),
                "doc": s.doc(),
                "rule": s.source(),
                "cases": s.cases.iter().map(|case| &case.name).collect::<Vec<_>>(),
            });
            format!("  {row}")
        })
        .collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// One scenario: why, the rule, what the server does, what is accepted.
pub(crate) fn scenario(scenario: &Scenario) -> String {
    let (id, level, revision) = (scenario.id(), scenario.level(), scenario.revision());
    let mut text = format!("{id} ({level}, revision {revision})\n");
    text += &format!("why    {}\nrule   {}\n", scenario.doc(), scenario.source());
    text += &format!("needs  {}\n", scenario.caps());
    for case in &scenario.cases {
        text += &in_words(case);
    }
    text
}

fn in_words(case: &Case) -> String {
    let mut text = match case.name.as_str() {
        "" => "\n".to_owned(),
        name => format!("\n{name}\n"),
    };
    match &case.server {
        Server::Raw(connections) => {
            for (number, connection) in (1..).zip(connections) {
                text += &format!("  connection {number}\n");
                for step in connection {
                    text += &format!("    {}\n", step_in_words(step));
                }
            }
        }
        Server::Mock(answers) => {
            for answer in answers {
                let body = shortened(&answer.body);
                text += &format!("  answers {} {:?} {body}\n", answer.status, answer.headers);
            }
        }
    }
    text += match case.child {
        None => "",
        Some(Child::Alone) => "  in a process of its own\n",
        Some(Child::Logged) => {
            "  in a process that keeps everything that is logged, at any level\n"
        }
        Some(Child::ProxyVariables) => "  in a process whose environment names a proxy\n",
        Some(Child::SmallMemory) => "  in a process that may have 1 GiB of memory\n",
    };
    if let Some(why) = case.only_live {
        text += &format!("  not for what plays recordings: {why}\n");
    }
    match &case.act {
        Act::Client(judges) => {
            text += &format!(
                "  core's client calls, times: {}; each must come to what AWS documents for the answer\n",
                judges.len()
            );
        }
        Act::Course { told, .. } => text += &format!("  {told}\n"),
        Act::Transport(exchanges) => text += &sends(exchanges),
    }
    if let Some(Replays { exchanges, left }) = &case.replays {
        text += "  and then, to what plays the recording:\n";
        text += &sends(exchanges);
        text += &format!("  recorded exchanges that are then left: {left}\n");
    }
    text
}

fn sends(exchanges: &[Exchange]) -> String {
    let lines = exchanges.iter().map(|exchange| {
        let wants: Vec<String> = exchange.accepted.iter().map(Want::to_string).collect();
        let wants = if wants.is_empty() { "anything".to_owned() } else { wants.join(", or ") };
        format!("  a send to {}: accepted is {wants}\n", exchange.target)
    });
    lines.collect()
}

fn step_in_words(step: &Step) -> String {
    match step {
        Step::Read => "reads a request".to_owned(),
        Step::ReadPart(None) => "reads the head of a request".to_owned(),
        Step::ReadPart(Some(length)) => format!("reads {length} bytes or more"),
        Step::Write(bytes) => format!("writes {}", shortened(bytes)),
        Step::Echo => "writes a 200 with the body of the request".to_owned(),
        Step::Drip(bytes) => format!("writes one byte at a time {}", shortened(bytes)),
        Step::Flood { piece, pause, most } => {
            let (piece, pause) = (shortened(piece), pause.as_millis());
            format!("writes again and again, {pause} ms apart, up to {most} bytes: {piece}")
        }
        Step::Pause(pause) => format!("waits {} ms", pause.as_millis()),
        Step::Gate(gate) => format!("waits for gate {gate}"),
        Step::Handshake(certificate) => format!("shakes hands, certificate: {certificate:?}"),
        Step::Either { tls, plain } => {
            let steps = |steps: &[Step]| {
                steps.iter().map(step_in_words).collect::<Vec<_>>().join(", then ")
            };
            format!("for TLS: {}; or else: {}", steps(tls), steps(plain))
        }
        Step::Close => "closes".to_owned(),
        Step::Cut => "closes without close_notify".to_owned(),
        Step::Reset => "resets the connection".to_owned(),
        Step::Relay(server) => format!("passes everything on to {server}, and back"),
    }
}

fn shortened(bytes: &[u8]) -> String {
    let start = bytes.get(..200).unwrap_or(bytes).escape_ascii();
    if bytes.len() > 200 {
        format!("{start}… ({} bytes)", bytes.len())
    } else {
        start.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_and_its_length_told() {
        assert_eq!(shortened(b"a\n"), "a\\n");
        let long = |length| "x".repeat(length);
        assert_eq!(shortened(long(200).as_bytes()), long(200));
        assert_eq!(shortened(long(201).as_bytes()), format!("{}… (201 bytes)", long(200)));
    }

    #[test]
    fn what_is_accepted_of_a_send_is_told() {
        let either = [Want::ok(b"a"), Want::ok(b"")].concat();
        let told = sends(&[Exchange::new(either).target("/a"), Exchange::new(Vec::new())]);
        assert_eq!(
            told,
            "  a send to /a: accepted is a response with status 200 and a body of 1 bytes, \"a\", or \
             a response with status 200 and no body\n  a send to /: accepted is anything\n"
        );
    }
}
