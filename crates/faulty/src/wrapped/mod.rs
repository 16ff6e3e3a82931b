//! Defects that wrap a good transport.

use crate::faulty::Faulty;

pub(crate) mod answers;
pub(crate) mod behaviour;
mod errors;
pub(crate) mod requests;
pub(crate) mod secrets;
mod timing;

pub(crate) fn rows() -> Vec<Faulty> {
    let groups = [
        requests::rows(),
        answers::rows(),
        behaviour::rows(),
        errors::rows(),
        timing::rows(),
        secrets::rows(),
    ];
    groups.into_iter().flatten().collect()
}
