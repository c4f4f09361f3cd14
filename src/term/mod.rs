//! Bytes to Screen: the emulator behind a few types of our own.
#![forbid(unsafe_code)]

/// The agent's terminal as cells, cursor and modes.
#[derive(Debug)]
pub struct Screen {
    size: (u16, u16),
}

impl Screen {
    /// An empty screen of `cols` and `rows` that keeps `scrollback_lines`.
    #[must_use]
    pub fn new(cols: u16, rows: u16, _scrollback_lines: usize) -> Self {
        Self { size: (cols.max(2), rows.max(1)) }
    }

    /// Takes the agent's output.
    pub fn feed(&mut self, _bytes: &[u8]) {}

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Gives it another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.size = (cols.max(2), rows.max(1));
    }

    /// What the agent's queries are to be answered.
    pub fn take_replies(&mut self) -> Vec<u8> {
        Vec::new()
    }
}
