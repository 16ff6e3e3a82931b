use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::constraint::{DATA_SOURCE_ID, INDEX_ID};
use crate::signature::{self, ReceivedRequest, Verified};
use crate::state::{Missing, State};

/// What a request turned out to ask for, as far as it was understood; kept for the log.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(crate) operation: Option<&'static str>,
    pub(crate) ids: Option<Ids>,
}

/// The ids of a data source and its index, both allowed by AWS's constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) index: String,
    pub(crate) data_source: String,
}

/// Answers one request at the time `now`, and notes in `call` what it was.
///
/// Checked in this order: signature, method, operation, permission, body, ids, resource, faults.
pub(crate) fn perform(
    state: &State,
    request: &ReceivedRequest<'_>,
    now: SystemTime,
    call: &mut Call,
) -> Result<(), Failure> {
    let lookup = |access_key_id: &str| state.identity(access_key_id);
    let verified = signature::verify(request, lookup, now, state.region())?;
    if request.method() != b"POST" {
        return Err(Failure::UnknownOperation("The method must be POST."));
    }
    match request.only("x-amz-target") {
        Some(b"AWSKendraFrontendService.StopDataSourceSyncJob") => {
            call.operation = Some("StopDataSourceSyncJob");
            stop(state, &verified, request.body(), call)
        }
        Some(_) => Err(Failure::UnknownOperation("The operation in X-Amz-Target is not known.")),
        None => Err(Failure::UnknownOperation("X-Amz-Target must be there once.")),
    }
}

fn stop(state: &State, verified: &Verified, body: &[u8], call: &mut Call) -> Result<(), Failure> {
    let ids = read_ids(body);
    call.ids = ids.as_ref().ok().cloned();
    if verified.identity().is_denied() {
        let index = ids.as_ref().map_or("*", |ids| &ids.index);
        let (account, region) = (state.account(), verified.region());
        return Err(Failure::AccessDenied(format!(
            "User: arn:aws:iam::{account}:user/{USER} is not authorized to perform: \
             kendra:StopDataSourceSyncJob on resource: \
             arn:aws:kendra:{region:.64}:{account}:index/{index}"
        )));
    }
    let Ids { index, data_source } = ids?;
    let source = state.data_source(&index, &data_source).map_err(|missing| {
        Failure::ResourceNotFound(match missing {
            Missing::Index => format!("The index {index} does not exist."),
            Missing::DataSource => {
                format!("The data source {data_source} does not exist in the index {index}.")
            }
        })
    })?;
    Ok(source.stop()?)
}

/// Reads the members `Id` and `IndexId`; members of other names are passed over, as AWS does.
fn read_ids(body: &[u8]) -> Result<Ids, Failure> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Err(Failure::Serialization("The body must be a JSON object."));
    };
    let index = text(&members, "IndexId").ok_or(WRONG_TYPE)?;
    let data_source = text(&members, "Id").ok_or(WRONG_TYPE)?;
    let violations = [INDEX_ID.violations(index), DATA_SOURCE_ID.violations(data_source)].concat();
    match (violations.as_slice(), index, data_source) {
        ([], Some(index), Some(data_source)) => {
            Ok(Ids { index: index.to_owned(), data_source: data_source.to_owned() })
        }
        (violations, ..) => {
            let errors = if violations.len() == 1 { "error" } else { "errors" };
            let count = violations.len();
            let list = violations.join("; ");
            Err(Failure::Validation(format!("{count} validation {errors} detected: {list}")))
        }
    }
}

/// A member's text: `None` when it is of another type, `Some(None)` when it is missing or null.
fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<Option<&'a str>> {
    match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    }
}

const WRONG_TYPE: Failure = Failure::Serialization("Id and IndexId must be strings.");

/// The IAM user that every identity belongs to, as messages name it.
const USER: &str = "emulator";

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    #[test]
    fn ids_are_read_from_the_body() {
        let body = format!(r#"{{"Id": "wiki", "Other": [1], "IndexId": "{INDEX}"}}"#);
        let ids = Ids { index: INDEX.to_owned(), data_source: "wiki".to_owned() };
        assert_eq!(read_ids(body.as_bytes()).unwrap(), ids);
    }

    #[test]
    fn what_is_no_object_with_strings_is_a_serialization_error() {
        for body in [
            "",
            "null",
            "[]",
            "\"Id\"",
            "{",
            "{\"Id\":\"a\"",
            "{}x",
            "{\"Id\":1}",
            "{\"IndexId\":{}}",
            "\u{feff}{}",
            &"[".repeat(100_000),
            &"{\"Id\":".repeat(100_000),
        ] {
            let failure = read_ids(body.as_bytes()).unwrap_err();
            assert!(matches!(failure, Failure::Serialization(_)), "{failure:?}");
        }
        assert!(matches!(read_ids(b"{\"Id\":\"\xff\"}"), Err(Failure::Serialization(_))));
    }

    #[test]
    fn a_missing_member_is_a_validation_error() {
        let Err(Failure::Validation(message)) = read_ids(br#"{"Id":null}"#) else {
            panic!("must not be valid");
        };
        assert_eq!(
            message,
            "2 validation errors detected: \
             Value at 'indexId' failed to satisfy constraint: Member must not be null; \
             Value at 'id' failed to satisfy constraint: Member must not be null"
        );
    }
}
