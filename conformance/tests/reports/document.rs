//! What `report.json` says.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::program::{CHILD, FAILS, PASSES, SKIPPED, code, files, report, run, statuses};

fn schema() -> Validator {
    let schema = include_str!("../../report.schema.json");
    jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap()
}

fn problems(schema: &Validator, report: &Value) -> Vec<String> {
    let errors = schema.iter_errors(report);
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

pub(crate) fn report_json_is_as_its_schema_says() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let arguments = ["--exact", PASSES, FAILS, SKIPPED, CHILD, "cap/declared-matches-observed"];
    let output = run("shortens", root, &arguments);
    assert_eq!(code(&output), 1, "{output:?}");
    let report = report(root);
    assert_eq!(problems(&schema(), &report), Vec::<String>::new());
    let expected = [
        (PASSES, "pass"),
        (FAILS, "fail"),
        (SKIPPED, "skip"),
        (CHILD, "pass"),
        ("cap/declared-matches-observed", "warn"),
    ];
    assert_eq!(statuses(&report), expected);
    assert_eq!(report["transport"], json!({"name": "odd", "version": "0.1"}));
    let variant = &report["variants"][0];
    assert_eq!(variant["declared"], json!(["pool"]));
    assert_eq!(variant["kind"], "async");
    assert!(variant["observed"].as_array().unwrap().contains(&json!("pool")), "{variant}");
    assert_eq!(variant["profiles"]["core"]["verdict"], "not-conformant");
    assert_eq!(variant["profiles"]["tls"]["verdict"], "not-claimed");
    assert_eq!((&variant["counts"]["pass"], &variant["counts"]["warn"]), (&json!(2), &json!(1)));

    let failed = &report["results"][1];
    assert_eq!(failed["again"], format!("cargo test --test reports -- --exact default::{FAILS}"));
    let unmet = |check: &&Value| check["passed"] == false;
    let check = failed["checks"].as_array().unwrap().iter().find(unmet).unwrap();
    assert!(check["actual"].as_str().unwrap().contains("short <script>"), "{check}");
    let connection = &failed["connections"][0];
    let wire = std::fs::read(root.join(connection["wire"]["in"].as_str().unwrap())).unwrap();
    assert!(wire.starts_with(b"POST / HTTP/1.1\r\n"));
    assert_eq!(connection["bytesIn"], wire.len());
    let masked = connection["wire"]["maskedIn"].as_array().unwrap();
    assert!(masked.iter().any(|stretch| stretch[1] == 64), "the signature: {masked:?}");
    let text = std::fs::read_to_string(root.join(connection["wire"]["text"].as_str().unwrap()));
    let text = text.unwrap();
    assert!(text.contains(" ms > POST / HTTP/1.1\\r\\n\n") && text.contains("▒▒▒▒"), "{text}");
    let child = report["results"][3]["connections"].as_array().unwrap();
    assert!(!child.is_empty() && child.iter().all(|connection| connection["wire"].is_null()));
}

/// Each of these is refused, so the schema holds something.
pub(crate) fn the_schema_refuses_what_is_no_report() {
    let directory = tempfile::tempdir().unwrap();
    run("shortens", directory.path(), &["--exact", PASSES, FAILS, SKIPPED]);
    let (schema, good) = (schema(), report(directory.path()));
    assert_eq!(problems(&schema, &good), Vec::<String>::new());
    for (pointer, value) in [
        ("/schema", json!("kendra-sync-conformance/2")),
        ("/catalogue/digest", json!("short")),
        ("/started", json!("yesterday")),
        ("/variants/0/kind", json!("both")),
        ("/variants/0/observed", json!(["speed"])),
        ("/variants/0/profiles/core/verdict", json!("pass")),
        ("/results/0/checks", json!([])),
        ("/results/0/status", json!("skip")),
        ("/results/1/status", json!("failed")),
        ("/results/1/checks", json!([])),
        ("/results/1/connections/0/wire/in", json!("/etc/passwd")),
        ("/results/1/connections/0/timeline/0/what", json!("said")),
        ("/results/2/reason", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        assert!(!problems(&schema, &bad).is_empty(), "{pointer}");
    }
}

pub(crate) fn all_bytes_are_kept_only_when_asked_for() {
    for (wire, passing, failing) in
        [("all", true, true), ("failed", false, true), ("never", false, false)]
    {
        let directory = tempfile::tempdir().unwrap();
        run("shortens", directory.path(), &["--exact", PASSES, FAILS, "--wire", wire]);
        let names = files(directory.path());
        let kept = |id: &str| {
            let end = format!("wire/default/{id}.conn1.out.bin");
            names.iter().any(|name| name.ends_with(&end))
        };
        assert_eq!((kept(PASSES), kept(FAILS)), (passing, failing), "{wire}: {names:?}");
        let report = report(directory.path());
        let result = &report["results"][1]["connections"][0];
        assert_eq!(result["wire"].is_object(), failing);
        // What was said is in the report itself where a look is deserved.
        let said = |result: usize| {
            let moments = &report["results"][result]["connections"][0]["timeline"];
            moments[0]["text"].is_string()
        };
        assert_eq!((said(0), said(1)), (passing, true));
    }
}
