//! One hyper connection, in clear or over rustls with the platform's roots.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A connection, and where to.
pub(crate) struct Connection {
    pub(crate) url: String,
    pub(crate) host: HeaderValue,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let uri: Uri = url.parse()?;
        let authority = uri.authority().ok_or("the URL has no host")?;
        let stream = TcpStream::connect(authority.as_str()).await?;
        stream.set_nodelay(true)?;
        let sender = if uri.scheme_str() == Some("https") {
            let name = ServerName::try_from(authority.host().to_owned())?;
            shake_hands(TlsConnector::from(tls()?).connect(name, stream).await?).await?
        } else {
            shake_hands(stream).await?
        };
        Ok(Self { url: url.to_owned(), host: authority.as_str().parse()?, sender })
    }

    /// Sends, and reads the whole answer, which must be a success.
    pub(crate) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        if status.is_success() { Ok(()) } else { Err(format!("the answer is {status}").into()) }
    }
}

async fn shake_hands<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, hyper::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    TokioIo<S>: Read + Write,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn tls() -> Result<Arc<ClientConfig>, Box<dyn Error + Send + Sync>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}
