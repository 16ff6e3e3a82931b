//! A transport whose answers go through a parser of the self-test's.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{HttpTransport, TransportError, blocking};

use crate::self_test::Reader;

/// Hands up what the reader makes of each answer, or the answer as it is.
#[derive(Debug)]
pub(crate) struct Read<T: ?Sized>(pub(crate) Arc<T>, pub(crate) Option<Reader>);

#[async_trait]
impl<T: HttpTransport + ?Sized> HttpTransport for Read<T> {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, timeout).await.and_then(self.1.unwrap_or(Ok))
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl<T: blocking::HttpTransport + ?Sized> blocking::HttpTransport for Read<T> {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request, timeout).and_then(self.1.unwrap_or(Ok))
    }

    fn sleep(&self, duration: Duration) {
        self.0.sleep(duration);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http::StatusCode;

    use super::*;

    /// Answers 200, and notes how long it was to sleep.
    #[derive(Debug, Default)]
    struct Noting(Mutex<Vec<Duration>>);

    impl blocking::HttpTransport for Noting {
        fn send(
            &self,
            _request: Request<Bytes>,
            _timeout: Duration,
        ) -> Result<Response<Bytes>, TransportError> {
            Ok(Response::new(Bytes::from_static(b"ok")))
        }

        fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration);
        }
    }

    #[async_trait]
    impl HttpTransport for Noting {
        async fn send(
            &self,
            request: Request<Bytes>,
            timeout: Duration,
        ) -> Result<Response<Bytes>, TransportError> {
            blocking::HttpTransport::send(self, request, timeout)
        }

        async fn sleep(&self, duration: Duration) {
            blocking::HttpTransport::sleep(self, duration);
        }
    }

    fn teapot(mut answer: Response<Bytes>) -> Result<Response<Bytes>, TransportError> {
        *answer.status_mut() = StatusCode::IM_A_TEAPOT;
        Ok(answer)
    }

    #[tokio::test]
    async fn both_kinds_hand_up_what_the_reader_makes_and_sleep_as_they_are_told() {
        let (request, second) = (|| Request::new(Bytes::new()), Duration::from_secs(1));
        for (reader, status) in [(None, 200), (Some(teapot as Reader), 418)] {
            let noting = Arc::new(Noting::default());
            let read = Read(Arc::clone(&noting), reader);
            let asynchronous = HttpTransport::send(&read, request(), second).await.unwrap();
            let blocking = blocking::HttpTransport::send(&read, request(), second).unwrap();
            for answer in [asynchronous, blocking] {
                assert_eq!((answer.status().as_u16(), &answer.body()[..]), (status, &b"ok"[..]));
            }
            HttpTransport::sleep(&read, second).await;
            blocking::HttpTransport::sleep(&read, 2 * second);
            assert_eq!(*noting.0.lock().unwrap(), [second, 2 * second]);
        }
    }
}
