//! Endpoints, as the command shows them, held against AWS's own rule set and partition table.

use serde_json::Value;

use crate::command::{kendra_sync, run};
use crate::rule_set::{Parameters, RuleSet};

/// A region of each partition, and one of none.
const REGIONS: [&str; 9] = [
    "us-east-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-gov-west-1",
    "mars-east-1",
];

#[tokio::test]
async fn every_partition_and_variant_has_the_endpoint_of_the_rule_set() {
    let rules = RuleSet::load();
    let known = rules.regions();
    assert_eq!(REGIONS.iter().filter(|region| known.contains(&(**region).to_owned())).count(), 8);
    let mut refused = 0;
    for region in REGIONS {
        for (fips, dual_stack) in [(false, false), (false, true), (true, false), (true, true)] {
            for endpoint in [None, Some("http://localhost:8080/pre")] {
                let parameters = Parameters { region, fips, dual_stack, endpoint };
                let mut command = kendra_sync(&format!("config --output json --region {region}"));
                command
                    .env("AWS_USE_FIPS_ENDPOINT", fips.to_string())
                    .env("AWS_USE_DUALSTACK_ENDPOINT", dual_stack.to_string())
                    .env("AWS_ENDPOINT_URL", endpoint.unwrap_or_default());
                let ran = run(&mut command).await;
                match rules.url(&parameters) {
                    Ok(url) => {
                        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
                        let settings = &shown["settings"];
                        assert_eq!(settings["endpoint"]["value"], url, "{parameters:?}");
                        assert_eq!(settings["fips"]["value"], fips);
                        assert_eq!(settings["dualstack"]["value"], dual_stack);
                        assert_eq!(ran.exit, 0);
                    }
                    Err(rule) => {
                        refused += 1;
                        let error = ran.stderr.lines().last().unwrap();
                        let error: Value = serde_json::from_str(error).unwrap();
                        let message = error["error"]["message"].as_str().unwrap();
                        let ours = "and a custom endpoint exclude each other";
                        let theirs = "and custom endpoint are not supported";
                        assert!(message.contains(ours) && rule.contains(theirs), "{parameters:?}");
                        assert_eq!(
                            (ran.exit, &error["error"]["code"]),
                            (253, &"Configuration".into())
                        );
                    }
                }
            }
        }
    }
    assert_eq!(refused, 27);
}
