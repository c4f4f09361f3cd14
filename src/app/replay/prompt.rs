//! What the operator types in a replay: a text to look for, or a place to go to.

use super::{Place, Player};
use crate::model::{Key, KeyCode};

/// The longest text that can be typed, in characters.
const TYPED_CHARS_MAX: usize = 200;

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A text to look for.
    Find(String),
    /// A place to go to.
    Go(String),
}

impl Prompt {
    /// What has been typed.
    #[must_use]
    pub fn typed(&self) -> &str {
        match self {
            Self::Find(typed) | Self::Go(typed) => typed,
        }
    }

    fn typed_mut(&mut self) -> &mut String {
        match self {
            Self::Find(typed) | Self::Go(typed) => typed,
        }
    }
}

impl Player {
    /// Takes a key while something is typed. Whether it was taken.
    pub fn type_key(&mut self, key: Key) -> bool {
        self.message = None;
        let Some(prompt) = &mut self.prompt else { return false };
        let is_plain = !key.mods.ctrl && !key.mods.alt && !key.mods.logo;
        match key.code {
            KeyCode::Char(c) if is_plain => {
                if prompt.typed().chars().count() < TYPED_CHARS_MAX {
                    prompt.typed_mut().push(c);
                }
            }
            KeyCode::Backspace => drop(prompt.typed_mut().pop()),
            KeyCode::Enter => self.answer(),
            _ => self.prompt = None,
        }
        true
    }

    /// Takes a paste while something is typed. Whether it was taken.
    pub fn type_text(&mut self, text: &str) -> bool {
        let Some(prompt) = &mut self.prompt else { return false };
        let room = TYPED_CHARS_MAX.saturating_sub(prompt.typed().chars().count());
        prompt.typed_mut().extend(text.chars().filter(|c| !c.is_control()).take(room));
        true
    }

    fn answer(&mut self) {
        match self.prompt.take() {
            Some(Prompt::Find(typed)) => {
                self.find(&typed);
                self.take_found();
            }
            Some(Prompt::Go(typed)) => match typed.parse::<Place>() {
                Ok(place) => {
                    if !self.show(place) {
                        self.message = Some(format!("there is no {typed} in this session"));
                    }
                }
                Err(error) => self.message = Some(error.to_string()),
            },
            None => {}
        }
    }
}
