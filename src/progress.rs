//! How far a long call is: a bar on a terminal, nothing in a pipe.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sagasim::Progress;

/// A bar on standard error.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows only if that is wanted and standard error is a terminal.
    pub fn new(wanted: bool) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(None, target))
    }
}

impl Progress for Bar {
    fn begin(&self, phase: &str, total: u64) {
        let template = if total > 0 { "{msg}  {wide_bar}  {human_pos} of {human_len}" } else { "{msg}  {human_pos}" };
        let style = ProgressStyle::with_template(template).expect("the template is our own");
        self.0.reset();
        self.0.set_style(style);
        if total > 0 {
            self.0.set_length(total);
        } else {
            self.0.unset_length();
        }
        self.0.set_message(phase.to_owned());
    }

    fn advance(&self, done: u64) {
        self.0.inc(done);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_begins_again_with_each_phase() {
        let bar = Bar::new(false);
        for (total, length) in [(10, Some(10)), (0, None), (3, Some(3))] {
            bar.begin("random runs", total);
            bar.advance(2);
            assert_eq!((bar.0.position(), bar.0.length()), (2, length));
            bar.end();
        }
    }
}
