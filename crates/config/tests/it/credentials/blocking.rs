//! The same over a blocking transport.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use kendra_sync_config::blocking::CredentialChain;
use kendra_sync_core::blocking::{Client, ProvideCredentials};

use super::scripted::{Reply, Scripted, role};

const LIMIT: Duration = Duration::from_secs(30);

fn chain(transport: &Arc<Scripted>) -> CredentialChain {
    role().blocking_credentials(Arc::clone(transport)).unwrap()
}

fn key(chain: &CredentialChain, limit: Duration) -> Result<String, String> {
    let provided = chain.provide(limit);
    provided.map(|c| c.access_key_id().to_owned()).map_err(|error| error.to_string())
}

#[test]
fn sixty_four_calls_cause_one_search() {
    let transport = Arc::new(Scripted::closed(|_, _| Reply::Give(3600)));
    let chain = chain(&transport);
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let chain = chain.clone();
            thread::spawn(move || key(&chain, LIMIT))
        })
        .collect();
    transport.open();
    for call in calls {
        assert_eq!(call.join().unwrap(), Ok("AKID0".to_owned()));
    }
    assert_eq!(transport.sent(), 1);
}

#[test]
fn a_search_that_hangs_holds_no_call_past_its_limit() {
    let transport = Arc::new(Scripted::new(|_, _| Reply::Never));
    let chain = chain(&transport);
    let started = Instant::now();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let chain = chain.clone();
            thread::spawn(move || key(&chain, Duration::from_millis(200)))
        })
        .collect();
    for call in calls {
        assert!(call.join().unwrap().is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn those_that_are_still_valid_are_used_when_there_are_no_others() {
    let script = |number, _: &_| if number == 0 { Reply::Give(200) } else { Reply::Denied };
    let transport = Arc::new(Scripted::new(script));
    let chain = chain(&transport);
    for _ in 0..3 {
        assert_eq!(key(&chain, LIMIT), Ok("AKID0".to_owned()));
    }
    assert_eq!(transport.sent(), 2);
}

#[test]
fn after_kendra_calls_them_expired_the_next_call_has_others() {
    let transport = Arc::new(Scripted::new(|number, request| {
        match (request.uri().host().unwrap().starts_with("sts"), number) {
            (true, _) => Reply::Give(3600),
            (false, 1) => Reply::Expired,
            (false, _) => Reply::Ok,
        }
    }));
    let settings = role();
    let chain = settings.blocking_credentials(Arc::clone(&transport)).unwrap();
    let client = Client::new(Arc::clone(&transport), chain.clone(), settings.config().unwrap());
    let (index, source) = ("0a1b2c3d-4e5f-6789-abcd-ef0123456789", "wiki");
    let (index, source) = (index.parse().unwrap(), source.parse().unwrap());
    let error = client.stop_data_source_sync_job(&index, &source).unwrap_err();
    assert_eq!(error.code().unwrap().as_str(), "ExpiredTokenException");
    client.stop_data_source_sync_job(&index, &source).unwrap();
    assert_eq!((key(&chain, LIMIT), transport.sent()), (Ok("AKID2".to_owned()), 4));
}
