//! Endpoints, held against AWS's own rule set and partition table.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

use kendra_sync_core::{Endpoint, EndpointVariant, InvalidRegion, Region};

use rule_set::{Parameters, RuleSet};

mod rule_set;

const VARIANTS: [(EndpointVariant, bool, bool); 4] = [
    (EndpointVariant::Standard, false, false),
    (EndpointVariant::DualStack, false, true),
    (EndpointVariant::Fips, true, false),
    (EndpointVariant::FipsDualStack, true, true),
];

fn of_region(region: &str, variant: EndpointVariant) -> String {
    Endpoint::of_region(&Region::new(region).unwrap(), variant).to_string()
}

#[test]
fn every_region_has_the_endpoint_of_the_rule_set() {
    let rules = RuleSet::load();
    let shapes = [
        "mars-east-1",
        "US-EAST-1",
        "us-east",
        "us-iso-1",
        "us-gov-1",
        "us-gov-west-1a",
        "cn-north-99",
        "cn-north-1-2",
        "eusc-de-west-7",
        "eusc-fr-west-1",
        "us-isob-x-1",
        "us-isof-x-1",
        "eu-isoe-x-1",
        "us-isoz-x-1",
        "aws-eusc-global",
        "cn--1",
        "local",
        "1",
    ];
    let mut regions = rules.regions();
    assert_eq!(regions.len(), 55);
    regions.extend(shapes.map(str::to_owned));
    for region in &regions {
        for (variant, fips, dual_stack) in VARIANTS {
            let parameters = Parameters { region, fips, dual_stack, endpoint: None };
            let expected = rules.url(&parameters);
            assert_eq!(Ok(of_region(region, variant)), expected, "{region} {variant:?}");
        }
    }
}

/// Known answers: what botocore 1.44.8 resolves.
#[test]
fn endpoints_are_those_that_botocore_resolves() {
    for (region, expected) in [
        (
            "us-east-1",
            [
                "kendra.us-east-1.amazonaws.com",
                "kendra.us-east-1.api.aws",
                "kendra-fips.us-east-1.amazonaws.com",
                "kendra-fips.us-east-1.api.aws",
            ],
        ),
        (
            "cn-north-1",
            [
                "kendra.cn-north-1.amazonaws.com.cn",
                "kendra.cn-north-1.api.amazonwebservices.com.cn",
                "kendra-fips.cn-north-1.amazonaws.com.cn",
                "kendra-fips.cn-north-1.api.amazonwebservices.com.cn",
            ],
        ),
        (
            "us-iso-east-1",
            [
                "kendra.us-iso-east-1.c2s.ic.gov",
                "kendra.us-iso-east-1.api.aws.ic.gov",
                "kendra-fips.us-iso-east-1.c2s.ic.gov",
                "kendra-fips.us-iso-east-1.api.aws.ic.gov",
            ],
        ),
    ] {
        let found = VARIANTS.map(|(variant, ..)| of_region(region, variant));
        assert_eq!(found, expected.map(|host| format!("https://{host}")));
    }
}

#[test]
fn what_is_no_host_label_is_no_region() {
    let character = |region: &str| match Region::new(region) {
        Err(InvalidRegion::Character { found, offset, .. }) => (found, offset),
        other => panic!("{region}: {other:?}"),
    };
    assert_eq!(character("bad_region"), ('_', 3));
    assert_eq!(character("a/b"), ('/', 1));
    assert_eq!(character("eu-west-1.evil.example"), ('.', 9));
    assert_eq!(character("eu-west-1\n"), ('\n', 9));
    assert_eq!(character("é"), ('é', 0));
    assert_eq!(Region::new(""), Err(InvalidRegion::Length(0)));
    assert_eq!(Region::new("a".repeat(64)), Err(InvalidRegion::Length(64)));
    assert_eq!(Region::new("-a"), Err(InvalidRegion::Hyphen));
    assert_eq!(Region::new("a-"), Err(InvalidRegion::Hyphen));
    assert_eq!(Region::new("a".repeat(63)).unwrap().as_str(), "a".repeat(63));
}
