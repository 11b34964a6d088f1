//! How far an import is, on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error; nothing where that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// One over bytes, of which there are as many as these lengths come to; one without an end where one is not known.
    pub(crate) fn over(lengths: impl Iterator<Item = Option<u64>>) -> Self {
        let length: Option<u64> = lengths.sum();
        let template = match length {
            Some(_) => "{elapsed_precise} {bar:20} {bytes}/{total_bytes}, {eta} left  {wide_msg}",
            None => "{elapsed_precise} {spinner} {bytes}  {wide_msg}",
        };
        Self::styled(length.map_or_else(ProgressBar::no_length, ProgressBar::new), template)
    }

    /// One that counts, without an end.
    pub(crate) fn counting() -> Self {
        Self::styled(ProgressBar::no_length(), "{elapsed_precise} {spinner} {pos} {wide_msg}")
    }

    /// One that is never seen.
    pub(crate) fn none() -> Self {
        Self(ProgressBar::hidden())
    }

    fn styled(bar: ProgressBar, template: &str) -> Self {
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Goes on by so much, and says how far that is.
    pub(crate) fn go_on(&self, by: u64, said: impl FnOnce() -> String) {
        self.0.inc(by);
        if !self.0.is_hidden() {
            self.0.set_message(said());
        }
    }

    /// Takes it off the terminal.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
