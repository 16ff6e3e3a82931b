//! The raw client with a defect that shows in few answers.

use crate::faulty::Faulty;
use crate::faulty::Make::Raw;
use crate::raw::Defect;

pub(super) fn rows() -> Vec<Faulty> {
    vec![
        Faulty::new(
            "X20",
            "any coding with chunked in its name is chunked",
            Raw(Defect::AlmostChunked),
            &["framing/te-and-cl"],
        ),
        Faulty::new(
            "X21",
            "counts a chunk in 16 bits",
            Raw(Defect::ShortChunkSize),
            &["framing/chunked-dribble"],
        ),
        Faulty::new(
            "X22",
            "reads a length as Python's int does",
            Raw(Defect::LengthWithUnderscores),
            &["framing/cl-invalid"],
        ),
    ]
}
