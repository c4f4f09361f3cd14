//! How things look: which theme and keymap, chosen by flag, configuration, environment and what the terminal says; and
//! read anew when their files change.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::settings;
use crate::config::{Config, Env, GlyphSet, Paths};
use crate::runtime::{
    Depth, Ground, Looks, Notice, Reread, TerminalColors, TerminalTraits, ask_terminal, ground_of_variable,
};
use crate::ui::{Keymap, Theme};

/// What of the looks was chosen on the command line.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
}

/// Whether there is a terminal that can be asked for its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// There is.
    Terminal,
    /// Nobody is asked.
    Nobody,
}

/// What themes and keymaps are read by, again and again.
#[derive(Debug, Clone)]
struct Names {
    theme: String,
    keymap: String,
    glyphs: Option<GlyphSet>,
    paths: Paths,
}

/// Chooses and loads the looks.
///
/// # Errors
/// What is wrong with the theme or the keymap, with file and line.
pub fn looks(chosen: Chosen, config: &Config, env: &Env, paths: &Paths, asks: Asks) -> anyhow::Result<Looks> {
    let depth = Depth::of(env.color_term.as_deref(), env.term.as_deref());
    let told = match asks {
        // A terminal that does not answer is like one that nobody asked.
        Asks::Terminal if env.term.as_deref() != Some("dumb") => ask_terminal(env.is_remote).unwrap_or_default(),
        Asks::Terminal | Asks::Nobody => TerminalColors::default(),
    };
    let theme = chosen.theme.or_else(|| config.theme.clone());
    let names = Names {
        theme: theme.unwrap_or_else(|| fitting_theme(env, depth, told).to_owned()),
        keymap: chosen.keymap.or_else(|| config.keymap.clone()).unwrap_or_else(|| "default".to_owned()),
        glyphs: config.glyphs,
        paths: paths.clone(),
    };
    let (theme, keymap) = names.load()?;
    let terminal = TerminalTraits { depth, notice: Notice::of(|name| env.text(name)), colors: told.colors };
    Ok(Looks { theme, keymap, terminal, reread: names.reread() })
}

/// The theme where none is chosen: attributes only under `NO_COLOR`; else by what lies behind the terminal's text; where
/// that is not known, or there are but 16 colours, the terminal's own.
fn fitting_theme(env: &Env, depth: Depth, told: TerminalColors) -> &'static str {
    if env.no_color {
        return "mono";
    }
    let ground = told.ground().or_else(|| ground_of_variable(env.color_fg_bg.as_deref()?));
    match ground.filter(|_| depth > Depth::Sixteen) {
        Some(Ground::Dark) => "dark",
        Some(Ground::Light) => "light",
        None => "terminal",
    }
}

impl Names {
    fn load(&self) -> anyhow::Result<(Theme, Keymap)> {
        let theme = settings::theme(&self.theme, &self.paths)?;
        let theme = if self.glyphs == Some(GlyphSet::Ascii) { theme.in_ascii() } else { theme };
        Ok((theme, settings::keymap(&self.keymap, &self.paths)?))
    }

    /// Looks whether a file of theirs has changed, and reads them anew if so.
    fn reread(self) -> Reread {
        let mut seen = self.stamps();
        Box::new(move || {
            let now = self.stamps();
            if now == seen {
                return None;
            }
            seen = now;
            Some(self.load().map_err(|error| format!("{error:#}")))
        })
    }

    /// The operator's own themes and keymaps, with when each was written last.
    fn stamps(&self) -> Vec<(PathBuf, Option<SystemTime>, u64)> {
        let folders = ["themes", "keymaps"].map(|name| self.paths.config.join(name));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::{Colors, Rgb};

    #[test]
    fn a_theme_fits_the_ground_that_the_terminal_tells_and_no_color_goes_before_all() {
        let told = |ground| TerminalColors { says: ground, ..TerminalColors::default() };
        let bright = Colors { background: Some(Rgb(250, 250, 250)), ..Colors::default() };
        let measured = TerminalColors { colors: bright, says: None };
        let env = |no_color: &str, variable: Option<&str>| Env {
            no_color: !no_color.is_empty(),
            color_fg_bg: variable.map(str::to_owned),
            ..Env::default()
        };
        for (env, depth, told, theme) in [
            (env("", None), Depth::True, told(Some(Ground::Dark)), "dark"),
            (env("", Some("15;0")), Depth::True, told(Some(Ground::Light)), "light"),
            (env("", Some("15;0")), Depth::True, measured, "light"),
            (env("", Some("15;0")), Depth::Indexed, told(None), "dark"),
            (env("", None), Depth::True, told(None), "terminal"),
            (env("", None), Depth::Sixteen, told(Some(Ground::Light)), "terminal"),
            (env("1", None), Depth::True, told(Some(Ground::Dark)), "mono"),
        ] {
            assert_eq!(fitting_theme(&env, depth, told), theme, "{env:?} {depth:?} {told:?}");
        }
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
        let mut looks = looks(chosen, &Config::default(), &Env::default(), &paths, Asks::Nobody)?;
        assert!((looks.reread)().is_none(), "nothing has changed");
        fs::write(&file, "inherits = \"light\"\n# now the other one\n")?;
        let (theme, _) = (looks.reread)().ok_or("it was not read anew")??;
        assert_eq!(theme.style("text"), Theme::shipped("light")?.style("text"));
        fs::write(&file, "inherits = \"dark\"\n[scopes]\nbra = \"red\"\n")?;
        let wrong = (looks.reread)().ok_or("it was not read anew")?.err().ok_or("it was taken")?;
        assert!(wrong.ends_with("own.toml:3: there is no scope `bra`; the nearest is `bar`"), "{wrong}");
        assert!((looks.reread)().is_none(), "it is said once");
        Ok(())
    }
}
