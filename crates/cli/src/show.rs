//! `kendra-sync config`: every setting in force, and where it came from.

use std::time::Duration;

use kendra_sync_config::{Environment, Setting, Source};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::failure::Failure;
use crate::setting_flags::{Output, SettingFlags};
use crate::settings::{builder, unknown_region, warn_of_mode};
use crate::text::{json, one_line, warn};
use crate::trace;

/// Calls nothing, and asks nobody for credentials.
pub(crate) fn run(flags: &SettingFlags, environment: Environment) -> Result<String, Failure> {
    trace::start(flags.debug.then_some("debug"), &environment);
    let found = builder(flags)?.environment(environment).load();
    let found = found.map_err(Failure::settings)?;
    // What would keep a call from being made is an error here, too.
    found.config().map_err(Failure::settings)?;
    let credentials = found.credential_source().map_err(Failure::settings)?;
    if let Some(region) = unknown_region(&found) {
        warn(&format!("Kendra is not known to be in region {region}"));
    }
    let mode = warn_of_mode(&found);
    let rows = vec![
        optional("region", found.region(), |region| region.as_str().into()),
        optional("endpoint", found.endpoint(), |endpoint| endpoint.to_string().into()),
        row("profile", found.profile(), |name| name.as_str().into()),
        optional("credentials", credentials.as_ref(), |name| (*name).into()),
        row("transport", &flags.transport(), |transport| transport.as_str().into()),
        row("proxy", &found.proxy(), |proxy| {
            proxy.as_ref().map_or(Value::Null, |proxy| proxy.to_string().into())
        }),
        optional("ca_bundle", found.ca_bundle(), |bundle| {
            bundle.path().display().to_string().into()
        }),
        row("max_attempts", found.max_attempts(), |attempts| attempts.get().into()),
        row("retry_mode", found.retry_mode(), |_| mode.as_str().into()),
        row("timeout", &flags.timeout(), seconds),
        row("connect_timeout", &flags.connect_timeout(), seconds),
        row("attempt_timeout", &flags.attempt_timeout(), seconds),
        row("fips", found.fips(), |on| (*on).into()),
        row("dualstack", found.dualstack(), |on| (*on).into()),
        optional("app_id", found.app_id(), |id| id.as_str().into()),
    ];
    Ok(match flags.output {
        Output::Json => json(&Shown { settings: Rows(rows) }),
        Output::Text => table(&rows),
    })
}

#[derive(Serialize)]
struct Shown {
    settings: Rows,
}

/// An object whose members stay in order.
struct Rows(Vec<Row>);

#[derive(Serialize)]
struct Row {
    #[serde(skip)]
    name: &'static str,
    value: Value,
    source: String,
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|row| (row.name, row)))
    }
}

fn row<T>(name: &'static str, setting: &Setting<T>, value: impl FnOnce(&T) -> Value) -> Row {
    Row { name, value: value(setting.value()), source: setting.source().to_string() }
}

fn optional<T>(
    name: &'static str,
    setting: Option<&Setting<T>>,
    value: impl FnOnce(&T) -> Value,
) -> Row {
    match setting {
        Some(setting) => row(name, setting, value),
        None => Row { name, value: Value::Null, source: Source::Default.to_string() },
    }
}

/// Whole seconds without a point.
fn seconds(limit: &Duration) -> Value {
    if limit.subsec_nanos() == 0 { limit.as_secs().into() } else { limit.as_secs_f64().into() }
}

/// A line for each setting, in columns.
fn table(rows: &[Row]) -> String {
    let head = ["setting", "value", "source"].map(str::to_owned);
    let lines = rows.iter().map(|row| {
        let value = match &row.value {
            Value::Null => "-".to_owned(),
            Value::String(text) => one_line(text),
            other => other.to_string(),
        };
        [row.name.to_owned(), value, one_line(&row.source)]
    });
    let lines = Vec::from_iter(std::iter::once(head).chain(lines));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let (names, values) = (width(0), width(1));
    let line =
        |[name, value, source]: &[String; 3]| format!("{name:names$}  {value:values$}  {source}\n");
    lines.iter().map(line).collect()
}
