//! What libcurl 8.22.0 does, by the crate curl 0.4.51. A test that fails means that it has changed.

use std::io::Write;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use curl::Error;
use curl::easy::{Easy2, Handler, List, WriteError};

use self::server::{answer, answer_in_tls, listen, read_head, read_head_bytes};

mod server;

#[derive(Default)]
struct Taken {
    body: Vec<u8>,
}

impl Handler for Taken {
    fn write(&mut self, data: &[u8]) -> Result<usize, WriteError> {
        self.body.extend(data);
        Ok(data.len())
    }
}

fn easy(url: &str) -> Easy2<Taken> {
    let mut easy = Easy2::new(Taken::default());
    easy.url(url).unwrap();
    easy.proxy("").unwrap();
    easy.timeout(Duration::from_secs(2)).unwrap();
    easy
}

fn get(url: &str) -> Result<(u32, String), Error> {
    let easy = easy(url);
    easy.perform()?;
    Ok((easy.response_code()?, String::from_utf8_lossy(&easy.get_ref().body).into_owned()))
}

#[test]
fn curl_writes_the_escapes_of_a_path_in_capitals() {
    let (address, heads) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    get(&format!("http://{address}/%7e?%7e")).unwrap();
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /%7E?%7e HTTP/1.1\r\n"), "{head}");
}

/// libcurl itself takes any bytes; `List` is the crate's only way to its fields.
#[test]
fn curl_takes_field_values_as_text_alone() {
    let append: fn(&mut List, &str) -> Result<(), Error> = List::append;
    let (heads, received) = channel();
    let address = listen(move |mut stream| {
        let _ = heads.send(read_head_bytes(&stream).unwrap());
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    // What a value may be (RFC 9110 section 5.5), but no `&str`: made text, it is another.
    let text = String::from_utf8_lossy(b"caf\xe9");
    let mut fields = List::new();
    append(&mut fields, &format!("X-Text: {text}")).unwrap();
    let mut easy = easy(&format!("http://{address}/"));
    easy.http_headers(fields).unwrap();
    easy.perform().unwrap();
    let head = received.recv().unwrap();
    let line = head.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"X-Text"));
    assert_eq!(line, Some(&b"X-Text: caf\xef\xbf\xbd\r"[..]));
}

#[test]
fn curl_takes_a_head_that_breaks_off_for_whole() {
    for wire in
        ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-A: b", "HTTP/1.1 200 OK\r\nX-A: b\r\n"]
    {
        let (address, _) = answer(wire);
        assert_eq!(get(&format!("http://{address}/")).unwrap(), (200, String::new()));
    }
}

#[test]
fn curl_takes_a_chunk_size_that_ends_in_something_else() {
    let (address, _) =
        answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5g\r\nhello\r\n0\r\n\r\n");
    assert_eq!(get(&format!("http://{address}/")).unwrap(), (200, "hello".to_owned()));
}

#[test]
fn curl_tells_a_bad_chunk_as_a_broken_connection() {
    let (address, _) =
        answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n");
    let error = get(&format!("http://{address}/")).unwrap_err();
    assert!(error.is_recv_error(), "{error}");
}

#[test]
fn curl_takes_a_length_over_its_range_for_none() {
    let (address, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok");
    assert_eq!(get(&format!("http://{address}/")).unwrap(), (200, "ok".to_owned()));
}

#[test]
fn curl_takes_a_head_of_http_2_in_clear_text() {
    let (address, _) = answer("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(&format!("http://{address}/")).unwrap().0, 200);
}

#[test]
fn curl_waits_for_another_answer_after_a_101_that_it_has_not_asked_for() {
    let address = listen(|mut stream| {
        read_head(&stream);
        let _ = write!(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
        read_head(&stream);
    });
    assert!(get(&format!("http://{address}/")).unwrap_err().is_operation_timedout());
}

#[test]
fn curl_drops_the_extension_of_a_chunk_without_a_bound() {
    let (written, came) = channel();
    let address = listen(move |mut stream| {
        read_head(&stream);
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
        let megabyte = vec![b'x'; 1 << 20];
        let count = (0..32).take_while(|_| stream.write_all(&megabyte).is_ok()).count();
        let _ = write!(stream, "\r\nhello\r\n0\r\n\r\n");
        let _ = written.send(count);
    });
    let mut easy = easy(&format!("http://{address}/"));
    easy.timeout(Duration::from_secs(60)).unwrap();
    easy.perform().unwrap();
    assert_eq!((came.recv().unwrap(), &easy.get_ref().body[..]), (32, &b"hello"[..]));
}

/// A connection that was used less than a second ago is not looked at.
#[test]
fn curl_takes_what_a_server_sends_unasked_for_the_next_answer() {
    let address = listen(|mut stream| {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
        read_head(&stream);
        let _ = write!(stream, "{ok}");
        thread::sleep(Duration::from_millis(50));
        let _ = write!(stream, "{forged}");
        read_head(&stream);
    });
    let mut easy = easy(&format!("http://{address}/"));
    easy.perform().unwrap();
    assert_eq!(easy.get_ref().body, b"ok");
    thread::sleep(Duration::from_millis(200));
    easy.get_mut().body.clear();
    easy.perform().unwrap();
    assert_eq!(easy.get_ref().body, b"forged");
}

#[test]
fn curl_with_openssl_takes_the_common_name_for_the_name_of_a_host() {
    let mut named = rcgen::CertificateParams::default();
    named.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    assert!(named.subject_alt_names.is_empty());
    let (address, root) = answer_in_tls("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", named);
    let mut easy = easy(&format!("https://localhost:{}/", address.port()));
    easy.ssl_cainfo_blob(pem(&root).as_bytes()).unwrap();
    easy.perform().unwrap();
    assert_eq!(easy.get_ref().body, b"ok");
}

fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() { '=' } else { digit.into() });
        }
    }
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
