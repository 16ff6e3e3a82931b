//! What can be measured.

use std::alloc::System;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{Region, StatsAlloc};

use crate::{Client, Executor, Failure};

/// Calls that are not measured, after which everything is warm.
const WARM: u64 = 1_000;

pub(crate) fn run<C: Client, E: Executor>(
    mut arguments: impl Iterator<Item = String>,
    allocator: Option<&'static StatsAlloc<System>>,
) -> Result<(), Failure> {
    let usage = "usage: TASK URL [NUMBER..]";
    let (task, url) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let numbers = arguments.map(|number| number.parse()).collect::<Result<Vec<u64>, _>>()?;
    match (task.as_str(), numbers.as_slice(), allocator) {
        ("first", [], None) => first::<C, E>(&url),
        ("first", [], Some(allocator)) => first_counted::<C, E>(&url, allocator),
        ("one", [calls], None) => one::<C, E>(&url, *calls),
        ("one", [calls], Some(allocator)) => one_counted::<C, E>(&url, *calls, allocator),
        ("many", [callers, calls], None) => many::<C, E>(&url, *callers, *calls),
        ("soak", ends, None) => soak::<C, E>(&url, ends),
        _ => Err(usage.into()),
    }
}

/// The first call of a process: the client is made, and answered. The runtime is there before.
fn first<C: Client, E: Executor>(url: &str) -> Result<(), Failure> {
    let executor = E::new(1)?;
    let start = Instant::now();
    // It lives on, as it would in a program that goes on to call.
    let _client = executor.one(made_and_called::<C>(url))?;
    print("wall_ns", start.elapsed().as_nanos());
    print("peak_kib", memory("VmHWM:")?);
    Ok(())
}

fn first_counted<C: Client, E: Executor>(
    url: &str,
    allocator: &'static StatsAlloc<System>,
) -> Result<(), Failure> {
    let executor = E::new(1)?;
    let region = Region::new(allocator);
    let _client = executor.one(made_and_called::<C>(url))?;
    print_allocated(&region, 1);
    Ok(())
}

async fn made_and_called<C: Client>(url: &str) -> Result<C, Failure> {
    let mut client = C::connect(url).await?;
    client.call().await?;
    Ok(client)
}

/// One caller, one call after the other.
fn one<C: Client, E: Executor>(url: &str, calls: u64) -> Result<(), Failure> {
    E::new(1)?.one(async {
        let mut client = C::connect(url).await?;
        repeat(&mut client, WARM).await?;
        let mut latencies = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3)?;
        let (cpu, start) = (cpu_time(), Instant::now());
        let mut last = start;
        for _ in 0..calls {
            client.call().await?;
            let now = Instant::now();
            latencies.record(u64::try_from((now - last).as_nanos())?)?;
            last = now;
        }
        print("cpu_ns", per_call(cpu_time() - cpu, calls));
        print("wall_ns", per_call(start.elapsed(), calls));
        print("p50_ns", latencies.value_at_quantile(0.5));
        print("p99_ns", latencies.value_at_quantile(0.99));
        print("p999_ns", latencies.value_at_quantile(0.999));
        Ok(())
    })
}

fn one_counted<C: Client, E: Executor>(
    url: &str,
    calls: u64,
    allocator: &'static StatsAlloc<System>,
) -> Result<(), Failure> {
    E::new(1)?.one(async {
        let mut client = C::connect(url).await?;
        repeat(&mut client, WARM).await?;
        let region = Region::new(allocator);
        repeat(&mut client, calls).await?;
        print_allocated(&region, calls);
        Ok(())
    })
}

/// Many callers at once, `calls` in all.
fn many<C: Client, E: Executor>(url: &str, callers: u64, calls: u64) -> Result<(), Failure> {
    let executor = E::new(usize::try_from(callers)?)?;
    let mut clients = executor.one(async {
        let mut clients = vec![C::connect(url).await?];
        for _ in 1..callers {
            let another = clients[0].another().await?;
            clients.push(another);
        }
        Ok::<_, Failure>(clients)
    })?;
    let each = calls.div_ceil(callers);
    let mut turns = |calls| {
        let turns = clients.drain(..).map(|mut client| async move {
            repeat(&mut client, calls).await?;
            Ok(client)
        });
        clients = executor.each(turns.collect())?;
        Ok::<_, Failure>(())
    };
    turns(WARM.div_ceil(callers))?;
    let (cpu, start) = (cpu_time(), Instant::now());
    turns(each)?;
    let (cpu, wall) = (cpu_time() - cpu, start.elapsed());
    print("cpu_ns", per_call(cpu, each * callers));
    print("calls_per_second", (each * callers) as f64 / wall.as_secs_f64());
    Ok(())
}

/// One caller, and what a call costs between `ends`: numbers of calls since the start.
fn soak<C: Client, E: Executor>(url: &str, ends: &[u64]) -> Result<(), Failure> {
    E::new(1)?.one(async {
        let mut client = C::connect(url).await?;
        let mut done = 0;
        for end in ends {
            let calls = end - done;
            let cpu = cpu_time();
            repeat(&mut client, calls).await?;
            print(&format!("cpu_ns_{end}"), per_call(cpu_time() - cpu, calls));
            print(&format!("resident_kib_{end}"), memory("VmRSS:")?);
            done = *end;
        }
        Ok(())
    })
}

async fn repeat<C: Client>(client: &mut C, calls: u64) -> Result<(), Failure> {
    for _ in 0..calls {
        client.call().await?;
    }
    Ok(())
}

/// What all threads of this process have used.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A line of `/proc/self/status`, in KiB. What `getrusage` tells may be the parent's, from before
/// exec.
fn memory(line: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|text| text.strip_prefix(line)).ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn per_call(time: Duration, calls: u64) -> f64 {
    time.as_nanos() as f64 / calls as f64
}

fn print_allocated(region: &Region<'_, System>, calls: u64) {
    let change = region.change();
    // A reallocation asks the allocator as well.
    print("allocations", (change.allocations + change.reallocations) as f64 / calls as f64);
    print("bytes", change.bytes_allocated as f64 / calls as f64);
}

fn print(name: &str, value: impl std::fmt::Display) {
    println!("{name} {value}");
}
