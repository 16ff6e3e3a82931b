//! The AWS region that a request is signed for, and the partition that it belongs to.

use std::fmt;
use std::str::FromStr;

/// An AWS region, such as `eu-west-1`: one host label of 1 to 63 ASCII letters, digits and `-`, with
/// no `-` at either end ([RFC 1123 section 2.1][rfc]).
///
/// Any label is accepted, not only the regions known today: a region without Kendra has no such host
/// name, which shows when the call connects.
///
/// [rfc]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
///
/// # Examples
///
/// ```
/// use kendra_sync_core::Region;
///
/// let region = Region::new("eu-west-1")?;
/// assert_eq!(region.as_str(), "eu-west-1");
/// assert!(Region::new("eu-west-1.example.com").is_err());
/// # Ok::<(), kendra_sync_core::InvalidRegion>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region(Box<str>);

impl Region {
    /// Checks that `region` is a valid host label and keeps it.
    ///
    /// # Errors
    ///
    /// [`InvalidRegion`] names the rule that is broken.
    pub fn new(region: impl Into<String>) -> Result<Self, InvalidRegion> {
        let region = region.into();
        if region.is_empty() || region.len() > 63 {
            return Err(InvalidRegion::Length(region.chars().count()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if let Some((offset, found)) = region.char_indices().find(|&(_, c)| !allowed(c)) {
            return Err(InvalidRegion::Character { found, offset });
        }
        if region.starts_with('-') || region.ends_with('-') {
            return Err(InvalidRegion::Hyphen);
        }
        Ok(Self(region.into_boxed_str()))
    }

    /// The region as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition by the region's name, as AWS's own partition table decides: its global
    /// pseudo-region by name, else the shape `PREFIX-WORD-DIGITS`, else the commercial partition.
    pub(crate) fn partition(&self) -> &'static Partition {
        let found = PARTITIONS.iter().find(|partition| {
            partition.global == Some(self.as_str()) || self.has_shape(partition.prefix)
        });
        found.unwrap_or(&AWS)
    }

    fn has_shape(&self, prefix: &str) -> bool {
        let Some((word, number)) =
            self.0.strip_prefix(prefix).and_then(|rest| rest.split_once('-'))
        else {
            return false;
        };
        !word.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    }
}

/// Why a text is not a region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRegion {
    /// A character that a host label cannot hold.
    #[non_exhaustive]
    Character {
        /// The character.
        found: char,
        /// Where it stands, in bytes from the start.
        offset: usize,
    },
    /// A `-` at the start or the end.
    Hyphen,
    /// Empty, or longer than 63 characters; holds the length in characters.
    Length(usize),
}

impl fmt::Display for InvalidRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { found, offset } => write!(
                f,
                "region may hold only ASCII letters, digits and '-', got '{}' at byte {offset}",
                found.escape_default()
            ),
            Self::Hyphen => f.write_str("region must not start or end with '-'"),
            Self::Length(length) => write!(f, "region must be 1 to 63 characters, got {length}"),
        }
    }
}

impl std::error::Error for InvalidRegion {}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(region: &str) -> Result<Self, InvalidRegion> {
        Self::new(region)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group of regions under one domain. All eight have FIPS and dual-stack endpoints, so the rule
/// set's "not supported" errors cannot occur.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) dns_suffix: &'static str,
    pub(crate) dual_stack_dns_suffix: &'static str,
    /// The pseudo-region that belongs here by name alone.
    global: Option<&'static str>,
    /// What the names of its regions start with.
    prefix: &'static str,
}

/// The commercial partition: what no other one claims, unknown regions included.
static AWS: Partition = Partition {
    dns_suffix: "amazonaws.com",
    dual_stack_dns_suffix: "api.aws",
    global: None,
    prefix: "",
};

/// Every other partition, from AWS's `partitions.json` 1.1.
static PARTITIONS: [Partition; 7] = [
    Partition {
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        global: Some("aws-cn-global"),
        prefix: "cn-",
    },
    Partition {
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        global: None,
        prefix: "eusc-de-",
    },
    Partition {
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        global: Some("aws-iso-global"),
        prefix: "us-iso-",
    },
    Partition {
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        global: Some("aws-iso-b-global"),
        prefix: "us-isob-",
    },
    Partition {
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        global: Some("aws-iso-e-global"),
        prefix: "eu-isoe-",
    },
    Partition {
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        global: Some("aws-iso-f-global"),
        prefix: "us-isof-",
    },
    Partition {
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        global: Some("aws-us-gov-global"),
        prefix: "us-gov-",
    },
];
