use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::authorization::Scope;
use super::received::ReceivedRequest;
use super::signed_headers::SignedHeaders;
use super::timestamp::Timestamp;

/// The canonical request: method, path, query, headers, names of the headers, hash of the body.
pub(super) fn request(
    request: &ReceivedRequest<'_>,
    signed_headers: &SignedHeaders<'_>,
    payload_hash: &str,
) -> Vec<u8> {
    let mut parts = request.target().splitn(2, |byte| *byte == b'?');
    let (path, query) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());

    let mut canonical = Vec::new();
    canonical.extend_from_slice(request.method());
    canonical.push(b'\n');
    encode(path, b"/", &mut canonical);
    canonical.push(b'\n');
    canonical.extend_from_slice(&canonical_query(query));
    canonical.push(b'\n');
    for name in signed_headers.names() {
        canonical.extend_from_slice(name.as_bytes());
        for (position, value) in request.values(name).enumerate() {
            canonical.push(if position == 0 { b':' } else { b',' });
            // "Convert sequential spaces to a single space."
            let mut previous = b'\0';
            canonical.extend(value.iter().copied().filter(|byte| {
                let repeated = (previous, *byte) == (b' ', b' ');
                previous = *byte;
                !repeated
            }));
        }
        canonical.push(b'\n');
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(signed_headers.as_str().as_bytes());
    canonical.push(b'\n');
    canonical.extend_from_slice(payload_hash.as_bytes());
    canonical
}

/// What the signature is of: algorithm, date, scope, hash of the canonical request.
pub(super) fn string_to_sign(canonical: &[u8], date: Timestamp, scope: &Scope<'_>) -> String {
    let Scope { date: day, region, service, terminator } = scope;
    let hash = hex_sha256(canonical);
    format!("AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/{terminator}\n{hash}")
}

/// The signature in lowercase hexadecimal.
pub(super) fn signature(secret: &str, scope: &Scope<'_>, string_to_sign: &str) -> String {
    hex(&hmac_sha256(&signing_key(secret, scope), string_to_sign))
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn signing_key(secret: &str, scope: &Scope<'_>) -> [u8; 32] {
    let date_key = hmac_sha256(format!("AWS4{secret}").as_bytes(), scope.date);
    let region_key = hmac_sha256(&date_key, scope.region);
    let service_key = hmac_sha256(&region_key, scope.service);
    hmac_sha256(&service_key, scope.terminator)
}

fn hmac_sha256(key: &[u8], message: &str) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "cannot fail: RFC 2104 hashes a key that is too long")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Parameters are decoded, encoded in the one canonical way, and sorted by name, then value.
///
/// A plus sign is a plus sign: SigV4 writes a space as `%20` only.
fn canonical_query(query: &[u8]) -> Vec<u8> {
    if query.is_empty() {
        return Vec::new();
    }
    let mut parameters: Vec<_> = query
        .split(|byte| *byte == b'&')
        .map(|parameter| {
            let mut parts = parameter.splitn(2, |byte| *byte == b'=');
            [(); 2].map(|()| {
                let mut encoded = Vec::new();
                encode(&decode(parts.next().unwrap_or_default()), b"", &mut encoded);
                encoded
            })
        })
        .collect();
    parameters.sort();
    let joined: Vec<_> = parameters.iter().map(|parameter| parameter.join(&b'=')).collect();
    joined.join(&b'&')
}

/// Undoes percent-encoding; a `%` that two hexadecimal digits do not follow stands for itself.
fn decode(mut text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    while let Some((&first, rest)) = text.split_first() {
        let escape = rest.split_first_chunk().filter(|_| first == b'%');
        let escaped = escape.and_then(|(digits, rest)| Some((hex_value(*digits)?, rest)));
        let (byte, rest) = escaped.unwrap_or((first, rest));
        decoded.push(byte);
        text = rest;
    }
    decoded
}

/// Percent-encodes every byte but RFC 3986's unreserved ones and those to `keep`.
fn encode(text: &[u8], keep: &[u8], encoded: &mut Vec<u8>) {
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || keep.contains(byte) {
            encoded.push(*byte);
        } else {
            encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex_value(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    /// The signature of `request` at the date and with the key of AWS's examples.
    fn sign(received: &ReceivedRequest<'_>, region: &str, service: &str, headers: &str) -> String {
        let scope = Scope { date: "20150830", region, service, terminator: "aws4_request" };
        let date = Timestamp::parse(b"20150830T123600Z").unwrap();
        let headers = SignedHeaders::parse(headers).unwrap();
        let canonical = request(received, &headers, &hex_sha256(received.body()));
        signature(SECRET, &scope, &string_to_sign(&canonical, date, &scope))
    }

    /// The example that runs through AWS's description of Signature Version 4.
    #[test]
    fn the_documented_signing_key_comes_out() {
        let scope = Scope {
            date: "20150830",
            region: "us-east-1",
            service: "iam",
            terminator: "aws4_request",
        };
        assert_eq!(
            hex(&signing_key(SECRET, &scope)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
    }

    /// The same example: IAM's ListUsers.
    #[test]
    fn the_documented_request_gets_the_documented_signature() {
        let received = ReceivedRequest::new("GET", "/?Action=ListUsers&Version=2010-05-08", "")
            .header("Host", "iam.amazonaws.com")
            .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
            .header("X-Amz-Date", "20150830T123600Z");
        let names = "content-type;host;x-amz-date";
        let headers = SignedHeaders::parse(names).unwrap();
        assert_eq!(
            hex_sha256(&request(&received, &headers, &hex_sha256(b""))),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        assert_eq!(
            sign(&received, "us-east-1", "iam", names),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    /// Cases of AWS's public Signature Version 4 test suite, by their names there.
    #[test]
    fn the_test_suite_of_aws_gets_its_signatures() {
        let host = |method, target| {
            ReceivedRequest::new(method, target, "").header("Host", "example.amazonaws.com")
        };
        for (case, received, headers, expected) in [
            (
                "get-vanilla",
                host("GET", "/"),
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "post-vanilla",
                host("POST", "/"),
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "get-vanilla-query-order-encoded",
                host("GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1"),
                "host;x-amz-date",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            ),
            (
                "get-header-value-trim",
                host("GET", "/")
                    .header("My-Header1", " value1")
                    .header("My-Header2", " \"a   b   c\""),
                "host;my-header1;my-header2;x-amz-date",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
            (
                "get-header-value-order",
                host("GET", "/")
                    .header("My-Header1", "value4")
                    .header("My-Header1", "value1")
                    .header("My-Header1", "value3")
                    .header("My-Header1", "value2"),
                "host;my-header1;x-amz-date",
                "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
            ),
        ] {
            let received = received.header("X-Amz-Date", "20150830T123600Z");
            assert_eq!(sign(&received, "us-east-1", "service", headers), expected, "{case}");
        }
    }

    /// The suite's `double-encode-path`, whose canonical request is published.
    #[test]
    fn each_segment_of_the_path_is_encoded_once_more() {
        let target = "/test/@connections/JBDvjfGEIAMCERw%3D";
        let received = ReceivedRequest::new("POST", target, "")
            .header("Host", "tj9n5r0m12.execute-api.us-east-1.amazonaws.com")
            .header("X-amz-date", "20210511T154045Z");
        let headers = SignedHeaders::parse("host;x-amz-date").unwrap();
        let canonical = request(&received, &headers, &hex_sha256(b""));
        assert_eq!(
            String::from_utf8(canonical).unwrap(),
            "POST\n\
             /test/%40connections/JBDvjfGEIAMCERw%253D\n\
             \n\
             host:tj9n5r0m12.execute-api.us-east-1.amazonaws.com\n\
             x-amz-date:20210511T154045Z\n\
             \n\
             host;x-amz-date\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_query_has_one_canonical_form() {
        for (query, canonical) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a-b=0", "a=1&a=2&a-b=0"),
            ("flag", "flag="),
            ("flag=", "flag="),
            ("a=b=c", "a=b%3Dc"),
            ("a=%7e%2f", "a=~%2F"),
            ("a=+", "a=%2B"),
            ("a=%", "a=%25"),
            ("a=%4", "a=%254"),
            ("a=%zz", "a=%25zz"),
            ("a=%+1", "a=%25%2B1"),
            ("\u{e9}", "%C3%A9="),
        ] {
            assert_eq!(String::from_utf8(canonical_query(query.as_bytes())).unwrap(), canonical);
        }
    }
}
