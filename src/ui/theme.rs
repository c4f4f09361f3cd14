//! Themes: palettes and scopes, as data.

use std::collections::{BTreeMap, HashMap};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::glyphs::Glyphs;
use super::scopes::SCOPES;

/// How many themes may inherit one from the other.
const INHERITS_MAX: usize = 8;

/// The themes that are built in, the default first.
const SHIPPED: &[(&str, &str)] = &[
    ("terminal", include_str!("../../themes/terminal.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("contrast-dark", include_str!("../../themes/contrast-dark.toml")),
    ("contrast-light", include_str!("../../themes/contrast-light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// The names of the 16 colours of a terminal.
const NAMED: &[(&str, Color)] = &[
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// The words for attributes.
const ATTRIBUTES: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// Styles by scope, and the characters borders are drawn with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: HashMap<String, Style>,
    glyphs: Glyphs,
    ambiguous_columns: u16,
}

/// What is wrong with a theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// There is no theme of that name.
    #[error("there is no theme `{name}`; the nearest is `{nearest}`")]
    NoTheme {
        /// The name.
        name: String,
        /// The name most like it.
        nearest: String,
    },
    /// It is no TOML, or has a key that means nothing.
    #[error("{file}:{line}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        message: String,
    },
    /// A scope that nothing is drawn in.
    #[error("{file}:{line}: there is no scope `{scope}`; the nearest is `{nearest}`")]
    NoScope {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The scope.
        scope: String,
        /// The scope most like it.
        nearest: String,
    },
    /// A word that is neither a colour nor an attribute.
    #[error("{file}:{line}: `{word}` is neither a colour nor an attribute; the nearest is `{nearest}`")]
    NoColor {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The word.
        word: String,
        /// The name most like it.
        nearest: String,
    },
    /// Themes that inherit one another without end.
    #[error("theme `{name}` inherits more than {INHERITS_MAX} themes, or itself")]
    TooDeep {
        /// The theme that was asked for.
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    glyphs: Option<GlyphSet>,
    #[serde(default)]
    palette: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    scopes: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum GlyphSet {
    Unicode,
    Ascii,
}

/// A word of a theme with the place where it stands.
#[derive(Clone)]
struct Placed {
    text: String,
    file: String,
    line: usize,
}

#[derive(Default)]
struct Merged {
    palette: HashMap<String, Placed>,
    scopes: HashMap<String, Placed>,
    glyphs: Option<GlyphSet>,
}

impl Theme {
    /// The theme of that name among those that are built in.
    ///
    /// # Errors
    /// [`ThemeError::NoTheme`] names the nearest.
    pub fn shipped(name: &str) -> Result<Self, ThemeError> {
        Self::load(name, &|_| None)
    }

    /// The theme of that name, the operator's own before the ones built in.
    ///
    /// `find` gives the operator's theme of a name as file name and text. A theme that inherits its own name
    /// inherits the one built in.
    ///
    /// # Errors
    /// Says file and line, and the nearest name where one is unknown.
    pub fn load(name: &str, find: &dyn Fn(&str) -> Option<(String, String)>) -> Result<Self, ThemeError> {
        let mut merged = Merged::default();
        let mut next = Some((name.to_owned(), true));
        let mut depth = 0;
        while let Some((wanted, may_be_own)) = next {
            depth += 1;
            if depth > INHERITS_MAX {
                return Err(ThemeError::TooDeep { name: name.to_owned() });
            }
            let own = if may_be_own { find(&wanted) } else { None };
            let (file, text) = match own {
                Some(found) => found,
                None => built_in(&wanted)?,
            };
            let inherits = merged.add(&file, &text)?;
            next = inherits.map(|parent| {
                let is_other = parent != wanted;
                (parent, is_other)
            });
        }
        merged.resolve(name)
    }

    /// The names of the themes that are built in, the default first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a scope: its own, or that of its longest beginning that has one.
    #[must_use]
    pub fn style(&self, scope: &str) -> Style {
        let mut scope = scope;
        loop {
            if let Some(style) = self.styles.get(scope) {
                return *style;
            }
            match scope.rsplit_once('.') {
                Some((beginning, _)) => scope = beginning,
                None => return Style::new(),
            }
        }
    }

    /// The characters of borders and marks.
    #[must_use]
    pub fn glyphs(&self) -> &Glyphs {
        &self.glyphs
    }

    /// How many columns a character of ambiguous width takes where this is drawn, 1 or 2.
    #[must_use]
    pub fn ambiguous_columns(&self) -> u16 {
        self.ambiguous_columns
    }

    /// The same theme for a terminal in which a character of ambiguous width takes so many columns, 1 or 2.
    #[must_use]
    pub fn with_ambiguous_columns(mut self, columns: u16) -> Self {
        self.ambiguous_columns = columns.clamp(1, 2);
        self
    }

    /// The same theme with borders and marks in ASCII.
    #[must_use]
    pub fn in_ascii(mut self) -> Self {
        self.glyphs = Glyphs::ASCII;
        self
    }
}

fn built_in(name: &str) -> Result<(String, String), ThemeError> {
    match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        Some((shipped, text)) => Ok((format!("themes/{shipped}.toml"), (*text).to_owned())),
        None => Err(ThemeError::NoTheme { name: name.to_owned(), nearest: nearest(name, Theme::names()) }),
    }
}

/// The one of `names` that is most like `name`.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let likeness = |other: &str| strsim::damerau_levenshtein(name, other);
    names.min_by_key(|other| likeness(other)).unwrap_or_default().to_owned()
}

/// The line, from 1, in which a byte of a text lies.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|b| *b == b'\n').count()
}

/// What the TOML reader said, and in which line.
pub(super) fn toml_error(text: &str, error: &toml::de::Error) -> (usize, String) {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    (line, error.message().to_owned())
}

impl Merged {
    /// Adds a file beneath those that are already there; says what it inherits.
    fn add(&mut self, file: &str, text: &str) -> Result<Option<String>, ThemeError> {
        let parsed: File = toml::from_str(text).map_err(|error| {
            let (line, message) = toml_error(text, &error);
            ThemeError::Toml { file: file.to_owned(), line, message }
        })?;
        let place = |value: Spanned<String>| {
            let line = line_of(text, value.span().start);
            Placed { text: value.into_inner(), file: file.to_owned(), line }
        };
        for (name, color) in parsed.palette {
            self.palette.entry(name.into_inner()).or_insert_with(|| place(color));
        }
        for (scope, style) in parsed.scopes {
            let line = line_of(text, scope.span().start);
            let scope = scope.into_inner();
            if !is_scope(&scope) {
                let beginnings =
                    SCOPES.iter().filter_map(|scope| scope.rsplit_once('.')).map(|(beginning, _)| beginning);
                let nearest = nearest(&scope, SCOPES.iter().copied().chain(beginnings));
                return Err(ThemeError::NoScope { file: file.to_owned(), line, scope, nearest });
            }
            self.scopes.entry(scope).or_insert_with(|| place(style));
        }
        self.glyphs = self.glyphs.or(parsed.glyphs);
        Ok(parsed.inherits)
    }

    fn resolve(self, name: &str) -> Result<Theme, ThemeError> {
        let mut styles = HashMap::new();
        for (scope, placed) in &self.scopes {
            styles.insert(scope.clone(), self.style(placed)?);
        }
        for placed in self.palette.values() {
            self.color(&placed.text, placed)?;
        }
        let glyphs = match self.glyphs {
            Some(GlyphSet::Ascii) => Glyphs::ASCII,
            Some(GlyphSet::Unicode) | None => Glyphs::UNICODE,
        };
        Ok(Theme { name: name.to_owned(), styles, glyphs, ambiguous_columns: 1 })
    }

    /// Reads `red on black bold`: the text's colour, the ground's after `on`, and attributes.
    fn style(&self, placed: &Placed) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        let mut is_ground = false;
        for word in placed.text.split_whitespace() {
            if word == "on" {
                is_ground = true;
            } else if let Some((_, attribute)) = ATTRIBUTES.iter().find(|(name, _)| *name == word) {
                style = style.add_modifier(*attribute);
            } else {
                let color = self.color(word, placed)?;
                style = if is_ground { style.bg(color) } else { style.fg(color) };
                is_ground = false;
            }
        }
        Ok(style)
    }

    fn color(&self, word: &str, placed: &Placed) -> Result<Color, ThemeError> {
        let given = self.palette.get(word).map_or(word, |entry| entry.text.as_str());
        plain_color(given).ok_or_else(|| {
            let palette = self.palette.keys().map(String::as_str);
            let names = palette.chain(NAMED.iter().map(|n| n.0)).chain(ATTRIBUTES.iter().map(|a| a.0));
            let (file, line) = (placed.file.clone(), placed.line);
            ThemeError::NoColor { file, line, word: given.to_owned(), nearest: nearest(given, names) }
        })
    }
}

fn is_scope(name: &str) -> bool {
    SCOPES.iter().any(|scope| scope.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// `#rrggbb`, a number of the 256 colours, or a name of the 16.
fn plain_color(word: &str) -> Option<Color> {
    if let Some(hex) = word.strip_prefix('#') {
        let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
        let [_, red, green, blue] = value.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    if let Some((_, color)) = NAMED.iter().find(|(name, _)| *name == word) {
        return Some(*color);
    }
    word.parse().ok().map(Color::Indexed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Result<Theme, ThemeError> {
        let text = text.to_owned();
        Theme::load("own", &move |name| (name == "own").then(|| ("own.toml".to_owned(), text.clone())))
    }

    #[test]
    fn a_scope_falls_back_to_its_beginning() {
        let theme =
            own("[palette]\nrust = \"#aa4400\"\n[scopes]\n\"case\" = \"red\"\n\"case.tier\" = \"rust on 17 bold\"");
        let theme = theme.expect("loads");
        let tier = Style::new().fg(Color::Rgb(0xaa, 0x44, 0)).bg(Color::Indexed(17)).add_modifier(Modifier::BOLD);
        assert_eq!(theme.style("case.tier.high"), tier);
        assert_eq!(theme.style("case.title"), Style::new().fg(Color::Red));
        assert_eq!(theme.style("bar"), Style::new());
    }

    #[test]
    fn a_theme_inherits_and_its_palette_recolours_what_it_inherits() {
        let theme = own("inherits = \"dark\"\nglyphs = \"ascii\"\n[palette]\nred = \"#ff0000\"").expect("loads");
        let dark = Theme::shipped("dark").expect("loads");
        assert_eq!(theme.style("case.tier.critical").bg, Some(Color::Rgb(255, 0, 0)));
        assert_eq!(theme.style("bar"), dark.style("bar"));
        assert_eq!(theme.glyphs(), &Glyphs::ASCII);
    }

    #[test]
    fn an_operators_theme_may_inherit_the_shipped_one_of_its_name() {
        let find = |name: &str| {
            (name == "dark").then(|| ("d.toml".to_owned(), "inherits = \"dark\"\n[scopes]\ncase = \"red\"".to_owned()))
        };
        let theme = Theme::load("dark", &find).expect("loads");
        assert_eq!(theme.style("case").fg, Some(Color::Rgb(0xff, 0x7b, 0x72)), "by the palette of the shipped one");
    }

    #[test]
    fn what_is_wrong_with_a_theme_is_said_with_line_and_nearest_name() {
        for (text, said) in [
            (
                "[scopes]\n\"case.teir\" = \"red\"",
                "own.toml:2: there is no scope `case.teir`; the nearest is `case.tier`",
            ),
            (
                "[scopes]\n\ncase = \"redd\"",
                "own.toml:3: `redd` is neither a colour nor an attribute; the nearest is `red`",
            ),
            (
                "[palete]\n",
                "own.toml:1: unknown field `palete`, expected one of `inherits`, `glyphs`, `palette`, `scopes`",
            ),
            ("inherits = \"drak\"", "there is no theme `drak`; the nearest is `dark`"),
            ("[palette]\nx = \"#12\"", "own.toml:2: `#12` is neither a colour nor an attribute; the nearest is `x`"),
        ] {
            assert_eq!(own(text).map(|_| ()).map_err(|error| error.to_string()), Err(said.to_owned()), "{text}");
        }
    }

    #[test]
    fn themes_that_inherit_in_a_ring_are_refused() {
        let find = |name: &str| {
            let other = if name == "a" { "b" } else { "a" };
            Some((format!("{name}.toml"), format!("inherits = \"{other}\"")))
        };
        assert_eq!(Theme::load("a", &find), Err(ThemeError::TooDeep { name: "a".to_owned() }));
    }
}
