//! Processes, and the cores they may use.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::Failure;

/// The longest that anything which is measured may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The cores of the server, of one caller, and of many.
#[derive(Debug)]
pub(crate) struct Cores {
    all: CpuSet,
    usable: Vec<usize>,
}

impl Cores {
    pub(crate) fn find() -> Result<Self, Failure> {
        let all = sched_getaffinity(None)?;
        let usable = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu)).collect();
        Ok(Self { all, usable })
    }

    pub(crate) fn count(&self) -> usize {
        self.usable.len()
    }

    /// From here on, this thread and what it starts runs on the first core.
    pub(crate) fn take_first(&self) -> Result<(), Failure> {
        self.take(self.usable.get(..1))
    }

    /// On the last core, which is the server's only if there is one alone.
    pub(crate) fn take_last(&self) -> Result<(), Failure> {
        self.take(self.usable.get(self.count().saturating_sub(1)..))
    }

    /// On the last two, of which the server has one if there are but two.
    pub(crate) fn take_last_two(&self) -> Result<(), Failure> {
        self.take(self.usable.get(self.count().saturating_sub(2)..))
    }

    pub(crate) fn take_all(&self) -> Result<(), Failure> {
        Ok(sched_setaffinity(None, &self.all)?)
    }

    fn take(&self, cpus: Option<&[usize]>) -> Result<(), Failure> {
        let mut set = CpuSet::new();
        cpus.unwrap_or_default().iter().for_each(|cpu| set.set(*cpu));
        Ok(sched_setaffinity(None, &set)?)
    }
}

/// Runs `command`, which must succeed within the limit, and returns what it prints.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let child = child.map_err(|error| format!("{command:?}: {error}"))?;
    let limit = Limit::on(&child);
    let output = child.wait_with_output()?;
    drop(limit);
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs `command`, which must succeed within the limit: the time from start to exit.
pub(crate) fn time(command: &mut Command) -> Result<Duration, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let limit = Limit::on(&child);
    let status = child.wait()?;
    let time = start.elapsed();
    drop(limit);
    if status.success() { Ok(time) } else { Err(format!("{command:?}: {status}").into()) }
}

/// Kills a process that takes too long, unless dropped before.
struct Limit(#[expect(dead_code, reason = "dropping it is the message")] Sender<()>);

impl Limit {
    fn on(child: &Child) -> Self {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let (sender, receiver) = mpsc::channel::<()>();
        thread::spawn(move || {
            if receiver.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout)
                && let Some(pid) = pid
            {
                // It may have ended by now.
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Self(sender)
    }
}
