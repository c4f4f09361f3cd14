//! An operator at a desk: presses keys at moments, sees what is drawn, and every frame is told to `update`.

use std::time::Duration;

use holdpoint::app::{Effect, Event, Input, Lock, Reply, State, lock, update};
use holdpoint::model::{Key, Moment, Mouse, MouseButton, MouseKind};
use holdpoint::ui::{Drawn, Keymap, Theme, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub struct Desk {
    pub state: State,
    pub keymap: Keymap,
    pub theme: Theme,
    pub effects: Vec<Effect>,
    pub drawn: Option<Drawn>,
    millis: u64,
}

impl Desk {
    /// Sits down; the first frame is drawn.
    pub fn at(state: State) -> Self {
        let keymap = Keymap::shipped("default").expect("a keymap");
        let theme = Theme::shipped("terminal").expect("a theme");
        let millis = state.now.0 / 1_000 + 1;
        let mut desk = Self { state, keymap, theme, effects: Vec::new(), drawn: None, millis };
        desk.paint();
        desk
    }

    pub fn now(&self) -> Moment {
        Moment::from_duration(Duration::from_millis(self.millis))
    }

    pub fn event(&mut self, event: Event) -> &mut Self {
        let now = self.now();
        let effects = update(&mut self.state, now, event);
        self.effects.extend(effects);
        self.paint()
    }

    pub fn paint(&mut self) -> &mut Self {
        let (cols, rows) = self.state.window;
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
        let drawn = view(&self.state, &self.theme, &self.keymap, &mut buffer);
        let painting = Event::Painted(drawn.painting.clone());
        let now = self.now();
        self.effects.extend(update(&mut self.state, now, painting));
        self.drawn = Some(drawn);
        self
    }

    pub fn wait(&mut self, millis: u64) -> &mut Self {
        self.millis += millis;
        self.event(Event::Ticked)
    }

    pub fn press(&mut self, key: &str) -> &mut Self {
        self.key(key.parse().expect("a key"), false)
    }

    pub fn key(&mut self, key: Key, is_repeat: bool) -> &mut Self {
        let interaction = &self.state.interaction;
        let resolved = self.keymap.resolve(interaction.mode(), &interaction.prefix, key);
        let at = self.now();
        self.event(Event::Input(Input::Key { key, resolved, is_repeat, at }))
    }

    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.press(key);
        }
        self
    }

    /// Types a text by hand, 60 ms a character.
    pub fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.millis += 60;
            self.key(Key::char(c), false);
        }
        self
    }

    pub fn click(&mut self, column: u16, row: u16) -> &mut Self {
        let kind = MouseKind::Down(MouseButton::Left);
        self.event(Event::Input(Input::Mouse(Mouse { kind, column, row, mods: Default::default() })))
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.event(Event::Input(Input::Paste(text.to_owned())))
    }

    /// How many calls were let go on.
    pub fn approvals(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Reply(_, Reply::Continue { .. }))).count()
    }

    /// How many calls were refused.
    pub fn denials(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Reply(_, Reply::Refuse { .. }))).count()
    }

    /// All that was typed into the agent's terminal.
    pub fn typed(&self) -> String {
        let bytes = self.effects.iter().filter_map(|effect| match effect {
            Effect::Type(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        String::from_utf8_lossy(&bytes.collect::<Vec<_>>().concat()).into_owned()
    }

    pub fn why_locked(&self) -> String {
        match lock(&self.state) {
            Lock::Open => "open".to_owned(),
            Lock::Closed { why, .. } => why,
        }
    }

    pub fn screen(&self) -> String {
        let (cols, rows) = self.state.window;
        let mut buffer = Buffer::empty(Rect::new(0, 0, cols, rows));
        view(&self.state, &self.theme, &self.keymap, &mut buffer);
        super::text(&buffer)
    }
}
