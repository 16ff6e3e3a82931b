//! The retry quota: when much fails, retries stop before they add to the load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tokens that retries take and successes give back; one bucket for all clones of a client.
#[derive(Debug)]
pub(crate) struct Quota {
    tokens: AtomicU32,
    capacity: u32,
}

impl Quota {
    /// A full bucket of the AWS SDKs' capacity.
    pub(crate) fn new() -> Self {
        Self::of(500)
    }

    pub(crate) fn of(capacity: u32) -> Self {
        Self { tokens: AtomicU32::new(capacity), capacity }
    }

    #[cfg(test)]
    pub(crate) fn left(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Takes `cost` tokens for a retry; `None`, and nothing taken, when there are not as many.
    pub(crate) fn take(self: &Arc<Self>, cost: u32) -> Option<Taken> {
        let less = |tokens: u32| tokens.checked_sub(cost);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok()?;
        Some(Taken { quota: Arc::clone(self), cost })
    }

    /// A call succeeded at its first attempt: one token comes back.
    pub(crate) fn reward(&self) {
        self.give(1);
    }

    fn give(&self, tokens: u32) {
        let more = |held: u32| Some(held.saturating_add(tokens).min(self.capacity));
        // `more` never says `None`.
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

/// What a retry took. Dropping it gives it back: the retry succeeded, or the call was dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    quota: Arc<Quota>,
    cost: u32,
}

impl Taken {
    /// The retry failed: what it took is gone.
    pub(crate) fn spend(mut self) {
        self.cost = 0;
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.quota.give(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_take_until_there_is_not_enough() {
        let quota = Arc::new(Quota::of(20));
        quota.take(14).unwrap().spend();
        assert_eq!(quota.left(), 6);
        assert!(quota.take(14).is_none());
        assert_eq!(quota.left(), 6);
        quota.take(5).unwrap().spend();
        assert_eq!(quota.left(), 1);
    }

    #[test]
    fn what_is_dropped_unspent_comes_back() {
        let quota = Arc::new(Quota::new());
        let taken = quota.take(14);
        assert_eq!(quota.left(), 486);
        drop(taken);
        assert_eq!(quota.left(), 500);
    }

    #[test]
    fn rewards_fill_up_to_the_capacity() {
        let quota = Arc::new(Quota::of(20));
        quota.take(2).unwrap().spend();
        for expected in [19, 20, 20] {
            quota.reward();
            assert_eq!(quota.left(), expected);
        }
    }

    #[test]
    fn threads_never_take_more_than_there_is() {
        let quota = Arc::new(Quota::of(1000));
        let taken: usize = std::thread::scope(|scope| {
            #[expect(clippy::needless_collect, reason = "all run before the first is joined")]
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    let quota = &quota;
                    let spend = move || quota.take(7).map(Taken::spend);
                    scope.spawn(move || (0..1000).filter_map(|_| spend()).count())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((taken, quota.left()), (142, 6));
    }
}
