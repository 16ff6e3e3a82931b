//! The raw client's defects, one a row.

use kendra_sync_conformance::Caps;

use super::Defect;
use crate::faulty::Make::Raw;
use crate::faulty::{Faulty, all_caps};

pub(crate) fn rows() -> Vec<Faulty> {
    let mut rows = vec![Faulty::new(
        "R00",
        "none: the raw client without a defect, which must pass",
        Raw(Defect::None),
        &[],
    )];
    rows.extend(requests());
    rows.extend(connections());
    rows.extend(heads());
    rows.extend(bodies());
    rows
}

fn requests() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S05",
            "Host without its port",
            Raw(Defect::HostWithoutPort),
            &["fidelity/host-once-with-port", "fidelity/sigv4-verifies"],
        ),
        Faulty::new(
            "S06",
            "the target in absolute-form",
            Raw(Defect::AbsoluteForm),
            &["fidelity/request-line-origin-form"],
        ),
        Faulty::new(
            "S07",
            "sends the body in chunks",
            Raw(Defect::SendsChunks),
            &["fidelity/content-length-once-no-te"],
        ),
        Faulty::new(
            "S24",
            "has no TLS, and sends https requests in clear",
            Raw(Defect::HttpsInClear),
            &["cap/undeclared-refused"],
        )
        .caps(Caps::CANCEL | Caps::LIMIT | Caps::POOL | Caps::TIMEOUT),
    ]
}

fn connections() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S22",
            "refuses a whole body where close_notify is missing",
            Raw(Defect::DemandsCloseNotify),
            &["tls/complete-body-without-close-notify"],
        ),
        Faulty::new(
            "S26",
            "has a time limit for each read alone",
            Raw(Defect::LimitForEachRead),
            &["timeout/drip-total-deadline", "fault/interim-flood"],
        ),
        Faulty::new(
            "S28",
            "has a time limit for the head alone",
            Raw(Defect::LimitForHeadOnly),
            &["timeout/body-stall", "timeout/drip-total-deadline"],
        ),
        Faulty::new(
            "S30",
            "keeps the connection after every error",
            Raw(Defect::KeepsAfterErrors),
            &["timeout/late-response-not-delivered"],
        ),
        Faulty::new(
            "S34",
            "connects again for ever when a connection fails early",
            Raw(Defect::ConnectsForEver),
            &["fault/reset-on-accept", "conn/refused"],
        )
        // Each certificate that it does not trust takes it two limits.
        .slow_in(&[
            "tls/untrusted-ca",
            "tls/wrong-host",
            "tls/wrong-host-lookalike",
            "tls/expired",
            "tls/every-connection-verified",
            "tls/handshake-broken",
        ]),
        Faulty::new(
            "S35",
            "makes a connection for each request",
            Raw(Defect::NewConnectionEachTime),
            &["conn/keep-alive-reuse"],
        ),
        Faulty::new(
            "S36",
            "goes on after Connection: close",
            Raw(Defect::ReusesClosing),
            &["conn/connection-close-honoured"],
        ),
        Faulty::new(
            "S37",
            "goes on with a connection whose end it has seen",
            Raw(Defect::ReusesEnded),
            &["conn/stale-idle-replaced"],
        ),
        Faulty::new(
            "S38",
            "does not look at the port when it picks a connection",
            Raw(Defect::PoolIgnoresPort),
            &["conn/origins-not-shared"],
        ),
        Faulty::new(
            "S39",
            "sends the next request behind one that waits",
            Raw(Defect::Pipelines),
            &["conn/no-pipelining"],
        ),
        Faulty::new(
            "S40",
            "keeps what follows an answer for the next",
            Raw(Defect::KeepsExtraBytes),
            &["conn/extra-bytes-poison", "conn/unsolicited-408-not-consumed"],
        ),
        Faulty::new(
            "S41",
            "forgets the socket of every error",
            Raw(Defect::LeaksOnError),
            // The second, as nothing else shows that sockets which stay open are found everywhere (global/G8).
            &["conn/fd-leak-bounded", "framing/cl-short-truncated"],
        ),
        Faulty::new(
            "S47",
            "gives up when the server answers before all is written",
            Raw(Defect::GivesUpOnEarlyAnswer),
            &["fault/early-response-half-close"],
        ),
    ]
}

fn heads() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S42",
            "a head that breaks off is an empty answer",
            Raw(Defect::PartialHeadIsEmpty),
            &["fault/eof-in-head"],
        ),
        Faulty::new(
            "S43",
            "unwraps what it has parsed",
            Raw(Defect::UnwrapsParse),
            &["fault/garbage-status-line", "framing/cl-invalid"],
        ),
        Faulty::new(
            "S44",
            "reads a head without bound",
            Raw(Defect::UnboundedHead),
            &["fault/header-bomb"],
        ),
        Faulty::new(
            "S45",
            "the first 1xx is final",
            Raw(Defect::InterimIsFinal),
            &["fault/interim-1xx"],
        ),
        Faulty::new(
            "S46",
            "waits for another answer after a 101",
            Raw(Defect::WaitsAfter101),
            &["fault/unsolicited-101"],
        ),
        Faulty::new(
            "S57a",
            "demands a reason",
            Raw(Defect::ReasonDemanded),
            &["header/legal-but-odd-head"],
        ),
        Faulty::new(
            "S57b",
            "takes 64 fields at most",
            Raw(Defect::SixtyFourFields),
            &["header/legal-but-odd-head"],
        ),
        Faulty::new(
            "S58",
            "a folded line is a field",
            Raw(Defect::FoldIsField),
            &["header/bad-field-never-injects"],
        ),
    ]
}

fn bodies() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "S23",
            "an error after the head is the body's end",
            Raw(Defect::ErrorIsEnd),
            &[
                "framing/cl-short-truncated",
                "fault/reset-in-body",
                "tls/close-delimited-needs-close-notify",
            ],
        ),
        Faulty::new(
            "S48",
            "takes each read for a chunk",
            Raw(Defect::ReadIsChunk),
            &["framing/chunked-dribble"],
        ),
        Faulty::new(
            "S49",
            "merges trailers into the fields",
            Raw(Defect::TrailersMerged),
            &["framing/trailers-not-merged"],
        ),
        Faulty::new(
            "S50",
            "no Content-Length is no body",
            Raw(Defect::NoLengthIsEmpty),
            &["framing/close-delimited"],
        ),
        Faulty::new(
            "S51",
            "Content-Length counts before chunks",
            Raw(Defect::LengthBeforeChunks),
            &["framing/te-and-cl"],
        ),
        Faulty::new(
            "S52",
            "the first of several lengths counts",
            Raw(Defect::FirstLength),
            &["framing/cl-duplicate-different"],
        ),
        Faulty::new(
            "S53",
            "takes memory for all of Content-Length",
            Raw(Defect::Preallocates),
            &["framing/cl-huge-no-prealloc"],
        ),
        Faulty::new(
            "S54a",
            "a chunked body that breaks off is whole",
            Raw(Defect::UnterminatedIsEnd),
            &["framing/chunked-unterminated"],
        ),
        Faulty::new(
            "S54b",
            "a bad chunk size is zero",
            Raw(Defect::BadSizeIsZero),
            &["framing/chunk-size-bad"],
        ),
        Faulty::new(
            "S55",
            "waits for the body of a 204 or 304",
            Raw(Defect::WaitsForNoBody),
            &["framing/no-body-statuses"],
        ),
        Faulty::new(
            "S73",
            "takes a body without bound",
            Raw(Defect::NoBodyLimit),
            &["limit/body-boundary", "limit/infinite-body-bounded"],
        )
        .caps(all_caps()),
    ]
}
