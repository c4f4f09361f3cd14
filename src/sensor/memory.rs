//! What has been given before, so that nothing is given twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many things are remembered.
const THINGS_MAX: usize = 4096;
/// How many sentences are kept whole.
const KEPT_MAX: usize = 128;

/// A bounded memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    things: HashSet<u64>,
    /// The same, oldest first.
    order: VecDeque<u64>,
    kept: VecDeque<String>,
}

impl Memory {
    /// How many things it remembers.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether it remembers this thing.
    pub fn has(&self, thing: &impl Hash) -> bool {
        self.things.contains(&hash_of(thing))
    }

    /// Remembers a thing; whether it is new.
    pub fn is_new(&mut self, thing: &impl Hash) -> bool {
        let hash = hash_of(thing);
        if !self.things.insert(hash) {
            return false;
        }
        if self.order.len() == THINGS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.things.remove(&oldest);
        }
        self.order.push_back(hash);
        true
    }

    /// Keeps a sentence whole.
    pub fn keep(&mut self, sentence: &str) {
        if self.kept.iter().any(|kept| kept == sentence) {
            return;
        }
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(sentence.to_owned());
    }

    /// Whether a sentence that is kept ends with this text.
    pub fn ends_one(&self, text: &str) -> bool {
        self.kept.iter().any(|kept| kept.ends_with(text))
    }
}

fn hash_of(thing: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    thing.hash(&mut hasher);
    hasher.finish()
}
