//! wiremock: a server that any HTTP client can talk to, with an answer for each request in turn.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use wiremock::matchers::any;
use wiremock::{Mock as Rule, MockServer, Respond, ResponseTemplate};

use crate::case::Answer;

#[derive(Debug)]
pub(crate) struct Mock(MockServer);

/// How often a server goes through its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    Once,
    ForEver,
}

struct InTurn {
    answers: Vec<Answer>,
    turns: Turns,
    next: AtomicUsize,
}

impl Respond for InTurn {
    fn respond(&self, _request: &wiremock::Request) -> ResponseTemplate {
        let turn = match (self.next.fetch_add(1, Ordering::Relaxed), self.turns) {
            (turn, Turns::Once) => turn,
            (turn, Turns::ForEver) => turn % self.answers.len().max(1),
        };
        // One more than there are answers is a request too many, which is counted.
        let Some(answer) = self.answers.get(turn) else { return ResponseTemplate::new(599) };
        let mut template = ResponseTemplate::new(answer.status).set_body_bytes(answer.body.clone());
        for (name, value) in &answer.headers {
            template = template.append_header(*name, value.as_str());
        }
        template
    }
}

impl Mock {
    pub(crate) async fn start(answers: Vec<Answer>, turns: Turns) -> Self {
        // Not from wiremock's pool: a client's connections would live on into the next scenario.
        let server = MockServer::builder().start().await;
        let in_turn = InTurn { answers, turns, next: AtomicUsize::new(0) };
        Rule::given(any()).respond_with(in_turn).mount(&server).await;
        Self(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.0.address()
    }
}
