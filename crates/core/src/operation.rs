//! What an operation is: a target, a body, and how a 2xx answer is read.

use std::fmt;

use bytes::Bytes;

use crate::transport::MAX_BODY;

/// One operation of Kendra's API.
///
/// Everything else (signing, errors, limits) is the same for all; adding an operation is adding a
/// file to `operations/`.
pub trait Operation: fmt::Debug + Send + Sync {
    /// The operation's name, as in [`TARGET_PREFIX`]`.NAME`.
    const NAME: &'static str;

    /// What success gives.
    type Output: fmt::Debug + Send;

    /// The request's body: JSON.
    fn body(&self) -> Bytes;

    /// Reads a 2xx answer.
    ///
    /// # Errors
    ///
    /// [`InvalidOutput`] when the answer lacks what the operation must return.
    fn output(&self, answer: Answer) -> Result<Self::Output, InvalidOutput>;
}

/// What stands before an operation's name in `X-Amz-Target`.
pub const TARGET_PREFIX: &str = "AWSKendraFrontendService";

/// The value of `X-Amz-Target` for an operation, put together by the compiler: no call pays for it.
pub(crate) struct Target<O>(O);

impl<O: Operation> Target<O> {
    const JOINED: ([u8; 128], usize) = join([TARGET_PREFIX.as_bytes(), b".", O::NAME.as_bytes()]);

    pub(crate) const VALUE: &'static str = {
        let (bytes, length) = &Self::JOINED;
        match str::from_utf8(bytes.split_at(*length).0) {
            Ok(value) => value,
            Err(_) => unreachable!(),
        }
    };
}

/// Texts one after the other, without a piece of memory of their own, and how long they are together: at
/// most `N` bytes.
pub(crate) const fn join<const N: usize, const PARTS: usize>(
    parts: [&[u8]; PARTS],
) -> ([u8; N], usize) {
    let (mut joined, mut length, mut part) = ([0; N], 0, 0);
    while part < PARTS {
        let (_, rest) = joined.split_at_mut(length);
        let (place, _) = rest.split_at_mut(parts[part].len());
        place.copy_from_slice(parts[part]);
        length += parts[part].len();
        part += 1;
    }
    (joined, length)
}

/// A 2xx answer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The request id, where there is one.
    pub request_id: Option<Box<str>>,
    /// How many requests were handed to the transport.
    pub attempts: u32,
    body: Bytes,
}

impl Answer {
    pub(crate) fn new(request_id: Option<Box<str>>, attempts: u32, body: Bytes) -> Self {
        Self { request_id, attempts, body }
    }

    /// The body, for an operation that has output.
    ///
    /// # Errors
    ///
    /// [`InvalidOutput`] when it is larger than [`MAX_BODY`].
    pub fn body(&self) -> Result<&Bytes, InvalidOutput> {
        if self.body.len() > MAX_BODY {
            return Err(InvalidOutput::new("the body is over the limit of 1 MiB"));
        }
        Ok(&self.body)
    }
}

/// Why a 2xx answer is not one of Kendra's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOutput {
    reason: &'static str,
}

impl InvalidOutput {
    /// An error that reads `reason`: lowercase, no full stop.
    pub fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for InvalidOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for InvalidOutput {}
