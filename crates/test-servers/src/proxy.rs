//! A proxy that opens connections by CONNECT.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::raw::read_request;

/// A proxy on 127.0.0.1. Whatever host it is asked for, it connects to one server.
#[derive(Debug)]
pub struct ConnectProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ConnectProxy {
    /// One that leads to `server`, for whoever sends `authorization`, or for everybody.
    pub async fn start(server: SocketAddr, authorization: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                // A client that leaves in between ends its own tunnel only.
                tokio::spawn(async move { lead(stream, server, authorization, &kept).await });
            }
        });
        Self { address, asked }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The heads of the requests that it was sent, as they came.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn lead(
    mut client: TcpStream,
    server: SocketAddr,
    authorization: Option<&str>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let head = String::from_utf8(read_request(&mut client).await?).unwrap();
    let given = head.lines().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
    let refusal = match (head.starts_with("CONNECT "), authorization) {
        (false, _) => Some("405 Method Not Allowed"),
        (true, Some(wanted)) if given != Some(wanted) => Some("407 Proxy Authentication Required"),
        _ => None,
    };
    asked.lock().unwrap().push(head);
    if let Some(refusal) = refusal {
        let answer =
            format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return client.write_all(answer.as_bytes()).await;
    }
    let mut server = TcpStream::connect(server).await?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 here\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}
