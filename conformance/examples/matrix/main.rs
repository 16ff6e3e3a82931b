//! Makes `docs/conformance-matrix.md` of the reports in `conformance/matrix`.
//!
//! ```console
//! $ cargo run -p kendra-sync-conformance --example matrix -- keep REPORT.json …
//! $ cargo run -p kendra-sync-conformance --example matrix -- render
//! $ cargo run -p kendra-sync-conformance --example matrix -- check REPORT.json …
//! ```
//!
//! `keep` puts what the matrix needs of each report there; `render` makes the page; `check` fails if the page is not what
//! the kept reports make, or if one of these reports does not come to the same as the one that is kept.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::kept::Kept;

mod kept;
mod page;
#[cfg(test)]
mod tests;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let reports: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (directory, page) = (here.join("matrix"), here.join("../docs/conformance-matrix.md"));
    match what.as_str() {
        "keep" => reports.iter().try_for_each(|report| Kept::read(report)?.write(&directory)),
        "render" => Ok(std::fs::write(page, page::of(&all(&directory)?))?),
        "check" => check(&reports, &all(&directory)?, &std::fs::read_to_string(page)?),
        _ => Err("matrix keep REPORT.json … | render | check REPORT.json …".into()),
    }
}

/// Every report that is kept, this project's own transports first.
fn all(directory: &Path) -> Result<Vec<Kept>, Box<dyn Error>> {
    let files = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    let mut kept = files.iter().map(|file| Kept::read(file)).collect::<Result<Vec<_>, _>>()?;
    kept.sort_by_key(Kept::place);
    Ok(kept)
}

fn check(fresh: &[PathBuf], kept: &[Kept], page: &str) -> Result<(), Box<dyn Error>> {
    let mut wrong = String::new();
    for file in fresh {
        let fresh = Kept::read(file)?;
        match kept.iter().find(|kept| kept.transport.name == fresh.transport.name) {
            None => writeln!(wrong, "{}: is not in conformance/matrix", fresh.transport.name)?,
            Some(kept) => kept.compare(&fresh).iter().try_for_each(|difference| {
                writeln!(wrong, "{}: {difference}", fresh.transport.name)
            })?,
        }
    }
    if page != page::of(kept) {
        writeln!(wrong, "docs/conformance-matrix.md: is not what conformance/matrix makes")?;
    }
    let more = "docs/conformance.md, \"What is in the matrix?\", says how to make it anew";
    if wrong.is_empty() { Ok(()) } else { Err(format!("not current:\n{wrong}{more}").into()) }
}
