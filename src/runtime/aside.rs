//! What takes as long as somebody else likes, done for held calls, each on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls that may be waited for so at once; more are refused.
const ASIDE_MAX: usize = 128;

/// The threads that wait for somebody.
#[derive(Debug, Default)]
pub(super) struct Aside {
    busy: Arc<AtomicUsize>,
}

/// One of them. It no longer counts when this is dropped, also by a panic.
struct Place(Arc<AtomicUsize>);

impl Aside {
    /// Does `act` on a thread called `name`. Where none is to be had `act` is dropped, and with it the hold that it
    /// would have answered: that call is refused.
    ///
    /// # Errors
    /// Why there is none, for the operator.
    pub(super) fn begin(&self, name: &str, act: impl FnOnce() + Send + 'static) -> Result<(), String> {
        if self.busy.load(Ordering::Relaxed) >= ASIDE_MAX {
            return Err(format!("{ASIDE_MAX} calls wait already until somebody answers at the other end"));
        }
        self.busy.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.busy));
        let run = move || {
            act();
            drop(place);
        };
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        started.map(drop).map_err(|error| format!("no thread to wait for its other end: {error}"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{channel, sync_channel};

    use super::*;

    #[test]
    fn only_so_many_wait_at_once_and_who_is_through_makes_room() {
        let aside = Aside::default();
        let (go, gone) = sync_channel::<()>(0);
        let gone = Arc::new(std::sync::Mutex::new(gone));
        let (told, ended) = channel();
        for _ in 0..ASIDE_MAX {
            let (gone, told) = (Arc::clone(&gone), told.clone());
            aside
                .begin("waits", move || {
                    gone.lock().unwrap().recv().unwrap();
                    told.send(()).unwrap();
                })
                .unwrap();
        }
        assert!(aside.begin("waits", || {}).is_err());
        go.send(()).unwrap();
        ended.recv().unwrap();
        while aside.begin("waits", || {}).is_err() {}
        (1..ASIDE_MAX).for_each(|_| go.send(()).unwrap());
    }
}
