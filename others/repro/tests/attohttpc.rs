//! What attohttpc 0.31.0 does. A test that fails means that it has changed.

use std::io::ErrorKind::UnexpectedEof;
use std::io::Write;

use attohttpc::{ErrorKind, InvalidResponseKind, RequestBuilder};

use self::server::{answer, answer_in_tls, listen, read_head};

mod server;

fn get(url: impl AsRef<str>) -> RequestBuilder {
    attohttpc::get(url.as_ref()).proxy_settings(attohttpc::ProxySettings::builder().build())
}

#[test]
fn attohttpc_takes_a_body_with_trailers_for_malformed() {
    let (address, _) = answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Checksum: 7\r\n\r\n",
    );
    let error = get(format!("http://{address}/")).send().unwrap().bytes().unwrap_err();
    assert_eq!(error.to_string(), "Io Error: InvalidResponse: invalid chunk");
}

#[test]
fn attohttpc_takes_an_interim_answer_for_the_final_one() {
    let (address, _) =
        answer("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let answer = get(format!("http://{address}/")).send().unwrap();
    assert_eq!(answer.status(), 103);
    assert!(answer.text().unwrap().starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn attohttpc_takes_tls_without_close_notify_for_the_end_of_a_body() {
    let named = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let (address, root) = answer_in_tls("HTTP/1.1 200 OK\r\n\r\nhalf of ", named);
    let url = format!("https://localhost:{}/", address.port());
    let answer = get(url).add_root_certificate(root).send().unwrap();
    assert_eq!(answer.text().unwrap(), "half of ");
}

#[test]
fn attohttpc_makes_a_field_of_its_own_of_a_folded_line() {
    let (address, _) =
        answer("HTTP/1.1 200 OK\r\nX: 1\r\n Y: 2\r\nZ : 3\r\nContent-Length: 0\r\n\r\n");
    let answer = get(format!("http://{address}/")).send().unwrap();
    assert_eq!(
        (&answer.headers()["x"], &answer.headers()["y"]),
        (&"1".parse().unwrap(), &"2".parse().unwrap())
    );
    assert_eq!(answer.headers()["z"], "3");
}

#[test]
fn attohttpc_takes_a_long_line_for_the_connections_end() {
    let address = listen(|mut stream| {
        read_head(&stream);
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nX: {:20000}\r\nContent-Length: 0\r\n\r\n", "x");
    });
    let error = get(format!("http://{address}/")).send().unwrap_err();
    let ErrorKind::Io(error) = error.into_kind() else { panic!("not an I/O error") };
    assert_eq!(error.kind(), UnexpectedEof);
}

#[test]
fn attohttpc_reads_an_answer_with_a_coding_and_a_length_and_hides_the_coding() {
    let (address, _) = answer(
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n+2\r\nhi\r\n0\r\n\r\n",
    );
    let answer = get(format!("http://{address}/")).send().unwrap();
    assert!(!answer.headers().contains_key("transfer-encoding"));
    assert_eq!(answer.headers()["content-length"], "9");
    // A chunk size with a sign is one, too.
    assert_eq!(answer.text().unwrap(), "hi");
}

#[test]
fn attohttpc_takes_a_list_of_equal_lengths_for_none() {
    let (address, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok");
    let error = get(format!("http://{address}/")).send().unwrap_err();
    let ErrorKind::InvalidResponse(InvalidResponseKind::ContentLength) = error.kind() else {
        panic!("{error}");
    };
}

#[test]
fn attohttpc_does_not_look_at_the_version() {
    let (address, _) = answer("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(format!("http://{address}/")).send().unwrap().status(), 200);
}

#[test]
fn attohttpc_sends_a_host_and_a_path_of_its_own_and_adds_fields() {
    let (address, heads) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    get(format!("http://{address}/a/./b/../c")).header("host", "kendra.test").send().unwrap();
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /a/c HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: {address}\r\n")), "{head}");
    assert!(head.contains("accept: */*\r\n") && head.contains("user-agent: attohttpc/"), "{head}");
}

#[test]
fn attohttpc_trusts_nobody_with_the_feature_tls_rustls_webpki_roots_ring() {
    let named = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
    let (address, _) = answer_in_tls("", named);
    let error = get(format!("https://localhost:{}/", address.port())).send().unwrap_err();
    // The roots that the feature is to bring are not there.
    let ErrorKind::ServerCertVerifier(_) = error.kind() else { panic!("{error}") };
}
