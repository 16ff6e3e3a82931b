//! What is asked of a connection.

use super::*;

impl Record {
    /// One on which the client sent this.
    pub(crate) fn with(received: &[u8]) -> Self {
        of([What::Received(received.to_vec())])
    }
}

fn of<const N: usize>(whats: [What; N]) -> Record {
    let mut record = Record::default();
    record.events.extend(whats.map(|what| Event { at: Duration::ZERO, what }));
    record
}

#[test]
fn each_event_answers_the_questions_that_are_about_it() {
    let answers = |record: &Record| {
        [record.secured(), record.ended(), record.left(), record.closed()].map(u8::from)
    };
    for (what, expected) in [
        (What::Secured, [1, 0, 0, 0]),
        (What::Left("client: closes"), [0, 1, 1, 0]),
        (What::Reset, [0, 1, 0, 1]),
        (What::Closes("server: closes"), [0, 0, 0, 1]),
        (What::Received(vec![1]), [0; 4]),
        (What::Sent(vec![1]), [0; 4]),
        (What::Tls(vec![1]), [0; 4]),
        (What::Flooded(1), [0; 4]),
        (What::Note("note".into()), [0; 4]),
    ] {
        let note = || What::Note("before and after".into());
        assert_eq!(answers(&of([note(), what.clone(), note()])), expected, "{what:?}");
    }
}

#[test]
fn bytes_belong_to_who_sent_them() {
    let record = of([
        What::Tls(b"hello".to_vec()),
        What::Received(b"PO".to_vec()),
        What::Sent(b"HTTP".to_vec()),
        What::Received(b"ST".to_vec()),
        What::Flooded(7),
        What::Sent(b"/1.1".to_vec()),
        What::Flooded(8),
    ]);
    assert_eq!((record.received(), record.bytes_received()), (b"POST".to_vec(), 4));
    assert_eq!(record.sent(), b"HTTP/1.1");
    assert_eq!(record.flooded(), Some(7));
    assert!(record.hello().is_none());
    let nothing = of([What::Sent(b"HTTP".to_vec())]);
    assert_eq!((nothing.received(), nothing.bytes_received()), (Vec::new(), 0));
    assert_eq!((nothing.flooded(), nothing.requests()), (None, Vec::new()));
}

#[test]
fn requests_follow_each_other_whatever_frames_them() {
    let record = of([
        What::Received(
            b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r".to_vec(),
        ),
        What::Received(b"\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nbbPOST".to_vec()),
        What::Received(b" /c HTTP/1.1\r\n\r\nPO".to_vec()),
    ]);
    let requests = record.requests();
    let told = requests.iter().map(|r| (r.target(), r.body.as_slice(), r.complete));
    let expected: [(&[u8], &[u8], bool); 4] = [
        (b"/a", b"1\r\na\r\n0\r\n\r\n", true),
        (b"/b", b"bb", true),
        (b"/c", b"", true),
        (b"", b"", false),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
