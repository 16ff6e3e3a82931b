//! The group `concurrency`: sends at the same time do not get in each other's way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::conn::complete;
use crate::caps::Caps;
use crate::case::Case;
use crate::engine::made;
use crate::exchange::{Exchange, Want};
use crate::outcome::shown;
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Step, answers, response};
use crate::stage::Stage;
use crate::subject::BoxError;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![not_mixed(), slow_and_fast(), executor(), runtime_change()]
}

fn not_mixed() -> Scenario {
    let on_one = |number| -> Connection {
        let answers = (0..SENDS).flat_map(|_| [Step::Read, Step::Gate(number), Step::Echo]);
        answers.collect()
    };
    Scenario::must("concurrency/responses-not-mixed")
        .why("of many sends at a time each gets its own answer, in whatever order answers come")
        .rule("RFC 9112 section 9.3.2; HttpTransport contract 1")
        .case(Case::course(
            "",
            (0..SENDS).map(on_one).collect(),
            "64 sends at a time, each of another body; when all are there, or no more come, they are answered \
             with their bodies, one connection after the other in no order",
            |stage| Box::pin(send_all(stage)),
        ))
}

async fn send_all(stage: &mut Stage) -> Result<(), BoxError> {
    let mut sendings = Vec::new();
    for number in 0..SENDS {
        let body = format!("{{\"Id\":\"job-{number}\"}}");
        let exchange = Exchange::new(Want::ok(body.as_bytes()));
        sendings.push(stage.start_with(exchange, |request| *request.body_mut() = body.into())?);
    }
    // A transport may use fewer connections, and have the rest wait.
    let mut come = 0;
    while come < SENDS {
        let before = come;
        stage.settle(|records| complete(records) > before).await;
        come = complete(&stage.records());
        if come == before {
            break;
        }
    }
    for step in 0..SENDS {
        // 29 has no factor in common with 64: each gate once, neighbours far apart.
        stage.open(step * 29 % SENDS);
        tokio::task::yield_now().await;
    }
    for sending in sendings {
        stage.end(sending).await;
    }
    stage.checks.equal("requests in all", complete(&stage.records()), SENDS);
    Ok(())
}

fn slow_and_fast() -> Scenario {
    let mut slow = vec![Step::Read, Step::Gate(0), Step::Write(response("200 OK", "", b"slow"))];
    slow.extend(answers(response("200 OK", "", b"fast"), 8));
    let mut connections = vec![slow];
    connections.extend(vec![answers(response("200 OK", "", b"fast"), 8); 8]);
    Scenario::must("concurrency/slow-does-not-block-fast")
        .why("a send that waits for its answer holds up no other")
        .rule("HttpTransport contract 6")
        .revised(2)
        .case(slow_body())
        .case(slow_handshake())
        .case(Case::course(
            "",
            connections,
            "a send that is held up by gate 0; eight more, which must end meanwhile; then the gate is opened",
            |stage| {
                Box::pin(async move {
                    let slow = stage.start(Exchange::new(Want::ok(b"slow")))?;
                    stage.until("the first request comes", |r| complete(r) == 1).await;
                    let mut fast = Vec::new();
                    for _ in 0..8 {
                        fast.push(stage.start(Exchange::new(Want::ok(b"fast")))?);
                    }
                    stage.until("the other eight come", |r| complete(r) == 9).await;
                    let mut ended = 0;
                    for sending in fast {
                        ended += usize::from(stage.end(sending).await);
                    }
                    stage.checks.equal("sends that ended meanwhile", ended, 8);
                    stage.open(0);
                    stage.end(slow).await;
                    Ok(())
                })
            },
        ))
}

fn slow_body() -> Case {
    let early = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl".to_vec();
    let slow = vec![Step::Read, Step::Write(early), Step::Gate(0), Step::Write(b"ow".to_vec())];
    let mut connections = vec![slow];
    connections.extend(vec![answers(response("200 OK", "", b"fast"), 8); 8]);
    let told = "a send whose body is held up by gate 0; eight more, which must end meanwhile; then the gate \
                is opened";
    Case::course("in its body", connections, told, |stage| {
        Box::pin(async move {
            let slow = stage.start(Exchange::new(Want::ok(b"slow")))?;
            stage.until("the first request comes", |r| complete(r) == 1).await;
            // So that its head has been read.
            stage.settle(|_| false).await;
            eight_meanwhile(stage).await?;
            stage.end(slow).await;
            Ok(())
        })
    })
}

fn slow_handshake() -> Case {
    let slow = [
        vec![Step::Gate(0), Step::Handshake(Certificate::Trusted)],
        answers(response("200 OK", "", b"slow"), 1),
    ];
    let fast =
        [vec![Step::Handshake(Certificate::Trusted)], answers(response("200 OK", "", b"fast"), 8)];
    let mut connections = vec![slow.concat()];
    connections.extend(vec![fast.concat(); 8]);
    let told = "a send whose handshake is held up by gate 0; eight more, which must end meanwhile; then the \
                gate is opened";
    Case::course("in its handshake", connections, told, |stage| {
        Box::pin(async move {
            // It may go out on a connection that another send has made meanwhile.
            let either = [Want::ok(b"slow"), Want::ok(b"fast")].concat();
            let slow = stage.start(Exchange::new(either))?;
            stage.until("the first connection is made", |records| !records.is_empty()).await;
            eight_meanwhile(stage).await?;
            stage.end(slow).await;
            Ok(())
        })
    })
    .https()
}

/// Eight sends that must end; then gate 0 is opened.
async fn eight_meanwhile(stage: &mut Stage) -> Result<(), BoxError> {
    let mut fast = Vec::new();
    for _ in 0..8 {
        fast.push(stage.start(Exchange::new(Want::ok(b"fast")))?);
    }
    for sending in fast {
        stage.end(sending).await;
    }
    stage.open(0);
    Ok(())
}

fn executor() -> Scenario {
    let held = |early: &[u8]| -> Connection {
        let ok = response("200 OK", "", b"ok");
        vec![Step::Read, Step::Write(early.to_vec()), Step::Gate(0), Step::Write(ok)]
    };
    let case = |name, script| {
        Case::course(
            name,
            vec![script],
            "a send on a runtime of one thread, with a task beside it that counts; when that has counted on \
             while the send waited, gate 0 is opened",
            |stage| Box::pin(beside_a_ticker(stage)),
        )
        .only_async()
    };
    Scenario::must("concurrency/executor-not-blocked")
        .why("a send that waits gives its thread to the other tasks: it blocks in no read, wait or lock")
        .rule("HttpTransport contract 6 and 12")
        .revised(2)
        .case(case("before the head", held(b"")))
        .case(case("after an interim answer", held(b"HTTP/1.1 100 Continue\r\n\r\n")))
        .case(case("in the body", {
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no".to_vec();
            vec![Step::Read, Step::Write(half), Step::Gate(0), Step::Write(b"k".to_vec())]
        }))
}

async fn beside_a_ticker(stage: &mut Stage) -> Result<(), BoxError> {
    let request = stage.request(&Exchange::new(Vec::new()))?;
    stage.sent.push(request.clone());
    stage.deliveries.push(None);
    let (factory, env, watchdog) = (Arc::clone(&stage.factory), stage.env()?, stage.watchdog);
    let ticks = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ticks);
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    // A transport of its own: one made elsewhere may be tied to that runtime.
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let subject = made(&factory, env, watchdog, &Handle::current()).await?;
            let ticker = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
            let sent = tokio::time::timeout(watchdog, subject.send(request, watchdog)).await;
            ticker.abort();
            drop(subject);
            Ok::<_, BoxError>(sent.ok().and_then(Result::ok))
        })
    })?;
    stage.until("the request comes", |records| complete(records) == 1).await;
    let before = ticks.load(Ordering::Relaxed);
    let counted = || ticks.load(Ordering::Relaxed) - before;
    let mut waits = 0;
    while counted() < 10 && waits < 200 {
        tokio::time::sleep(Duration::from_millis(10).mul_f64(stage.scale)).await;
        waits += 1;
    }
    let counted = counted();
    let expected = "the task beside it counts on to 10 or more";
    stage.checks.must("while it waits", counted >= 10, expected, format_args!("to {counted}"));
    stage.open(0);
    let joining = tokio::task::spawn_blocking(move || thread.join());
    // The thread's own limit is of no use to what blocks it.
    let Ok(joined) = tokio::time::timeout(2 * stage.watchdog, joining).await else {
        stage.hung = true;
        stage.checks.must("global/G6", false, "send returns", "it hung, and its thread with it");
        return Ok(());
    };
    let Ok(outcome) = joined? else {
        stage.checks.must("global/G5", false, "no panic", "send panicked");
        return Ok(());
    };
    let answered = outcome?;
    let ok = answered.as_ref().is_some_and(|outcome| Want::ok(b"ok").iter().any(|w| w.is(outcome)));
    let actual = answered.as_ref().map_or_else(|| "none".to_owned(), shown);
    stage.checks.must("outcome", ok, "a response with status 200 and ok", actual);
    Ok(())
}

fn runtime_change() -> Scenario {
    let ok = || answers(response("200 OK", "", b"ok"), 4);
    Scenario::should("concurrency/survives-runtime-change")
        .why("a transport outlives the runtime that it was first used on, with what it has kept there")
        .rule("HttpTransport contract 11")
        .needs(Caps::POOL)
        .case(
            Case::course(
                "",
                vec![ok(), ok(), ok()],
                "a send on a runtime, which is then dropped; another on a second runtime",
                |stage| {
                    Box::pin(async move {
                        for _ in 0..2 {
                            let exchange = Exchange::new(Want::ok(b"ok"));
                            on_a_runtime(stage, &exchange).await?;
                        }
                        Ok(())
                    })
                },
            )
            .only_async(),
        )
}

async fn on_a_runtime(stage: &mut Stage, exchange: &Exchange) -> Result<(), BoxError> {
    let request = stage.request(exchange)?;
    stage.sent.push(request.clone());
    let (subject, watchdog) = (stage.subject.clone(), stage.watchdog);
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let subject = subject.on(runtime.handle().clone());
        let sending =
            async { tokio::time::timeout(watchdog, subject.send(request, watchdog)).await };
        let sent = runtime.block_on(sending);
        Ok::<_, BoxError>(sent.ok().and_then(Result::ok))
    })?;
    let joined = tokio::task::spawn_blocking(move || thread.join()).await?;
    let answered = joined.unwrap_or(Ok(None))?;
    stage.deliveries.push(answered.as_ref().and_then(|o| o.as_ref().err().map(|e| e.delivery())));
    let ok = answered.as_ref().is_some_and(|o| exchange.accepted.iter().any(|want| want.is(o)));
    let actual = answered.as_ref().map_or_else(|| "none".to_owned(), shown);
    stage.checks.must("outcome", ok, "a response with status 200 and ok", actual);
    Ok(())
}

/// At a time.
const SENDS: usize = 64;
