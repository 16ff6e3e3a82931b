//! Just enough of AWS's endpoint rules to run Kendra's. The command's tests use it, too.

use regex_lite::Regex;
use serde_json::Value;

const RULES: &str = include_str!("../vectors/kendra-endpoint-rule-set.json");
const PARTITIONS: &str = include_str!("../vectors/partitions.json");

/// What the rules are asked.
#[derive(Debug)]
pub(crate) struct Parameters<'a> {
    pub(crate) region: &'a str,
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
    pub(crate) endpoint: Option<&'a str>,
}

/// AWS's rules for Kendra, and its partitions.
pub(crate) struct RuleSet {
    rules: Value,
    partitions: Vec<Value>,
}

impl RuleSet {
    pub(crate) fn load() -> Self {
        let partitions: Value = serde_json::from_str(PARTITIONS).unwrap();
        let partitions = partitions["partitions"].as_array().unwrap().clone();
        Self { rules: serde_json::from_str(RULES).unwrap(), partitions }
    }

    /// Every region of every partition.
    pub(crate) fn regions(&self) -> Vec<String> {
        let of = |partition: &Value| partition["regions"].as_object().unwrap().clone();
        self.partitions.iter().flat_map(of).map(|(name, _)| name).collect()
    }

    /// The URL, or the rules' own error.
    pub(crate) fn url(&self, parameters: &Parameters<'_>) -> Result<String, String> {
        let partition = self.partition(parameters.region);
        let found =
            walk(self.rules["rules"].as_array().unwrap(), &(parameters, partition)).unwrap();
        let suffix = |name: &str| partition[name].as_str().unwrap();
        let template = found?;
        if template.as_object().is_some() {
            return Ok(parameters.endpoint.unwrap().to_owned());
        }
        let template = template.as_str().unwrap();
        Ok(template
            .replace("{Region}", parameters.region)
            .replace("{PartitionResult#dnsSuffix}", suffix("dnsSuffix"))
            .replace("{PartitionResult#dualStackDnsSuffix}", suffix("dualStackDnsSuffix")))
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

type Context<'a> = (&'a Parameters<'a>, &'a Value);

/// The URL (a reference to the endpoint that was given, or a template) or the error of the first rule
/// whose conditions all hold.
fn walk(rules: &[Value], context: &Context<'_>) -> Option<Result<Value, String>> {
    let holds = |rule: &&Value| {
        let mut conditions = rule["conditions"].as_array().unwrap().iter();
        conditions.all(|condition| value(condition, context) == Value::Bool(true))
    };
    let rule = rules.iter().find(holds)?;
    match rule["type"].as_str().unwrap() {
        "tree" => walk(rule["rules"].as_array().unwrap(), context),
        "endpoint" => Some(Ok(rule["endpoint"]["url"].clone())),
        "error" => Some(Err(rule["error"].as_str().unwrap().to_owned())),
        other => panic!("{other}: {rule}"),
    }
}

fn value(expression: &Value, context: &Context<'_>) -> Value {
    let (parameters, partition) = *context;
    match (expression["ref"].as_str(), expression["fn"].as_str()) {
        (Some("Endpoint"), _) => parameters.endpoint.into(),
        (Some("Region"), _) => Value::Bool(true),
        (Some("UseFIPS"), _) => Value::Bool(parameters.fips),
        (Some("UseDualStack"), _) => Value::Bool(parameters.dual_stack),
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
