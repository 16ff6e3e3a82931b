use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A data source of the emulator, to steer it and to look at its job.
///
/// Clones are the same data source.
#[derive(Clone, Debug)]
pub struct DataSource {
    job: Arc<Mutex<Job>>,
    abort_after: Duration,
}

#[derive(Debug, Default)]
struct Job {
    /// When the stop was accepted; `None` while syncing.
    stopped: Option<Instant>,
    stops: usize,
    faults: VecDeque<(Fault, usize)>,
}

/// What a data source answers instead of stopping its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    InternalServer,
    Throttling,
}

/// Where a sync job stands. `Display` gives AWS's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobStatus {
    /// Stopped, and the time from stopping to aborted has passed.
    Aborted,
    /// A stop was accepted.
    Stopping,
    /// Running: nobody stopped it yet.
    Syncing,
}

impl DataSource {
    pub(crate) fn new(abort_after: Duration) -> Self {
        Self { job: Arc::default(), abort_after }
    }

    /// Answers the next `times` calls with `ThrottlingException`, after faults asked for earlier.
    pub fn throttle(&self, times: usize) {
        self.add_fault(Fault::Throttling, times);
    }

    /// Answers the next `times` calls with `InternalServerException`, after faults asked for
    /// earlier.
    pub fn fail(&self, times: usize) {
        self.add_fault(Fault::InternalServer, times);
    }

    /// Where the job stands now.
    pub fn job(&self) -> JobStatus {
        let Some(stopped) = self.lock().stopped else {
            return JobStatus::Syncing;
        };
        if stopped.elapsed() >= self.abort_after { JobStatus::Aborted } else { JobStatus::Stopping }
    }

    /// How many stop requests were accepted, those for a job already stopped included.
    pub fn stops(&self) -> usize {
        self.lock().stops
    }

    /// Starts a new job in place of the old one.
    pub(crate) fn sync(&self) {
        self.lock().stopped = None;
    }

    /// Accepts a stop, unless a fault is due. A job that is stopped already keeps its state.
    pub(crate) fn stop(&self) -> Result<(), Fault> {
        let mut job = self.lock();
        if let Some(fault) = job.next_fault() {
            return Err(fault);
        }
        job.stops += 1;
        job.stopped.get_or_insert_with(Instant::now);
        Ok(())
    }

    fn add_fault(&self, fault: Fault, times: usize) {
        if times > 0 {
            self.lock().faults.push_back((fault, times));
        }
    }

    /// A job is consistent after every statement, so a panic elsewhere leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn next_fault(&mut self) -> Option<Fault> {
        let (fault, times) = self.faults.front_mut()?;
        let fault = *fault;
        *times -= 1;
        if *times == 0 {
            self.faults.pop_front();
        }
        Some(fault)
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aborted => "ABORTED",
            Self::Stopping => "STOPPING",
            Self::Syncing => "SYNCING",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_goes_from_syncing_over_stopping_to_aborted() {
        let patient = DataSource::new(Duration::MAX);
        assert_eq!(patient.job().to_string(), "SYNCING");
        assert_eq!(patient.stop(), Ok(()));
        assert_eq!(patient.job().to_string(), "STOPPING");

        let hasty = DataSource::new(Duration::ZERO);
        assert_eq!(hasty.job(), JobStatus::Syncing);
        assert_eq!(hasty.stop(), Ok(()));
        assert_eq!(hasty.job().to_string(), "ABORTED");
    }

    #[test]
    fn a_second_stop_is_accepted_and_does_not_start_the_time_again() {
        let source = DataSource::new(Duration::MAX);
        assert_eq!(source.stop(), Ok(()));
        let stopped = source.lock().stopped;
        assert_eq!(source.stop(), Ok(()));
        assert_eq!(source.lock().stopped, stopped);
        assert_eq!(source.stops(), 2);
    }

    #[test]
    fn faults_come_in_the_order_they_were_asked_for_and_leave_the_job_alone() {
        let source = DataSource::new(Duration::MAX);
        source.throttle(2);
        source.fail(0);
        source.fail(1);
        let answers: Vec<_> = (0..3).map(|_| source.stop()).collect();
        assert_eq!(
            answers,
            [Err(Fault::Throttling), Err(Fault::Throttling), Err(Fault::InternalServer)]
        );
        assert_eq!((source.job(), source.stops()), (JobStatus::Syncing, 0));
        assert_eq!(source.stop(), Ok(()));
    }

    #[test]
    fn a_new_job_syncs_and_keeps_the_count() {
        let source = DataSource::new(Duration::ZERO);
        assert_eq!(source.stop(), Ok(()));
        source.sync();
        assert_eq!((source.job(), source.stops()), (JobStatus::Syncing, 1));
    }
}
