//! The group `header`: the head of a response, from the status line to the last field.

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::InvalidResponse;

use super::handed_up::{Field, fields, should_be_taken};
use crate::case::Case;
use crate::check::Checks;
use crate::exchange::Want;
use crate::outcome::shown;
use crate::scenario::Scenario;
use crate::server::{Seen, answer, answer_and_close, response};

pub(crate) fn rows() -> Vec<Scenario> {
    vec![multi_value(), obs_text(), odd_head(), lenient(), bad_field()]
}

fn multi_value() -> Scenario {
    Scenario::must("header/multi-value-kept")
        .why("a repeated field keeps every value in order, the empty ones too: append, do not replace")
        .rule("RFC 9110 sections 5.1 and 5.3; HttpTransport contract 3")
        .revised(2)
        .replayable()
        .case(whole("same name, other letters", "X-M: a\r\nx-m: b\r\n", |seen, checks| {
            fields(seen, checks, 0, &[("x-m", &[b"a", b"b"])]);
        }))
        .case(whole(
            "apart, with an empty value and an equal one",
            "X-m: a\r\nX-Other: o\r\nx-M:\r\nX-M: a\r\nx-empty: \t \r\n",
            |seen, checks| {
                let expected: [(&str, &[&[u8]]); 3] =
                    [("x-m", &[b"a", b"", b"a"]), ("x-other", &[b"o"]), ("x-empty", &[b""])];
                fields(seen, checks, 0, &expected);
            },
        ))
        .case(whole(
            "lists are neither joined nor split",
            "X-M: a, b\r\nX-M:\t c,,d \t\r\n",
            |seen, checks| fields(seen, checks, 0, &[("x-m", &[b"a, b", b"c,,d"])]),
        ))
        .case(whole("fields that clients have a use for", USED, |seen, checks| {
            fields(seen, checks, 0, &used());
        }))
        .case(
            whole(
                "neither are cookies",
                "Set-Cookie: k=v\r\nX-M: a\r\nSet-Cookie: l=w; Secure\r\n",
                |seen, checks| {
                    let cookies: &[&[u8]] = &[b"k=v", b"l=w; Secure"];
                    fields(seen, checks, 0, &[("set-cookie", cookies), ("x-m", &[b"a"])]);
                },
            )
            .only_live("a recording has no cookies"),
        )
        .case(
            Case::answer(
                "of an error",
                answer(response(
                    "400 Bad Request",
                    "X-Amzn-ErrorType: E\r\nX-AMZN-REQUESTID: 1\r\nx-amzn-errortype: F\r\n",
                    b"{}",
                )),
                vec![Want::Answer(400, b"{}".to_vec())],
            )
            .check(|seen, checks| {
                let expected: [(&str, &[&[u8]]); 2] =
                    [("x-amzn-errortype", &[b"E", b"F"]), ("x-amzn-requestid", &[b"1"])];
                fields(seen, checks, 0, &expected);
            }),
        )
}

fn obs_text() -> Scenario {
    let latin = |status: &str| {
        let head = [status.as_bytes(), b"\r\nX-A: plain\r\nX-A: \xff\xfe\r\nX-B: caf\xe9 \x80\r\n"];
        [&b"HTTP/1.1 "[..], &head.concat(), b"X-C: a\tb\r\nContent-Length: 2\r\n\r\nok"].concat()
    };
    let same: fn(&Seen, &mut Checks) = |seen, checks| {
        let expected: [(&str, &[&[u8]]); 3] =
            [("x-a", &[b"plain", b"\xff\xfe"]), ("x-b", &[b"caf\xe9 \x80"]), ("x-c", &[b"a\tb"])];
        fields(seen, checks, 0, &expected);
    };
    Scenario::must("header/obs-text-value-kept")
        .why("a value may hold bytes that are no text: hand them up as bytes, and parse none as UTF-8")
        .rule("RFC 9110 section 5.5; HttpTransport contracts 3 and 14")
        .replayable()
        .case(
            Case::answer(
                "200",
                answer(latin("200 OK")),
                vec![Want::Answer(200, b"ok".to_vec())],
            )
            .check(same),
        )
        .case(
            Case::answer(
                "400",
                answer(latin("400 Bad Request")),
                vec![Want::Answer(400, b"ok".to_vec())],
            )
            .check(same),
        )
}

fn odd_head() -> Scenario {
    let many: String = (0..99).map(|n| format!("X-Field-{n}: {n}\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "l".repeat(LONG));
    let tolerated = || vec![ok(), Want::Fails(vec![InvalidResponse], Some(MaybeSent))];
    Scenario::must("header/legal-but-odd-head")
        .why("a head that is rare but legal is read: no reason, odd names, a hundred fields")
        .rule("RFC 9112 sections 4 and 5; RFC 9110 sections 5.4 and 5.6.2")
        .revised(2)
        .replayable()
        .case(Case::answer("no reason", answer(response("200 ", "", b"ok")), vec![ok()]))
        .case(Case::answer(
            "no reason, of an error",
            answer(response("400 ", "", b"{}")),
            vec![Want::Answer(400, b"{}".to_vec())],
        ))
        .case(Case::answer(
            "a reason with tabs and bytes that are no text",
            answer(b"HTTP/1.1 200 \t\xe9\xff 404 \r\nContent-Length: 2\r\n\r\nok".to_vec()),
            vec![ok()],
        ))
        .case(
            Case::answer(
                "neither reason nor the space before it (should)",
                answer(response("200", "", b"ok")),
                tolerated(),
            )
            .check(should_be_taken),
        )
        .case(whole("names of odd characters", "!#$%&'*+-.^_`|~9: v\r\n9:v\r\n", |seen, checks| {
            let expected: [(&str, &[&[u8]]); 2] = [("!#$%&'*+-.^_`|~9", &[b"v"]), ("9", &[b"v"])];
            fields(seen, checks, 0, &expected);
        }))
        .case(whole("values of odd characters", ODD_VALUES, |seen, checks| {
            let expected: [(&str, &[&[u8]]); 2] =
                [("x-a", &[b":a: \"b\" ;=,\\"]), ("x-b", &[b"a  b \t  c"])];
            fields(seen, checks, 0, &expected);
        }))
        .case(whole("100 fields", &many, |seen, checks| {
            let named: Vec<(String, String)> =
                (0..99).map(|n| (format!("x-field-{n}"), n.to_string())).collect();
            let values: Vec<[&[u8]; 1]> = named.iter().map(|(_, v)| [v.as_bytes()]).collect();
            let expected: Vec<(&str, &[&[u8]])> =
                named.iter().zip(&values).map(|((n, _), v)| (n.as_str(), &v[..])).collect();
            fields(seen, checks, 0, &expected);
        }))
        .case(
            Case::answer(
                "a field of 60 KB (should)",
                answer(response("200 OK", &long, b"ok")),
                tolerated(),
            )
            .check(|seen, checks| {
                fields(seen, checks, 0, &[("x-long", &["l".repeat(LONG).as_bytes()])]);
                should_be_taken(seen, checks);
            }),
        )
}

fn lenient() -> Scenario {
    let heads = [
        ("bare LF", "HTTP/1.1 200 OK\nX-A: 1\nContent-Length: 2\n\nok"),
        ("an empty line before", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("spaces around the status", "HTTP/1.1  200  OK\r\nContent-Length: 2\r\n\r\nok"),
        ("lower-case version", "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("HTTP/1.2", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    let cases = heads.map(|(name, bytes)| {
        Case::answer(name, answer_and_close(bytes), Vec::new()).check(|seen, checks| {
            let actual = seen.outcomes.first().map_or_else(|| "nothing".to_owned(), shown);
            checks.record("recorded", "a response, or an error of kind InvalidResponse", actual);
        })
    });
    let row = Scenario::may("header/lenient-parsing")
        .why("where a recipient may be lenient, this tells whether the transport is")
        .rule("RFC 9112 sections 2.2, 2.3 and 4");
    cases.into_iter().fold(row, Scenario::case)
}

fn bad_field() -> Scenario {
    let row = Scenario::must("header/bad-field-never-injects")
        .why("a malformed line is refused or stays in its field: it never becomes a field of its own")
        .rule("RFC 9110 section 5.5; RFC 9112 sections 2.2, 5.1 and 5.2; HttpTransport contract 14");
    let either = || vec![ok(), Want::Fails(vec![InvalidResponse], Some(MaybeSent))];
    let lines = [
        ("folded with a space", "X-A: 1\r\n Y: 2\r\n"),
        ("folded with a tab", "X-A: 1\r\n\tY: 2\r\n"),
        ("folded after nothing", "X-B: 3\r\nX-A:\r\n 1 Y: 2\r\n"),
        ("NUL in the value", "X-A: 1\0Y: 2\r\n"),
        ("NUL at the value's end", "X-A: 1 Y: 2\0\r\n"),
        ("CR in the value", "X-A: 1\rY: 2\r\n"),
        ("CR at the line's end", "X-A: 1 Y: 2\r\r\n"),
        ("space before the colon", "X-A: 1 Y: 2\r\nY : 2\r\n"),
        ("tab before the colon", "X-A: 1 Y: 2\r\nY\t: 2\r\n"),
        ("space before the first name", " Y: 2\r\nX-A: 1 Y: 2\r\n"),
        ("NUL in the name", "X-A: 1 Y: 2\r\nY\0: 2\r\n"),
        ("CR before the name", "X-A: 1 Y: 2\r\n\rY: 2\r\n"),
        ("a word before the name", "X-A: 1 Y: 2\r\nX-Z Y: 2\r\n"),
        ("folded framing", "X-A: 1 Y: 2\r\nX-B: 3\r\n Content-Length: 1\r\n"),
        ("framing after a CR", "X-A: 1 Y: 2\r\nX-B: 3\rContent-Length: 1\r\n"),
    ];
    let cases = lines.map(|(name, lines)| {
        Case::answer(name, answer(response("200 OK", lines, b"ok")), either()).check(one_value_left)
    });
    cases.into_iter().fold(row, Scenario::case)
}

/// There is no field `Y`, and `X-A` has its one value, whatever blank took the place of what was bad.
fn one_value_left(seen: &Seen, checks: &mut Checks) {
    let Some(Ok(response)) = seen.outcomes.first() else { return };
    checks.must("no field of its own", !response.headers().contains_key("y"), "no field Y", "one");
    let values = response.headers().get_all("x-a").iter().map(|value| {
        let words = value.as_bytes().split(|b| b" \t\r\n\0".contains(b)).filter(|w| !w.is_empty());
        words.map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
    });
    checks.equal("the field that it is in", values.collect::<Vec<_>>(), vec!["1 Y: 2".to_owned()]);
}

/// A sound answer with these lines of fields.
fn whole(name: &str, lines: &str, check: fn(&Seen, &mut Checks)) -> Case {
    Case::answer(name, answer(response("200 OK", lines, b"ok")), vec![ok()]).check(check)
}

fn ok() -> Want {
    Want::Answer(200, b"ok".to_vec())
}

/// What fields that clients have a use for say, in the order of their names.
fn used() -> [Field<'static>; 11] {
    [
        ("age", &[b"60"]),
        ("content-encoding", &[b"IDENTITY"]),
        ("content-type", &[b"Application/X-AMZ-json-1.1 ;Charset=\"UTF-8\""]),
        ("date", &[b"Tue, 15 Nov 1994 08:12:31 GMT"]),
        ("etag", &[b"W/\"A\""]),
        ("keep-alive-not", &[b"1"]),
        ("location", &[b"/A%2fb"]),
        ("server", &[b"Server"]),
        ("strict-transport-security", &[b"max-age=1"]),
        ("via", &[b"1.1 a", b"1.0 B"]),
        ("x-amzn-requestid", &[b"7F1E"]),
    ]
}

const USED: &str = "Age: 60\r\nContent-Encoding: IDENTITY\r\n\
    Content-Type: Application/X-AMZ-json-1.1 ;Charset=\"UTF-8\"\r\n\
    Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nETag: W/\"A\"\r\nKeep-Alive-Not: 1\r\n\
    Location: /A%2fb\r\nServer: Server\r\nStrict-Transport-Security: max-age=1\r\n\
    Via: 1.1 a\r\nVia: 1.0 B\r\nX-Amzn-RequestId: 7F1E\r\n";

const ODD_VALUES: &str = "X-A: :a: \"b\" ;=,\\\r\nX-B: a  b \t  c\r\n";

/// Below the 64 KiB that a head may take.
const LONG: usize = 60_000;
