//! Where results go.

use std::fs;
use std::path::Path;

use crate::Failure;

/// What stands around the generated part of docs/performance.md.
const START: &str = "<!-- What follows is written by `benches/compare/run --write`. -->\n";
const END: &str = "<!-- The end of what is written by it. -->\n";

/// A run, in three formats.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) json: String,
    pub(crate) svg: String,
    pub(crate) markdown: String,
}

impl Results {
    /// As files of a directory of their own.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), Failure> {
        fs::create_dir_all(directory)?;
        fs::write(directory.join("performance.md"), &self.markdown)?;
        self.write_beside(directory)
    }

    /// Between the marks of the page, and beside it.
    pub(crate) fn put_in_docs(&self, docs: &Path) -> Result<(), Failure> {
        let page = docs.join("performance.md");
        let text = fs::read_to_string(&page)?;
        let (before, rest) =
            text.split_once(START).ok_or("docs/performance.md has no start mark")?;
        let (_, after) = rest.split_once(END).ok_or("docs/performance.md has no end mark")?;
        fs::write(&page, format!("{before}{START}\n{}\n{END}{after}", self.markdown))?;
        self.write_beside(docs)
    }

    fn write_beside(&self, directory: &Path) -> Result<(), Failure> {
        fs::write(directory.join("performance.json"), &self.json)?;
        Ok(fs::write(directory.join("performance.svg"), &self.svg)?)
    }
}
