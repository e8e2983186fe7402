//! Watches the settings' files while the server runs.
//!
//! One thread checks whether the files have changed, reads them again, and reports the result.
//! Invalid settings change nothing. This module does not know what the server does with a change.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use hobnob::model::motd::Motd;

use crate::config::file::Watched;
use crate::config::in_force::{InForce, SettingEntry};
use crate::config::load::reread;

/// How often the files are checked: often enough for a user who waits for a change to take effect,
/// and rarely enough to cost nothing. A file is read only after it has not changed for this time:
/// someone may be in the middle of writing it, and half a file may be valid.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A server with a password is not opened to everyone while it runs.
const PASSWORD_IS_GONE: &str =
    "the password is missing; to open the server to everyone, restart it without one";

/// The watching thread. Dropping this ends the thread and waits for it.
pub(crate) struct Watcher {
    // Dropped in this order: the thread ends when the sender is gone.
    stop: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts the thread. Without files there is nothing to do. The same holds if the first of
    /// them, which is the configuration file if there is one, cannot be read twice: its settings
    /// would be missing.
    ///
    /// `tell` is given new settings, or the problem with them, in one line; the old ones stay in force
    /// then. `live` names the settings that it applies while the server runs. The log reports that
    /// the others take effect at the next start.
    pub(crate) fn start(
        arguments: Vec<OsString>,
        files: Vec<Watched>,
        in_force: &InForce,
        live: &'static [&'static str],
        tell: impl FnMut(Result<InForce, String>) + Send + 'static,
    ) -> io::Result<Self> {
        if files.first().is_none_or(Watched::is_special) {
            return Ok(Self { stop: None, thread: None });
        }
        let (stop, is_over) = bounded(0);
        let watching = Watching::new(arguments, files, in_force, live);
        let thread = std::thread::Builder::new()
            .name("watcher".into())
            .spawn(move || watching.run(&is_over, tell))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been logged already.
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
struct Watching {
    arguments: Vec<OsString>,
    files: Vec<Watched>,
    /// A change has been noticed, but may not be complete.
    is_unsettled: bool,
    /// The settings that the server uses.
    entries: Vec<SettingEntry>,
    motd: Motd,
    has_password: bool,
    live: &'static [&'static str],
}

/// The names of settings that have changed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    taken_over: Vec<String>,
    at_next_start: Vec<String>,
}

impl Watching {
    fn new(
        arguments: Vec<OsString>,
        files: Vec<Watched>,
        in_force: &InForce,
        live: &'static [&'static str],
    ) -> Self {
        let (entries, motd) = (in_force.entries.clone(), in_force.config.motd.clone());
        let has_password = in_force.config.password.is_some();
        Self { arguments, files, is_unsettled: false, entries, motd, has_password, live }
    }

    fn run(
        mut self,
        is_over: &Receiver<Infallible>,
        mut tell: impl FnMut(Result<InForce, String>),
    ) {
        while let Err(RecvTimeoutError::Timeout) = is_over.recv_timeout(LOOK_INTERVAL) {
            let Some(change) = self.look() else { continue };
            match &change {
                Ok(settings) => self.take_over(settings).log(),
                Err(problem) => tracing::warn!(problem, "keeping the old settings"),
            }
            tell(change);
        }
    }

    /// Reads the files if they have changed and have been left alone since.
    fn look(&mut self) -> Option<Result<InForce, String>> {
        // Checks all of them, without stopping at the first that has changed.
        let changed = self.files.iter_mut().map(Watched::has_changed).filter(|&it| it).count();
        if changed > 0 {
            self.is_unsettled = true;
            return None;
        }
        if self.files.iter().any(Watched::is_pipe) {
            return None;
        }
        if !std::mem::take(&mut self.is_unsettled) {
            return None;
        }
        self.files.clear();
        Some(match reread(&self.arguments, &mut self.files) {
            // A truncated file, or one emptied by mistake, may have lost the password.
            Ok(settings) if self.has_password && settings.config.password.is_none() => {
                Err(PASSWORD_IS_GONE.to_owned())
            }
            read => read,
        })
    }

    /// Records the settings that the server uses from now on.
    fn take_over(&mut self, new: &InForce) -> Differences {
        self.has_password |= new.config.password.is_some();
        let mut differences = Differences::default();
        for (old, new_entry) in self.entries.iter_mut().zip(&new.entries) {
            let name = new_entry.name();
            let is_other_text = name == "motd" && self.motd != new.config.motd;
            if old.is_like(new_entry) && !is_other_text {
                continue;
            }
            if self.live.contains(&name) {
                *old = new_entry.clone();
                differences.taken_over.push(name.to_owned());
            } else {
                differences.at_next_start.push(name.to_owned());
            }
        }
        if self.live.contains(&"motd") {
            self.motd = new.config.motd.clone();
        }
        differences
    }
}

impl Differences {
    fn log(&self) {
        if *self == Self::default() {
            tracing::info!("settings reloaded: nothing has changed");
            return;
        }
        let listed = |names: &[String]| match names {
            [] => "nothing".to_owned(),
            names => names.join(", "),
        };
        tracing::info!(
            taken_over = listed(&self.taken_over),
            at_next_start = listed(&self.at_next_start),
            "settings reloaded"
        );
    }
}

#[cfg(test)]
mod tests;
