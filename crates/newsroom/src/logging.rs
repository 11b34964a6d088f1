//! Logs: JSON or pretty, on standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::{Loaded, LogFormat};

/// Starts to log as the settings say. A command that is not a server logs warnings alone, unless it is told otherwise.
pub(crate) fn start(loaded: &Loaded, is_server: bool) {
    let settings = &loaded.settings;
    let filter = if is_server || !loaded.is_default("log") {
        settings.log.filter()
    } else {
        EnvFilter::new("warn")
    };
    let on_terminal = io::stderr().is_terminal();
    let pretty = match settings.log_format {
        LogFormat::Auto => on_terminal,
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(on_terminal);
    let started = if pretty {
        registry.with(lines.with_target(false)).try_init()
    } else {
        registry
            .with(
                lines
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false),
            )
            .try_init()
    };
    // Only a second start fails, and then the first one's logs go on.
    drop(started);
}
