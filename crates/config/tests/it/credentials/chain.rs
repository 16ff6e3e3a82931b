//! Over an async transport.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use kendra_sync_config::{CredentialChain, NoCredentials};
use kendra_sync_core::{Client, ProvideCredentials};

use super::scripted::{Reply, Scripted, role};

const LIMIT: Duration = Duration::from_secs(30);

fn chain(transport: &Arc<Scripted>) -> CredentialChain {
    role().credentials(Arc::clone(transport)).unwrap()
}

async fn key(chain: &CredentialChain, limit: Duration) -> Result<String, String> {
    let provided = chain.provide(limit).await;
    provided.map(|c| c.access_key_id().to_owned()).map_err(|error| error.to_string())
}

/// Polls all the calls before the gate opens.
async fn all_at_once(transport: &Scripted, chain: &CredentialChain) -> Vec<Result<String, String>> {
    let clones: Vec<_> = (0..64).map(|_| chain.clone()).collect();
    let calls = join_all(clones.iter().map(|chain| key(chain, LIMIT)));
    join(calls, async { transport.open() }).await.0
}

#[tokio::test(start_paused = true)]
async fn sixty_four_waiting_calls_cause_one_search() {
    let transport = Arc::new(Scripted::closed(|_, _| Reply::Give(3600)));
    let chain = chain(&transport);
    assert_eq!(all_at_once(&transport, &chain).await, vec![Ok("AKID0".to_owned()); 64]);
    assert_eq!(key(&chain, LIMIT).await, Ok("AKID0".to_owned()));
    assert_eq!(transport.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn sixty_four_waiting_calls_share_one_failure_and_the_next_call_tries_again() {
    let script = |number, _: &_| if number == 0 { Reply::Denied } else { Reply::Give(3600) };
    let transport = Arc::new(Scripted::closed(script));
    let chain = chain(&transport);
    let failed = "no source gave credentials; the last one was profile default (from base): STS answered \
                  AccessDenied: not you";
    assert_eq!(all_at_once(&transport, &chain).await, vec![Err(failed.to_owned()); 64]);
    assert_eq!(transport.sent(), 1);
    assert_eq!(key(&chain, LIMIT).await, Ok("AKID1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_search_that_hangs_holds_no_call_past_its_own_limit() {
    let script = |number, _: &_| if number == 0 { Reply::Never } else { Reply::Give(3600) };
    let transport = Arc::new(Scripted::new(script));
    let chain = chain(&transport);
    // The second one waits for the first one's search, and then makes its own.
    let (short, long) = (key(&chain, Duration::from_secs(1)), key(&chain, LIMIT));
    let (short, long) = join(short, long).await;
    assert_eq!(short.unwrap_err(), "the time limit passed before a source gave credentials");
    assert_eq!((long, transport.sent()), (Ok("AKID1".to_owned()), 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_the_search_to_the_next_one() {
    let script = |number, _: &_| if number == 0 { Reply::Never } else { Reply::Give(3600) };
    let transport = Arc::new(Scripted::new(script));
    let chain = chain(&transport);
    let dropped = tokio::time::timeout(Duration::from_secs(1), key(&chain, LIMIT)).await;
    assert!(dropped.is_err());
    assert_eq!(key(&chain, LIMIT).await, Ok("AKID1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn those_that_are_still_valid_are_used_when_there_are_no_others() {
    for reply in [Reply::Denied, Reply::Never] {
        let script = move |number, _: &_| if number == 0 { Reply::Give(200) } else { reply };
        let transport = Arc::new(Scripted::new(script));
        let chain = chain(&transport);
        for _ in 0..3 {
            assert_eq!(key(&chain, LIMIT).await, Ok("AKID0".to_owned()), "{reply:?}");
        }
        // And not looked for again at once.
        assert_eq!(transport.sent(), 2, "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_kendra_calls_them_expired_the_next_call_has_others() {
    let transport = Arc::new(Scripted::new(|number, request| {
        match (request.uri().host().unwrap().starts_with("sts"), number) {
            (true, _) => Reply::Give(3600),
            (false, 1) => Reply::Expired,
            (false, _) => Reply::Ok,
        }
    }));
    let settings = role();
    let chain = settings.credentials(Arc::clone(&transport)).unwrap();
    let client = Client::new(Arc::clone(&transport), chain.clone(), settings.config().unwrap());
    let (index, source) = ("0a1b2c3d-4e5f-6789-abcd-ef0123456789", "wiki");
    let (index, source) = (index.parse().unwrap(), source.parse().unwrap());
    let error = client.stop_data_source_sync_job(&index, &source).await.unwrap_err();
    assert_eq!((error.code().unwrap().as_str(), error.attempts()), ("ExpiredTokenException", 1));
    client.stop_data_source_sync_job(&index, &source).await.unwrap();
    // STS, Kendra, STS, Kendra.
    assert_eq!((key(&chain, LIMIT).await, transport.sent()), (Ok("AKID2".to_owned()), 4));
}

#[tokio::test(start_paused = true)]
async fn the_error_has_a_line_for_each_source_and_the_next_step() {
    let transport = Arc::new(Scripted::new(|_, _| Reply::Denied));
    let error = chain(&transport).provide(LIMIT).await.unwrap_err();
    let none = std::error::Error::source(&error).unwrap().downcast_ref::<NoCredentials>().unwrap();
    assert_eq!(
        none.to_string(),
        "environment: AWS_ACCESS_KEY_ID is not set\nprofile default (from base): STS answered \
         AccessDenied: not you\nnext: check that this identity may assume \
         arn:aws:iam::111122223333:role/ops"
    );
}
