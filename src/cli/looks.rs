//! How things look: which theme and keymap, chosen by flag, configuration, environment and what the terminal says; and
//! read anew when their files change.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::settings;
use crate::config::{Config, Env, GlyphSet, Paths};
use crate::runtime::{
    Asks, Depth, Ground, Looks, Notice, TerminalColors, TerminalTraits, Wardrobe, ground_of_variable,
};
use crate::term::Colors;
use crate::ui::{Keymap, Theme};

/// What of the looks was chosen on the command line.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
}

/// What is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The whole terminal, which can be asked for its colours.
    Screen,
    /// Lines, or nothing.
    Lines,
}

/// What themes and keymaps are read by, again and again.
#[derive(Debug, Clone)]
struct Names {
    theme: ThemeName,
    keymap: String,
    glyphs: GlyphSet,
    ambiguous_columns: u16,
    paths: Paths,
    seen: Stamps,
}

/// Which theme.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ThemeName {
    /// The one the operator named.
    Chosen(String),
    /// The one that fits what is known of the terminal.
    Fitting { known: Known, name: &'static str },
}

/// What is known of the terminal before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    no_color: bool,
    ground: Option<Ground>,
    depth: Depth,
}

/// The operator's own themes and keymaps, with when each was written last and how long it is.
type Stamps = Vec<(PathBuf, Option<SystemTime>, u64)>;

/// Chooses and loads the looks, by what is known before the terminal is asked: that is done once the first frame is drawn.
///
/// # Errors
/// What is wrong with the theme or the keymap, with file and line.
pub fn looks(chosen: Chosen, config: &Config, env: &Env, paths: &Paths, face: Face) -> anyhow::Result<Looks> {
    let depth = Depth::of(env.color_term.as_deref(), env.term.as_deref());
    let known =
        Known { no_color: env.no_color, ground: env.color_fg_bg.as_deref().and_then(ground_of_variable), depth };
    let (theme, depth) = match chosen.theme.or_else(|| config.theme.clone()) {
        Some(name) => (ThemeName::Chosen(name), depth),
        None => {
            let name = known.theme(TerminalColors::default());
            (ThemeName::Fitting { known, name }, if known.no_color { Depth::None } else { depth })
        }
    };
    let keymap = chosen.keymap.or_else(|| config.keymap.clone()).unwrap_or_else(|| "default".to_owned());
    let ambiguous_columns = u16::from(config.ambiguous_width.unwrap_or(1));
    // Borders and most marks are of ambiguous width: where that is two columns they would not join.
    let glyphs = config.glyphs.unwrap_or(if ambiguous_columns > 1 { GlyphSet::Ascii } else { GlyphSet::Unicode });
    let mut names = Names { theme, keymap, glyphs, ambiguous_columns, paths: paths.clone(), seen: Stamps::new() };
    names.seen = names.stamps();
    let (theme, keymap) = names.load()?;
    let asks = match face {
        Face::Screen if env.term.as_deref() == Some("dumb") => Asks::Nobody,
        Face::Screen if env.is_remote => Asks::Remote,
        Face::Screen => Asks::Terminal,
        Face::Lines => Asks::Nobody,
    };
    let terminal = TerminalTraits { depth, notice: Notice::of(|name| env.text(name)), colors: Colors::default() };
    Ok(Looks { theme, keymap, terminal, asks, wardrobe: Box::new(names) })
}

impl Known {
    /// The theme where none is chosen: attributes only under `NO_COLOR`; else by what lies behind the terminal's text; where
    /// that is not known, or there are but 16 colours, the terminal's own.
    fn theme(self, told: TerminalColors) -> &'static str {
        if self.no_color {
            return "mono";
        }
        match told.ground().or(self.ground).filter(|_| self.depth > Depth::Sixteen) {
            Some(Ground::Dark) => "dark",
            Some(Ground::Light) => "light",
            None => "terminal",
        }
    }
}

impl Names {
    fn load(&self) -> anyhow::Result<(Theme, Keymap)> {
        let name = match &self.theme {
            ThemeName::Chosen(name) => name,
            ThemeName::Fitting { name, .. } => *name,
        };
        let theme = settings::theme(name, &self.paths)?;
        let theme = if self.glyphs == GlyphSet::Ascii { theme.in_ascii() } else { theme };
        let theme = theme.with_ambiguous_columns(self.ambiguous_columns);
        Ok((theme, settings::keymap(&self.keymap, &self.paths)?))
    }

    fn stamps(&self) -> Stamps {
        let folders = self.folders();
        let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().filter_map(Result::ok);
        let mut stamps: Vec<_> = files
            .filter_map(|file| {
                let metadata = file.metadata().ok()?;
                Some((file.path(), metadata.modified().ok(), metadata.len()))
            })
            .collect();
        stamps.sort();
        stamps
    }
}

impl Wardrobe for Names {
    fn reread(&mut self) -> Option<Result<(Theme, Keymap), String>> {
        let now = self.stamps();
        if now == self.seen {
            return None;
        }
        self.seen = now;
        // Said in one row of the screen: what is wrong has to have room there, and where the folder is, is known.
        let folder = format!("{}/", self.paths.config.display());
        Some(self.load().map_err(|error| format!("{error:#}").replace(&folder, "")))
    }

    fn folders(&self) -> Vec<PathBuf> {
        ["themes", "keymaps"].map(|name| self.paths.config.join(name)).into()
    }

    fn fitting(&mut self, told: TerminalColors) -> Option<Theme> {
        let ThemeName::Fitting { known, name } = &mut self.theme else { return None };
        let fitting = known.theme(told);
        if std::mem::replace(name, fitting) == fitting {
            return None;
        }
        // An operator's theme of that name may be wrong: then what is drawn with stays.
        self.load().ok().map(|(theme, _)| theme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::Rgb;

    #[test]
    fn a_theme_fits_the_ground_that_the_terminal_tells_and_no_color_goes_before_all() {
        let told = |ground| TerminalColors { says: ground, ..TerminalColors::default() };
        let bright = Colors { background: Some(Rgb(250, 250, 250)), ..Colors::default() };
        let measured = TerminalColors { colors: bright, says: None };
        let known = |no_color: &str, variable: Option<&str>, depth| Known {
            no_color: !no_color.is_empty(),
            ground: variable.and_then(ground_of_variable),
            depth,
        };
        for (known, told, theme) in [
            (known("", None, Depth::True), told(Some(Ground::Dark)), "dark"),
            (known("", Some("15;0"), Depth::True), told(Some(Ground::Light)), "light"),
            (known("", Some("15;0"), Depth::True), measured, "light"),
            (known("", Some("15;0"), Depth::Indexed), told(None), "dark"),
            (known("", None, Depth::True), told(None), "terminal"),
            (known("", None, Depth::Sixteen), told(Some(Ground::Light)), "terminal"),
            (known("1", None, Depth::True), told(Some(Ground::Dark)), "mono"),
        ] {
            assert_eq!(known.theme(told), theme, "{known:?} {told:?}");
        }
    }

    #[test]
    fn what_the_terminal_tells_late_changes_a_theme_that_nobody_chose() -> Result<(), Box<dyn std::error::Error>> {
        let paths = Paths { config: "/nowhere".into(), state: "/nowhere".into(), runtime: "/nowhere".into() };
        let env = Env { term: Some("xterm-256color".to_owned()), ..Env::default() };
        let told = TerminalColors { says: Some(Ground::Light), ..TerminalColors::default() };
        let mut fitting = looks(Chosen::default(), &Config::default(), &env, &paths, Face::Screen)?;
        assert_eq!((fitting.theme.name(), fitting.asks), ("terminal", Asks::Terminal));
        fitting.take_told(told);
        assert_eq!(fitting.theme.name(), "light");
        let chosen = Chosen { theme: Some("terminal".to_owned()), keymap: None };
        let mut chosen = looks(chosen, &Config::default(), &env, &paths, Face::Screen)?;
        chosen.take_told(told);
        assert_eq!(chosen.theme.name(), "terminal");
        Ok(())
    }

    #[test]
    fn a_changed_file_is_read_anew_and_a_bad_one_says_why() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let paths =
            Paths { config: folder.path().to_owned(), state: folder.path().into(), runtime: folder.path().into() };
        fs::create_dir(folder.path().join("themes"))?;
        let file = folder.path().join("themes/own.toml");
        fs::write(&file, "inherits = \"dark\"\n")?;
        let chosen = Chosen { theme: Some("own".to_owned()), keymap: None };
        let mut looks = looks(chosen, &Config::default(), &Env::default(), &paths, Face::Lines)?;
        assert!(looks.wardrobe.reread().is_none(), "nothing has changed");
        fs::write(&file, "inherits = \"light\"\n# now the other one\n")?;
        let (theme, _) = looks.wardrobe.reread().ok_or("it was not read anew")??;
        assert_eq!(theme.style("text"), Theme::shipped("light")?.style("text"));
        fs::write(&file, "inherits = \"dark\"\n[scopes]\nbra = \"red\"\n")?;
        let wrong = looks.wardrobe.reread().ok_or("it was not read anew")?.err().ok_or("it was taken")?;
        assert!(wrong.ends_with("own.toml:3: there is no scope `bra`; the nearest is `bar`"), "{wrong}");
        assert!(looks.wardrobe.reread().is_none(), "it is said once");
        Ok(())
    }
}
