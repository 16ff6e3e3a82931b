//! `kendra-sync emulator`: serves until it is interrupted.

use kendra_sync_config::Environment;
use kendra_sync_emulator::Emulator;

use crate::failure::Failure;
use crate::flags::EmulatorFlags;
use crate::output;
use crate::text;
use crate::trace;

pub(crate) fn run(flags: &EmulatorFlags, environment: &Environment) -> Result<String, Failure> {
    trace::start(Some("info"), environment);
    let cannot = |error| Failure::other("the emulator cannot be started", &error);
    let emulator = Emulator::builder().listen(flags.listen).start();
    let emulator = pollster::block_on(emulator).map_err(cannot)?;
    emulator.add_data_source(INDEX, SOURCE).map_err(cannot)?;
    text::print(&output::emulator(&emulator, INDEX, SOURCE));
    // SIGINT ends the process.
    loop {
        std::thread::park();
    }
}

/// What can be stopped in it.
const INDEX: &str = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
const SOURCE: &str = "wiki";
