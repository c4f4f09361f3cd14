//! What the judge asks about the session so far.

/// Answers the judge's questions about what the session did before.
pub trait Past {
    /// Whether this session made the file or folder at `path`, which is absolute.
    fn made(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// The content that this session wrote to the file at `path`, which is absolute.
    fn written(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }
}

/// A session that has done nothing yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fresh;

impl Past for Fresh {}
