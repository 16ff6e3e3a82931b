//! The libraries that the transports stand on, alone: the same bytes, without signing, pool or limits.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::stub::Stub;

/// One connection of hyper's.
#[derive(Debug)]
pub struct BareHyper {
    sender: SendRequest<Full<Bytes>>,
}

impl BareHyper {
    /// Opens it.
    pub async fn connect(stub: &Stub) -> Self {
        let stream = TcpStream::connect(stub.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender }
    }

    /// Sends `request` and reads the whole answer.
    pub async fn exchange(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        self.sender.ready().await.unwrap();
        let request = request.clone().map(Full::new);
        let (head, body) = self.sender.send_request(request).await.unwrap().into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }
}

/// Sends `request` over one of the agent's connections and reads the whole answer.
pub fn bare_ureq(agent: &ureq::Agent, request: &Request<Bytes>) -> Vec<u8> {
    let (head, body) = request.clone().into_parts();
    let mut response = agent.run(Request::from_parts(head, &body[..])).unwrap();
    response.body_mut().read_to_vec().unwrap()
}
