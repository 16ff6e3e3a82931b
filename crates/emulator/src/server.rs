use std::io;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};
use tracing::{debug, dispatcher, info, warn};

use crate::answer::{Answer, Failure};
use crate::operation::{self, Call};
use crate::signature::ReceivedRequest;
use crate::state::State;

/// The thread that serves; dropping this ends it, its connections and its listener.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on a thread of its own, which logs to the caller's subscriber.
    pub(crate) fn start(
        listener: StdListener,
        state: Arc<State>,
        read_timeout: Duration,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (stop, stopped) = oneshot::channel();
        let (report, started) = mpsc::sync_channel(1);
        let dispatch = dispatcher::get_default(Clone::clone);
        let run = move || {
            // A runtime may not be dropped where async code runs, so it never leaves this thread.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let ready = runtime.and_then(|runtime| {
                let _context = runtime.enter();
                let listener = TcpListener::from_std(listener)?;
                Ok((runtime, listener))
            });
            let (runtime, listener) = match ready {
                Ok(ready) => ready,
                Err(error) => return drop(report.send(Err(error))),
            };
            if report.send(Ok(())).is_err() {
                return;
            }
            let accept = || async { listener.accept().await.map(|(stream, _)| stream) };
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept_all(accept, &state, read_timeout) => {}
                }
            });
        };
        let thread = thread::Builder::new()
            .name("kendra-sync-emulator".to_owned())
            .spawn(move || dispatcher::with_default(&dispatch, run))?;
        started.recv().map_err(io::Error::other)??;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It can have panicked only through a bug, which its own report tells.
            let _ = thread.join();
        }
    }
}

/// Serves each connection that `accept` yields, for ever.
async fn accept_all<A, F>(mut accept: A, state: &Arc<State>, read_timeout: Duration)
where
    A: FnMut() -> F + Send,
    F: Future<Output = io::Result<TcpStream>> + Send,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed; further clients wait in the listener's queue.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match accept().await {
            Ok(stream) => {
                let state = Arc::clone(state);
                tokio::spawn(async move {
                    serve(stream, &state, read_timeout).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Such as no file descriptor left: trying again at once would spin.
                warn!(target: TARGET, %error, "could not accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, state: &State, read_timeout: Duration) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(target: TARGET, %error, "could not turn off Nagle's algorithm");
    }
    let service = service_fn(|request| answer(request, state, read_timeout));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(read_timeout)
        .max_header_size(HEAD_LIMIT)
        .max_buf_size(BUFFER_LIMIT)
        // A client may end its side after the request and still wait for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        debug!(target: TARGET, %error, "the connection broke off");
    }
}

/// An error ends the connection: the body broke off, so nobody waits for an answer.
async fn answer(
    request: Request<Incoming>,
    state: &State,
    read_timeout: Duration,
) -> hyper::Result<Response<Full<Bytes>>> {
    state.count_request();
    let (head, body) = request.into_parts();
    let mut call = Call::default();
    let outcome = match timeout(read_timeout, read(body)).await {
        Ok(Ok(Some(body))) => {
            // In absolute form, as to a proxy, the whole of it: that is not what was signed.
            let target = match (head.uri.authority(), head.uri.path_and_query()) {
                (None, Some(target)) => target.to_string(),
                _ => head.uri.to_string(),
            };
            let received = ReceivedRequest::new(head.method.as_str(), &target, &body);
            let received = head.headers.iter().fold(received, |received, (name, value)| {
                received.header(name.as_str(), value.as_bytes())
            });
            operation::perform(state, &received, SystemTime::now(), &mut call)
        }
        Ok(Ok(None)) => Err(Failure::RequestTooLarge),
        Ok(Err(error)) => return Err(error),
        Err(_) => Err(Failure::RequestTimeout),
    };
    let answer = Answer::new(outcome);
    info!(
        target: TARGET,
        operation = call.operation,
        index_id = call.ids.as_ref().map(|ids| ids.index.as_str()),
        data_source_id = call.ids.as_ref().map(|ids| ids.data_source.as_str()),
        status = answer.status().as_u16(),
        code = answer.code(),
        request_id = answer.request_id,
        "answered"
    );
    Ok(answer.to_response())
}

/// Reads a body to its end; `None` when it is over the limit.
///
/// Some of what is over the limit is read as well: a client that is still sending when the
/// connection is closed would see a reset in place of the answer.
async fn read(mut body: Incoming) -> hyper::Result<Option<Bytes>> {
    let mut bytes = BytesMut::new();
    let mut received = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        received = received.saturating_add(data.len());
        if received <= BODY_LIMIT {
            bytes.extend_from_slice(&data);
        } else if received > DRAIN_LIMIT {
            break;
        }
    }
    Ok((received <= BODY_LIMIT).then(|| bytes.freeze()))
}

const TARGET: &str = "kendra_sync_emulator";

/// How many connections are served at a time.
const CONNECTIONS: usize = 1_024;

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const HEAD_LIMIT: usize = 64 * 1024;
const BUFFER_LIMIT: usize = 2 * HEAD_LIMIT;
const BODY_LIMIT: usize = 1024 * 1024;
const DRAIN_LIMIT: usize = 16 * BODY_LIMIT;

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::Instant;

    use super::*;

    /// No descriptor left is an error that stays until some connection ends.
    #[tokio::test(start_paused = true)]
    async fn accept_errors_are_waited_out() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::new(String::new(), None, Duration::ZERO));
        let (accepted, done) = oneshot::channel();
        let mut accepted = Some(accepted);
        let mut calls = 0;
        let accept = || {
            calls += 1;
            let turn = calls;
            let last = if turn == 21 { accepted.take() } else { None };
            async move {
                if turn <= 20 {
                    return Err(io::Error::from_raw_os_error(24));
                }
                let Some(last) = last else { return std::future::pending().await };
                let stream = TcpStream::connect(address).await;
                last.send(turn).unwrap();
                stream
            }
        };
        let start = Instant::now();
        tokio::select! {
            turn = done => assert_eq!(turn, Ok(21)),
            () = accept_all(accept, &state, Duration::from_secs(1)) => unreachable!(),
        }
        assert!(start.elapsed() >= 20 * ACCEPT_PAUSE);
    }
}
