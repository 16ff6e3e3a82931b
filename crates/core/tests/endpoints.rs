//! Endpoints, held against AWS's own rule set and partition table.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

use kendra_sync_core::{Endpoint, EndpointVariant, InvalidRegion, Region};
use regex_lite::Regex;
use serde_json::Value;

const RULES: &str = include_str!("vectors/kendra-endpoint-rule-set.json");
const PARTITIONS: &str = include_str!("vectors/partitions.json");

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
    let listed = rules.partitions.iter().flat_map(|partition| {
        partition["regions"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    });
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
    let mut regions: Vec<String> = listed.collect();
    assert_eq!(regions.len(), 55);
    regions.extend(shapes.map(str::to_owned));
    for region in &regions {
        for (variant, fips, dual_stack) in VARIANTS {
            let expected = rules.url(region, fips, dual_stack);
            assert_eq!(of_region(region, variant), expected, "{region} {variant:?}");
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

/// Just enough of AWS's endpoint rules to run Kendra's.
struct RuleSet {
    rules: Value,
    partitions: Vec<Value>,
}

impl RuleSet {
    fn load() -> Self {
        let partitions: Value = serde_json::from_str(PARTITIONS).unwrap();
        let partitions = partitions["partitions"].as_array().unwrap().clone();
        Self { rules: serde_json::from_str(RULES).unwrap(), partitions }
    }

    fn url(&self, region: &str, fips: bool, dual_stack: bool) -> String {
        let partition = self.partition(region);
        let context = (region, fips, dual_stack, partition);
        let template = walk(self.rules["rules"].as_array().unwrap(), &context).unwrap();
        let suffix = |name: &str| partition[name].as_str().unwrap();
        template
            .replace("{Region}", region)
            .replace("{PartitionResult#dnsSuffix}", suffix("dnsSuffix"))
            .replace("{PartitionResult#dualStackDnsSuffix}", suffix("dualStackDnsSuffix"))
    }

    /// A listed region's partition, else the first whose expression matches, else the commercial one.
    fn partition(&self, region: &str) -> &Value {
        let lists = |p: &&Value| p["regions"].get(region).is_some();
        let matches =
            |p: &&Value| Regex::new(p["regionRegex"].as_str().unwrap()).unwrap().is_match(region);
        let found = self.partitions.iter().find(lists);
        let found = found.or_else(|| self.partitions.iter().find(matches));
        &found.unwrap_or(&self.partitions[0])["outputs"]
    }
}

type Context<'a> = (&'a str, bool, bool, &'a Value);

/// The first rule whose conditions all hold.
fn walk(rules: &[Value], context: &Context<'_>) -> Option<String> {
    let holds = |rule: &&Value| {
        rule["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| value(c, context) == Value::Bool(true))
    };
    let rule = rules.iter().find(holds)?;
    match rule["type"].as_str().unwrap() {
        "tree" => walk(rule["rules"].as_array().unwrap(), context),
        "endpoint" => Some(rule["endpoint"]["url"].as_str().unwrap().to_owned()),
        other => panic!("{other}: {rule}"),
    }
}

fn value(expression: &Value, context: &Context<'_>) -> Value {
    let (_, fips, dual_stack, partition) = *context;
    match (expression["ref"].as_str(), expression["fn"].as_str()) {
        (Some("Endpoint"), _) => Value::Null,
        (Some("Region"), _) => Value::Bool(true),
        (Some("UseFIPS"), _) => Value::Bool(fips),
        (Some("UseDualStack"), _) => Value::Bool(dual_stack),
        (_, Some("isSet")) => Value::Bool(!value(&expression["argv"][0], context).is_null()),
        (_, Some("aws.partition")) => Value::Bool(true),
        (_, Some("getAttr")) => partition[expression["argv"][1].as_str().unwrap()].clone(),
        (_, Some("booleanEquals")) => {
            let [a, b] = [0, 1].map(|i| value(&expression["argv"][i], context));
            Value::Bool(a == b)
        }
        (None, None) => expression.clone(),
        other => panic!("{other:?}"),
    }
}
