use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::constraint::{DATA_SOURCE_ID, INDEX_ID};
use crate::data_source::DataSource;
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;

/// All that the emulator knows: shared by its handle and its connections.
#[derive(Debug)]
pub(crate) struct State {
    account: String,
    region: Option<String>,
    abort_after: Duration,
    requests: AtomicUsize,
    identities: RwLock<HashMap<String, Identity>>,
    indexes: RwLock<HashMap<String, HashMap<String, DataSource>>>,
}

/// Which part of a request's pair of ids does not exist.
#[derive(Debug)]
pub(crate) enum Missing {
    DataSource,
    Index,
}

impl State {
    pub(crate) fn new(account: String, region: Option<String>, abort_after: Duration) -> Self {
        Self {
            account,
            region,
            abort_after,
            requests: AtomicUsize::new(0),
            identities: RwLock::default(),
            indexes: RwLock::default(),
        }
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The region that requests must be signed for, if it matters.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn add_identity(&self, identity: Identity) {
        let mut identities = self.identities.write().unwrap_or_else(PoisonError::into_inner);
        identities.insert(identity.access_key_id().to_owned(), identity);
    }

    pub(crate) fn identity(&self, access_key_id: &str) -> Option<Identity> {
        let identities = self.identities.read().unwrap_or_else(PoisonError::into_inner);
        identities.get(access_key_id).cloned()
    }

    pub(crate) fn add_data_source(
        &self,
        index_id: &str,
        data_source_id: &str,
    ) -> Result<DataSource, Error> {
        if !INDEX_ID.allows(index_id) {
            let rule = "index id must be 36 letters, digits and hyphens, \
                        and start with a letter or digit (ASCII)";
            return Err(Error::new(ErrorKind::IndexId, rule));
        }
        if !DATA_SOURCE_ID.allows(data_source_id) {
            let rule = "data source id must be 1 to 100 letters, digits, hyphens and underscores, \
                        and start with a letter or digit (ASCII)";
            return Err(Error::new(ErrorKind::DataSourceId, rule));
        }
        let mut indexes = self.indexes.write().unwrap_or_else(PoisonError::into_inner);
        let source = indexes
            .entry(index_id.to_owned())
            .or_default()
            .entry(data_source_id.to_owned())
            .or_insert_with(|| DataSource::new(self.abort_after));
        source.sync();
        Ok(source.clone())
    }

    pub(crate) fn data_source(
        &self,
        index_id: &str,
        data_source_id: &str,
    ) -> Result<DataSource, Missing> {
        let indexes = self.indexes.read().unwrap_or_else(PoisonError::into_inner);
        let index = indexes.get(index_id).ok_or(Missing::Index)?;
        index.get(data_source_id).cloned().ok_or(Missing::DataSource)
    }
}
