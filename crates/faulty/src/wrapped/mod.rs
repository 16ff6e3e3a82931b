//! Defects that wrap a good transport.

use crate::faulty::Faulty;

mod answers;
mod behaviour;
mod errors;
mod requests;
mod secrets;
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
