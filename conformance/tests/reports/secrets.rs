//! No secret reaches the disk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::program::{CHILD, FAILS, PASSES, code, files, report, run};

/// As the suite plants them.
const SECRET: &str = "q7Zk2vXw9LrT4bNc8Yd1HsJ6mPfG3uAe5RoQiVxB";
const TOKEN: &str = "Jt5VnQ8zWc2KyRb7MhLx4PgSd9FuEa1ToXi6ZvGk3YwBqNrCmHpUjDlOsI0f";

/// A transport tells all that it knows in every way; then every file is searched for every stretch of eight
/// characters, white space dropped, as it is, in hexadecimal, in base64 and as numbers. Signatures are not
/// known beforehand: nothing may look like one.
pub(crate) fn no_secret_is_in_any_file() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    // A secret that a server sends back is among these, and one that is sent in pieces.
    let scenarios =
        ["--exact", PASSES, FAILS, CHILD, "secret/error-chain", "conn/keep-alive-reuse"];
    let output = run("leaks", root, &[&scenarios[..], &["--wire", "all"]].concat());
    assert_eq!(code(&output), 1, "{output:?}");
    let names = files(root);
    for name in ["report.json", "results.jsonl", "default/framing/cl-short-truncated.conn1.in.bin"]
    {
        assert!(names.iter().any(|path| path.ends_with(name)), "{name}: {names:?}");
    }
    let (stretches, report) = (stretches(), report(root));
    // It looks like a signature.
    let digest = report["catalogue"]["digest"].as_str().unwrap();
    let mut masked = 0;
    for path in &names {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        masked += usize::from(text.contains("▒▒▒▒▒▒▒▒") || text.contains("********"));
        let dense: String = text.to_lowercase().split_whitespace().collect();
        for stretch in &stretches {
            assert!(!dense.contains(stretch), "{}: {stretch}", path.display());
        }
        assert_eq!(signature(&dense.replace(digest, "")), None, "{}", path.display());
    }
    assert!(masked > 5, "the secrets did come so far: {masked} of {names:?}");
}

/// In lower case, so that hexadecimal is found in either.
fn stretches() -> Vec<String> {
    let mut stretches = Vec::new();
    for canary in [SECRET, TOKEN] {
        for window in canary.as_bytes().windows(8) {
            let plain = String::from_utf8_lossy(window).into_owned();
            let numbers: Vec<String> = window.iter().map(u8::to_string).collect();
            stretches.push(window.iter().map(|byte| format!("{byte:02x}")).collect());
            stretches.extend([plain.to_lowercase(), numbers.join(",")]);
        }
        for before in 0..3 {
            let encoded = STANDARD.encode(" ".repeat(before) + canary);
            let inner = &encoded.as_bytes()[4..encoded.len() - 4];
            let windows = inner.windows(8);
            stretches.extend(windows.map(|w| String::from_utf8_lossy(w).to_lowercase()));
        }
    }
    stretches
}

/// As many hexadecimal digits as a signature has, not all alike.
fn signature(dense: &str) -> Option<&str> {
    let mut runs = dense.split(|c: char| !c.is_ascii_hexdigit());
    runs.find(|run| run.len() >= 64 && run.bytes().any(|byte| Some(byte) != run.bytes().next()))
}
