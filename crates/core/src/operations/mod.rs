//! One operation a file.

pub use self::stop_data_source_sync_job::{StopDataSourceSyncJob, Stopped};

mod stop_data_source_sync_job;
