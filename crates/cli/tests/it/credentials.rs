//! Credentials from every source, end to end: scripted endpoints give them, a scripted Kendra is called
//! with them.

mod called;
mod chains;
mod outcomes;
mod proxies;
mod scripted;
mod search;
