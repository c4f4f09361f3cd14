//! How a shell matches a pattern against the names of files.

/// One place of a pattern.
enum Place<'p> {
    /// `*`: any characters.
    Any,
    /// `?`: one character.
    One,
    /// `[…]`: one character of these, or one that is none of them.
    Set { among: &'p str, is_negated: bool },
    /// The character itself.
    Own(char),
}

/// Whether `pattern` matches all of `path`: nothing in it passes a slash, and a leading dot must be written out.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) => {
                let is_hidden = part.starts_with('.') && !pattern.trim_start_matches('\\').starts_with('.');
                if is_hidden || !part_matches(&places(pattern), part) {
                    return false;
                }
            }
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

fn places(pattern: &str) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = after;
        found.push(match c {
            '*' => Place::Any,
            '?' => Place::One,
            '[' => match set(after) {
                Some((place, after)) => {
                    rest = after;
                    place
                }
                None => Place::Own('['),
            },
            '\\' => match after.chars().next() {
                Some(own) => {
                    rest = after.get(own.len_utf8()..).unwrap_or_default();
                    Place::Own(own)
                }
                None => Place::Own('\\'),
            },
            own => Place::Own(own),
        });
    }
    found
}

/// The set that begins behind its bracket, and what follows it; `None` where it has no end: then the bracket is itself.
fn set(text: &str) -> Option<(Place<'_>, &str)> {
    let among = text.strip_prefix(['!', '^']);
    let is_negated = among.is_some();
    let among = among.unwrap_or(text);
    // A bracket that stands first is one of the set; `[:digit:]` holds another.
    let mut at = usize::from(among.starts_with(']'));
    loop {
        let rest = among.get(at..)?;
        if let Some(class) = rest.strip_prefix("[:") {
            at += class.find(":]")? + 4;
        } else if rest.starts_with(']') {
            return Some((Place::Set { among: among.get(..at)?, is_negated }, rest.get(1..)?));
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

fn is_among(among: &str, c: char) -> bool {
    let mut rest = among;
    while let Some(first) = rest.chars().next() {
        if let Some((class, after)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
            if is_of_class(class, c) {
                return true;
            }
            rest = after;
            continue;
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let last = rest.strip_prefix('-').and_then(|after| after.chars().next());
        if let Some(last) = last {
            rest = rest.get(1 + last.len_utf8()..).unwrap_or_default();
        }
        if (first..=last.unwrap_or(first)).contains(&c) {
            return true;
        }
    }
    false
}

fn is_of_class(class: &str, c: char) -> bool {
    match class {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => matches!(c, ' ' | '\t'),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

/// Steps back only to the last star, which then takes one character more: stars never multiply.
fn part_matches(places: &[Place], part: &str) -> bool {
    let mut rest = part;
    let (mut at, mut star) = (0, None);
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let is_one = match places.get(at) {
            Some(Place::Any) => {
                star = Some((at, rest));
                at += 1;
                continue;
            }
            Some(Place::One) => true,
            Some(Place::Set { among, is_negated }) => is_among(among, c) != *is_negated,
            Some(Place::Own(own)) => *own == c,
            None => false,
        };
        if is_one {
            at += 1;
            rest = after;
            continue;
        }
        let Some((of, from)) = star else { return false };
        let mut taken = from.chars();
        taken.next();
        star = Some((of, taken.as_str()));
        at = of + 1;
        rest = taken.as_str();
    }
    places.iter().skip(at).all(|place| matches!(place, Place::Any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_what_a_shell_would_find_for_it() {
        for (pattern, word, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "x/a.csv", false),
            ("*.csv", ".a.csv", false),
            (".*", ".a", true),
            ("f[abc].o", "fb.o", true),
            ("f[abc].o", "fd.o", false),
            ("f[abc].o", "fab.o", false),
            ("f[abc].o", "fwhatever.o", false),
            ("f[0-9][0-9]", "f07", true),
            ("f[0-9]", "fx", false),
            ("f[!a]", "fb", true),
            ("f[^a]", "fa", false),
            ("f[]x]", "f]", true),
            ("f[[:digit:]_]", "f_", true),
            ("f[[:digit:]]", "fa", false),
            ("f[a-]", "f-", true),
            ("f[ab", "f[ab", true),
            ("a?c*", "abc.d", true),
            ("*a?c", "xxabc", true),
            ("*a?c", "xxac", false),
            ("*[0-9]*.log", "a-7b.log", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("ä?", "äö", true),
        ] {
            assert_eq!(matches(pattern, word), expected, "{pattern} {word}");
        }
    }
}
