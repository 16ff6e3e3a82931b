//! One search at a time, its limits, and when it is made again; over a transport without a network.

mod blocking;
mod chain;
mod process;
mod scripted;
