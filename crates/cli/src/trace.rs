//! What `--debug` and `RUST_LOG` show, on stderr.

use kendra_sync_config::Environment;
use tracing::Metadata;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Shows this project's own events: those of `level` and above, and those that `RUST_LOG` asks for.
///
/// Never a dependency's, whatever `RUST_LOG` says: some log request heads, signature and all.
pub(crate) fn start(level: Option<&str>, environment: &Environment) {
    let parse = |directives: &str| directives.parse::<Targets>();
    let asked = environment.text("RUST_LOG").ok().flatten();
    // Another program's syntax in it must not keep this one from its job.
    let wanted: Vec<Targets> = [level, asked].into_iter().flatten().flat_map(parse).collect();
    if wanted.is_empty() {
        return;
    }
    let shown = move |event: &Metadata<'_>| {
        event.target().starts_with("kendra_sync")
            && wanted.iter().any(|targets| targets.would_enable(event.target(), event.level()))
    };
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter_fn(shown))).init();
}
