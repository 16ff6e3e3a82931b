//! Threads that take jobs from one queue: started on demand, up to a bound, ended when idle.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io, mem, thread};

/// What a thread does.
pub(crate) trait Job: Send + 'static {
    /// Does it, on one of the threads. A panic ends the job, not the thread.
    fn run(self);

    /// Says that there is no thread to do it.
    fn refuse(self, error: NotStarted);
}

/// A queue of jobs and the threads that take them, oldest first.
///
/// Dropping it drops what is queued. Idle threads end at once, others after the job they are in.
pub(crate) struct Threads<J> {
    shared: Arc<Shared<J>>,
    start: Start,
}

impl<J: Job> Threads<J> {
    /// At most `bound` threads. None is started yet.
    pub(crate) fn new(bound: NonZeroUsize) -> Self {
        Self::with(bound, IDLE, start_thread)
    }

    fn with(bound: NonZeroUsize, idle: Duration, start: Start) -> Self {
        let state = State { queue: BTreeMap::new(), next: 0, open: true, threads: 0, idle: 0 };
        let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), bound, idle };
        Self { shared: Arc::new(shared), start }
    }

    /// The most threads that there can be.
    pub(crate) fn bound(&self) -> NonZeroUsize {
        self.shared.bound
    }

    /// Queues `job`, and starts a thread if none is free for it and the bound allows one more.
    pub(crate) fn queue(&self, job: J) -> Place<'_, J> {
        let mut state = self.shared.lock();
        let number = state.next;
        state.next += 1;
        state.queue.insert(number, job);
        // Not `idle == 0`: those that are idle may be fewer than the jobs that wait for them.
        let start = state.queue.len() > state.idle && state.threads < self.shared.bound.get();
        if start {
            // From here on it counts as idle, since it is going to take a job.
            state.threads += 1;
            state.idle += 1;
        }
        drop(state);
        self.shared.changed.notify_one();
        if start {
            let shared = Arc::clone(&self.shared);
            if let Err(error) = (self.start)(Box::new(move || shared.work())) {
                self.shared.not_started(error);
            }
        }
        Place { shared: &self.shared, number }
    }
}

impl<J> Drop for Threads<J> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.open = false;
        let abandoned = mem::take(&mut state.queue);
        drop(state);
        self.shared.changed.notify_all();
        drop(abandoned);
    }
}

/// A job's place in the queue. Dropping it withdraws the job, if no thread has taken it.
pub(crate) struct Place<'a, J> {
    shared: &'a Shared<J>,
    number: u64,
}

impl<J> Place<'_, J> {
    /// Takes the job out of the queue. True if it was there: then no thread has run it or will.
    pub(crate) fn withdraw(&self) -> bool {
        // A statement of its own, so that the lock is released before the job is dropped.
        let job = self.shared.lock().queue.remove(&self.number);
        job.is_some()
    }
}

impl<J> Drop for Place<'_, J> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// There is no thread, and the system does not start one.
#[derive(Clone, Debug)]
pub(crate) struct NotStarted(pub(crate) Arc<io::Error>);

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not start a thread")
    }
}

impl StdError for NotStarted {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

struct Shared<J> {
    state: Mutex<State<J>>,
    /// A job was queued, or the queue was closed.
    changed: Condvar,
    bound: NonZeroUsize,
    idle: Duration,
}

struct State<J> {
    /// By number, so oldest first. Whoever removes a job decides what becomes of it.
    queue: BTreeMap<u64, J>,
    next: u64,
    open: bool,
    /// All that are running or being started.
    threads: usize,
    /// Those that have no job.
    idle: usize,
}

impl<J> Shared<J> {
    /// The lock is only ever held for a few steps, and never while a job runs or is dropped.
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J: Job> Shared<J> {
    /// What a thread does until it ends.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            (state, _) = self
                .changed
                .wait_timeout_while(state, self.idle, |s| s.open && s.queue.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            let Some((_, job)) = state.queue.pop_first() else {
                state.threads -= 1;
                return;
            };
            drop(state);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job.run())) {
                // Leaked, as dropping it could panic again and take the thread along.
                mem::forget(panic);
            }
            state = self.lock();
            state.idle += 1;
        }
    }

    /// Leaves the queue to the threads that there are, or refuses all of it if there is none.
    ///
    /// All, because others may have seen this thread being started and count on it.
    fn not_started(&self, error: io::Error) {
        let mut state = self.lock();
        state.threads -= 1;
        state.idle -= 1;
        if state.threads > 0 {
            return;
        }
        let refused = mem::take(&mut state.queue);
        drop(state);
        let error = NotStarted(Arc::new(error));
        refused.into_values().for_each(|job| job.refuse(error.clone()));
    }
}

type Start = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

fn start_thread(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new().name(NAME.to_owned()).spawn(work).map(drop)
}

/// How long a thread waits for another job.
const IDLE: Duration = Duration::from_secs(10);

/// At most 15 bytes, which is what Linux keeps of a thread's name.
const NAME: &str = "kendra-offload";

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::sync::Barrier;
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    #[test]
    fn a_job_is_refused_if_no_thread_can_be_started() {
        let (events, seen) = mpsc::channel();
        let threads = Threads::with(bound(2), IDLE, start_unless_refused);
        REFUSED.set(true);
        let place = threads.queue(Told::new("job", &events));
        assert_eq!(next(&seen), "job refused: could not start a thread");
        assert!(!place.withdraw());
        assert_eq!(counts(&threads), (0, 0, 0));
    }

    #[test]
    fn a_job_waits_for_the_thread_that_there_is_if_no_other_can_be_started() {
        let (events, seen) = mpsc::channel();
        let threads = Threads::with(bound(2), IDLE, start_unless_refused);
        REFUSED.set(false);
        let (open, gate) = mpsc::channel();
        let _first = threads.queue(Told { gate: Some(gate), ..Told::new("first", &events) });
        assert_eq!(next(&seen), "first runs");

        REFUSED.set(true);
        let _second = threads.queue(Told::new("second", &events));
        assert_eq!(counts(&threads), (1, 1, 0));
        open.send(()).unwrap();
        assert_eq!(next(&seen), "second runs");
    }

    #[test]
    fn no_job_is_left_behind_when_a_thread_that_it_counted_on_does_not_start() {
        let (events, seen) = mpsc::channel();
        let threads = Threads::with(bound(2), IDLE, refuse_both);
        thread::scope(|scope| {
            // Each sees the other's thread being started, and neither is.
            for name in ["first", "second"] {
                let (threads, job) = (&threads, Told::new(name, &events));
                scope.spawn(move || {
                    let place = threads.queue(job);
                    // Kept until both are answered, as a dropped place withdraws its job.
                    BOTH_QUEUED.wait();
                    assert!(!place.withdraw());
                });
            }
        });
        let mut answers = [next(&seen), next(&seen)];
        answers.sort();
        let refused = "refused: could not start a thread";
        assert_eq!(answers, [format!("first {refused}"), format!("second {refused}")]);
        assert_eq!(counts(&threads), (0, 0, 0));
    }

    #[test]
    fn an_idle_thread_ends_after_its_time_and_the_next_job_gets_a_new_one() {
        let (events, seen) = mpsc::channel();
        let threads = Threads::with(bound(1), Duration::from_millis(1), start_thread);
        for _ in 0..2 {
            let _place = threads.queue(Told::new("job", &events));
            assert_eq!(next(&seen), "job runs");
            assert_eq!(next(&seen), "a thread ends");
            assert_eq!(counts(&threads), (0, 0, 0));
        }
    }

    #[test]
    fn closing_drops_the_queue_and_ends_the_threads() {
        let (events, seen) = mpsc::channel();
        let threads = Threads::with(bound(1), IDLE, start_thread);
        let (open, gate) = mpsc::channel();
        let first = threads.queue(Told { gate: Some(gate), ..Told::new("first", &events) });
        assert_eq!(next(&seen), "first runs");
        let second = threads.queue(Told::new("second", &events));
        // As if their futures were leaked.
        mem::forget((first, second));
        drop(threads);
        open.send(()).unwrap();
        drop(events);
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["a thread ends"]);
    }

    /// A job that tells what becomes of it.
    struct Told {
        name: &'static str,
        events: Sender<String>,
        gate: Option<Receiver<()>>,
    }

    impl Told {
        fn new(name: &'static str, events: &Sender<String>) -> Self {
            Self { name, events: events.clone(), gate: None }
        }
    }

    impl Job for Told {
        fn run(self) {
            FAREWELL.with_borrow_mut(|farewell| {
                farewell.get_or_insert_with(|| Farewell(self.events.clone()));
            });
            self.events.send(format!("{} runs", self.name)).unwrap();
            if let Some(gate) = self.gate {
                gate.recv_timeout(PATIENCE).unwrap();
            }
        }

        fn refuse(self, error: NotStarted) {
            self.events.send(format!("{} refused: {error}", self.name)).unwrap();
        }
    }

    struct Farewell(Sender<String>);

    impl Drop for Farewell {
        fn drop(&mut self) {
            // Most tests no longer listen by then.
            let _ = self.0.send("a thread ends".to_owned());
        }
    }

    thread_local! {
        /// Dropped when its thread ends.
        static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
        /// Whether [`start_unless_refused`] fails on this thread.
        static REFUSED: Cell<bool> = const { Cell::new(false) };
    }

    fn start_unless_refused(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        if REFUSED.get() { Err(io::ErrorKind::WouldBlock.into()) } else { start_thread(work) }
    }

    fn refuse_both(_work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        BOTH_STARTING.wait();
        Err(io::ErrorKind::WouldBlock.into())
    }

    static BOTH_STARTING: Barrier = Barrier::new(2);
    static BOTH_QUEUED: Barrier = Barrier::new(2);

    fn next(seen: &Receiver<String>) -> String {
        seen.recv_timeout(PATIENCE).unwrap()
    }

    /// Jobs queued, threads, idle threads.
    fn counts<J>(threads: &Threads<J>) -> (usize, usize, usize) {
        let state = threads.shared.lock();
        (state.queue.len(), state.threads, state.idle)
    }

    fn bound(threads: usize) -> NonZeroUsize {
        NonZeroUsize::new(threads).unwrap()
    }

    /// After this long, what is waited for does not happen.
    const PATIENCE: Duration = Duration::from_secs(60);
}
