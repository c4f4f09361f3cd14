//! Names within lines of text.

/// The part of a target that a list would show: the last part of a URL or path, without quotes.
pub(super) fn names_it(resource: &str) -> Option<&str> {
    let bare = resource.trim().trim_end_matches('/').split(['?', '#']).next().unwrap_or_default();
    let last =
        if bare.contains("://") || bare.contains('/') { bare.rsplit('/').next().unwrap_or_default() } else { bare };
    Some(last.trim_matches(['"', '\''])).filter(|name| name.len() >= 2 && !name.starts_with('$'))
}

/// The beginning of a text, at most `max` bytes of it.
pub(super) fn cut(text: &str, max: usize) -> &str {
    let end = (0..=text.len().min(max)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Whether `name` stands in the line as a whole.
pub(super) fn has_word(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let before = line.get(..at).unwrap_or_default().ends_with(is_part);
        let after = line.get(at + name.len()..).unwrap_or_default().starts_with(is_part);
        !before && !after
    })
}
