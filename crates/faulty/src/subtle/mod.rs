//! Defects that are harder to see: only for one status, one framing, one place. For each a scenario was
//! sharpened, past which it had slipped.

use crate::faulty::Faulty;

mod answers;
mod behaviour;
mod connections;
mod parsers;
mod secrets;
mod wire;

pub(crate) fn rows() -> Vec<Faulty> {
    let groups = [
        answers::rows(),
        behaviour::rows(),
        wire::rows(),
        secrets::rows(),
        parsers::rows(),
        connections::rows(),
    ];
    groups.into_iter().flatten().collect()
}
