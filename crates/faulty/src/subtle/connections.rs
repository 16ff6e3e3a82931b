//! Connections, limits and handshakes: defects that show at one moment alone.

use kendra_sync_core::HttpTransport;

use crate::faulty::Make::{Around, Raw, Tls};
use crate::faulty::{Faulty, sends};
use crate::raw::Defect;
use crate::tls::{forgiving, is_just_expired, without_signatures};

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X50",
            "does not look whether the server has the certificate's key",
            Tls(without_signatures),
            &["tls/untrusted-ca"],
        ),
        Faulty::new(
            "X51",
            "forgives a certificate half an hour",
            Tls(|roots| forgiving(roots, is_just_expired)),
            &["tls/expired"],
        ),
        Faulty::new(
            "X52",
            "the limit starts anew for the body",
            Raw(Defect::LimitAnewForBody),
            &["timeout/drip-total-deadline"],
        ),
        Faulty::new(
            "X53",
            "the limit starts once there is a connection",
            Raw(Defect::LimitAfterConnect),
            &["timeout/tls-handshake-stall"],
        ),
        Faulty::new(
            "X54",
            "the limit is twice what it should be",
            Around(|good| {
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move { good.send(request, timeout.saturating_mul(2)).await }
                })
            }),
            &["timeout/drip-total-deadline"],
        ),
        Faulty::new(
            "X55",
            "sends again on a connection that had served two requests and then failed",
            Raw(Defect::ResendsOnThirdUse),
            &["conn/reset-on-reused-not-resent", "conn/eof-on-reused-not-resent"],
        ),
        Faulty::new(
            "X56",
            "what could not be written whole was not sent",
            Raw(Defect::WriteErrorIsNotSent),
            &["fault/reset-after-request"],
        ),
        Faulty::new(
            "X57",
            "takes a head of up to 1 MiB",
            Raw(Defect::LargeHead),
            &["fault/header-bomb"],
        ),
        Faulty::new(
            "X58",
            "connects one at a time",
            Raw(Defect::OneConnectAtATime),
            &["concurrency/slow-does-not-block-fast"],
        ),
        Faulty::new(
            "X59",
            "reads one body at a time",
            Raw(Defect::OneBodyAtATime),
            &["concurrency/slow-does-not-block-fast"],
        ),
        Faulty::new(
            "X60",
            "blocks the executor's thread while it reads a body",
            Raw(Defect::BlocksInBody),
            &["concurrency/executor-not-blocked"],
        ),
    ]
}
