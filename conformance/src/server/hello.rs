//! What a client says first in TLS: its ClientHello (RFC 8446 section 4.1.2; RFC 5246 section 7.4.1.2).

/// The parts of a ClientHello that tell something of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The names in `server_name` (RFC 6066 section 3); none if there is no such extension.
    pub(crate) server_names: Option<Vec<Vec<u8>>>,
    /// The protocols that ALPN offers (RFC 7301); none if there is no such extension.
    pub(crate) protocols: Option<Vec<Vec<u8>>>,
}

impl Hello {
    /// The ClientHello in `bytes`, which begin with its record; none if they are something else, or not all
    /// of it.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut hello = Bytes(&[]);
        let message = handshake_bytes(bytes);
        let mut message = Bytes(&message);
        if message.number(1)? == 1 {
            hello = message.vector(3)?;
        }
        hello.take(2 + 32)?;
        hello.vector(1)?;
        hello.vector(2)?;
        hello.vector(1)?;
        let mut parsed = Self::default();
        // Without extensions nothing follows.
        let Some(mut extensions) = hello.vector(2) else { return Some(parsed) };
        while let Some(kind) = extensions.number(2) {
            let mut data = extensions.vector(2)?;
            match kind {
                0 => {
                    let (mut list, mut names) = (data.vector(2)?, Vec::new());
                    while list.number(1).is_some() {
                        names.push(list.vector(2)?.0.to_vec());
                    }
                    parsed.server_names = Some(names);
                }
                16 => {
                    let (mut list, mut protocols) = (data.vector(2)?, Vec::new());
                    while let Some(protocol) = list.vector(1) {
                        protocols.push(protocol.0.to_vec());
                    }
                    parsed.protocols = Some(protocols);
                }
                _ => {}
            }
        }
        Some(parsed)
    }
}

/// Whether `bytes` can still become a record of a TLS handshake.
pub(super) fn is_handshake(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|first| *first == HANDSHAKE)
}

/// What the records hold of the handshake: a message may be cut into several.
fn handshake_bytes(bytes: &[u8]) -> Vec<u8> {
    let (mut records, mut handshake) = (Bytes(bytes), Vec::new());
    while records.number(1) == Some(u32::from(HANDSHAKE)) {
        records.take(2);
        let Some(record) = records.vector(2) else { break };
        handshake.extend_from_slice(record.0);
    }
    handshake
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of up to four bytes, the highest first.
    fn number(&mut self, length: usize) -> Option<u32> {
        let digits = self.take(length)?.iter();
        Some(digits.fold(0, |number, digit| number << 8 | u32::from(*digit)))
    }

    /// Bytes whose count stands before them, in so many bytes.
    fn vector(&mut self, length: usize) -> Option<Self> {
        let count = self.number(length)?;
        self.take(usize::try_from(count).ok()?).map(Self)
    }
}

/// The content type of handshake records (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    fn said(name: &str, protocols: &[&[u8]], enable_sni: bool) -> Vec<u8> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config.enable_sni = enable_sni;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut bytes = Vec::new();
        connection.write_tls(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_client_hello_tells_name_and_protocols() {
        let hello = Hello::parse(&said("localhost", &[b"h2", b"http/1.1"], true)).unwrap();
        assert_eq!(hello.server_names, Some(vec![b"localhost".to_vec()]));
        assert_eq!(hello.protocols, Some(vec![b"h2".to_vec(), b"http/1.1".to_vec()]));
        let nameless = Hello::default();
        assert_eq!(Hello::parse(&said("localhost", &[], false)), Some(nameless.clone()));
        assert_eq!(Hello::parse(&said("127.0.0.1", &[], true)), Some(nameless));
    }

    #[test]
    fn what_is_no_whole_client_hello_is_none() {
        let whole = said("localhost", &[b"http/1.1"], true);
        for end in 0..whole.len() {
            assert_eq!(Hello::parse(&whole[..end]), None, "{end}");
        }
        assert_eq!(Hello::parse(b"POST / HTTP/1.1\r\n\r\n"), None);
        assert!(is_handshake(&whole) && is_handshake(b"") && !is_handshake(b"POST"));
    }

    #[test]
    fn a_client_hello_may_come_in_several_records() {
        let whole = said("localhost", &[], true);
        let (one, two) = whole[5..].split_at(40);
        let mut cut = Vec::new();
        for part in [one, two] {
            cut.extend_from_slice(&whole[..3]);
            cut.extend_from_slice(&u16::try_from(part.len()).unwrap().to_be_bytes());
            cut.extend_from_slice(part);
        }
        assert_eq!(Hello::parse(&cut), Hello::parse(&whole));
    }
}
