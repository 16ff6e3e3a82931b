//! Where Kendra is known to be.

use kendra_sync_core::Region;

/// Whether Kendra is known to be in `region`. What is not known may be new: a region that is not in the
/// list is worth a hint when no connection can be made, and no more.
///
/// The list is botocore 1.44.8's (`endpoints.json`).
pub fn has_kendra(region: &Region) -> bool {
    REGIONS.contains(&region.as_str())
}

const REGIONS: [&str; 11] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-2",
];
