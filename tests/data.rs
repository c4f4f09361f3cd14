//! Every theme and every keymap that ships loads whole, says nothing twice and keeps its promises.

use std::collections::BTreeSet;

use holdpoint::model::{Command, Key, KeyCode, Mode};
use holdpoint::ui::{Keymap, SCOPES, Theme};
use ratatui::style::{Color, Style};

/// The least contrast of text with what lies behind it.
const TEXT_CONTRAST_MIN: f64 = 4.5;
/// The least contrast of borders with what lies behind them.
const BORDER_CONTRAST_MIN: f64 = 3.0;

/// Scopes that draw lines, not text.
const BORDERS: &[&str] = &["border", "case.border", "replay.rest", "agent.dimmed"];

#[test]
fn every_theme_loads_and_every_file_is_shipped() {
    let mut files: Vec<String> = std::fs::read_dir("themes")
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().replace(".toml", ""))
        .collect();
    files.sort();
    let mut names: Vec<String> = Theme::names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(files, names);
    for name in names {
        let theme = Theme::shipped(&name).unwrap_or_else(|error| panic!("{error}"));
        for tier in ["case.tier.high", "case.tier.critical", "state.frozen", "risk", "secret", "selection", "fault"] {
            assert_ne!(theme.style(tier), Style::new(), "{name} does not set off {tier}");
        }
    }
}

#[test]
fn every_keymap_loads_and_binds_what_help_tells_of() {
    let mut names: Vec<&str> = Keymap::names().collect();
    names.sort_unstable();
    assert_eq!(names, ["default", "emacs", "vim"]);
    for name in names {
        let keymap = Keymap::shipped(name).unwrap_or_else(|error| panic!("{error}"));
        for command in [
            Command::FocusPanel,
            Command::OpenCase,
            Command::OpenDocket,
            Command::OpenTimeline,
            Command::OpenPalette,
            Command::OpenHelp,
            Command::SendPrefix,
            Command::FreezeAll,
            Command::QuitWatch,
        ] {
            assert_ne!(keymap.keys_of(Mode::Agent, command), Vec::<&[Key]>::new(), "{name} {command}");
        }
    }
}

#[test]
fn r14_no_shipped_keymap_binds_an_approval_for_more_than_one_act() {
    for name in Keymap::names() {
        let keymap = Keymap::shipped(name).expect("loads");
        for mode in Mode::ALL {
            for binding in keymap.bindings(mode) {
                let is_one =
                    mode == Mode::Case && matches!(binding.command, Command::ApproveOnce | Command::ApproveSession);
                assert!(!binding.command.approves() || is_one, "{name} [{}] {}", mode.name(), binding.command);
            }
        }
    }
}

#[test]
fn r15_granting_for_the_session_is_one_shifted_letter_in_a_case_and_taking_back_one_in_the_panel() {
    for name in Keymap::names() {
        let keymap = Keymap::shipped(name).expect("loads");
        let key = |text: &str| vec![text.parse::<Key>().expect("a key")];
        assert_eq!(keymap.keys_of(Mode::Case, Command::ApproveSession), [key("R")], "{name}");
        assert_eq!(keymap.keys_of(Mode::Panel, Command::RevokeGrant), [key("u")], "{name}");
    }
}

/// Whatever keys a keymap gives an approval: it loads only if none of them is pressed by habit.
#[test]
fn k1_no_key_that_is_pressed_by_habit_can_approve() {
    let mods = ["", "Ctrl-", "Alt-", "Shift-", "Super-", "Ctrl-Alt-"];
    let named = ["Enter", "Esc", "Space", "Tab", "BackTab", "Up", "F5", "Delete", "PgDn"];
    let keys: Vec<String> = (' '..='~')
        .skip(1)
        .map(|c| c.to_string())
        .chain(named.map(str::to_owned))
        .flat_map(|key| mods.map(|held| format!("{held}{key}")))
        .collect();
    let mut allowed = 0;
    for written in keys {
        let quoted = written.replace('\\', "\\\\").replace('"', "\\\"");
        for (mode, command) in [("case", "approve-once"), ("case", "approve-session"), ("docket", "approve-once")] {
            let text =
                format!("inherits = \"default\"\n[case]\n\"A\" = \"none\"\n[{mode}]\n\"{quoted}\" = \"{command}\"");
            let text = if mode == "case" {
                text.replace("[case]\n\"A\" = \"none\"\n[case]", "[case]\n\"A\" = \"none\"")
            } else {
                text
            };
            let find = |name: &str| (name == "own").then(|| ("own.toml".to_owned(), text.clone()));
            let Ok(keymap) = Keymap::load("own", &find) else { continue };
            allowed += 1;
            assert_eq!(mode, "case", "{written}");
            let key: Key = written.parse().expect("it loaded");
            let is_habit = match key.code {
                KeyCode::Enter | KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab | KeyCode::Char(' ') => true,
                KeyCode::Char(c) => c.is_ascii_digit() || c.is_ascii_lowercase(),
                _ => false,
            };
            assert!(!is_habit, "{written}");
            assert_eq!(keymap.keys_of(Mode::Case, Command::DenyCase).len(), 1, "deny stays");
        }
    }
    assert!(allowed > 20, "some keys may: {allowed}");
}

#[test]
fn text_and_borders_of_every_theme_with_real_colours_can_be_read() {
    for name in ["dark", "light", "contrast-dark", "contrast-light"] {
        let theme = Theme::shipped(name).expect("loads");
        let text = theme.style("text");
        for scope in SCOPES {
            let style = theme.style(scope);
            let ground = if scope.starts_with("case") { theme.style("case").bg } else { text.bg };
            let ground = style.bg.or(ground).expect("a ground");
            let grounds = if style.bg.is_none() && !scope.starts_with("case") {
                vec![ground, theme.style("case").bg.expect("a ground")]
            } else {
                vec![ground]
            };
            let ink = style.fg.or(text.fg).expect("an ink");
            let is_border = BORDERS.iter().any(|border| scope.starts_with(border));
            let least = if is_border { BORDER_CONTRAST_MIN } else { TEXT_CONTRAST_MIN };
            for ground in grounds {
                let found = contrast(ink, ground);
                assert!(found >= least, "{name}: {scope} has {found:.2} of {least}");
            }
        }
    }
}

#[test]
fn mono_has_no_colour_at_all() {
    let theme = Theme::shipped("mono").expect("loads");
    for scope in SCOPES {
        let style = theme.style(scope);
        assert_eq!((style.fg, style.bg), (None, None), "{scope}");
    }
}

/// The numbers of `UX.md`: rules R1 to R24 of cases and rulings, K1 to K4 of keys. The table in `docs/interface.md` has
/// for each of them the tests that carry its number, all of them and no others.
#[test]
fn the_table_of_the_interface_has_every_rule_with_the_tests_of_its_number() {
    let mut found = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from("src"), "tests".into()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                found.extend(text.split("fn ").skip(1).filter_map(numbered).map(str::to_owned));
            }
        }
    }
    let table = std::fs::read_to_string("docs/interface.md").expect("the table");
    let told: BTreeSet<String> = table.split('`').filter_map(numbered).map(str::to_owned).collect();
    let untold: Vec<_> = found.symmetric_difference(&told).collect();
    assert_eq!(untold, Vec::<&String>::new(), "in the sources or in the table alone");
    let rules = (1..=24).map(|n| format!("r{n:02}_")).chain((1..=4).map(|n| format!("k{n}_")));
    let missing: Vec<String> = rules.filter(|rule| !told.iter().any(|test| test.starts_with(rule.as_str()))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// The name of a test that begins with a rule's number, at the beginning of a text.
fn numbered(text: &str) -> Option<&str> {
    let name = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
    let (number, _) = name.split_once('_')?;
    let digits = number.strip_prefix(['r', 'k'])?;
    (!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(name)
}

/// The schemas are made by `watch config schema NAME > schemas/NAME.json`.
#[test]
fn the_schemas_that_are_checked_in_are_those_that_are_generated() {
    for file in holdpoint::cli::schema::File::ALL {
        let path = format!("schemas/{}.json", file.name());
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, file.schema(), "{path} is not what is generated");
    }
}

#[test]
fn every_file_that_has_a_schema_begins_with_its_name_for_editors() {
    // Tables that no operator's file has the form of.
    let others = ["keep.toml", "tools.toml"];
    for (folder, schema) in [("themes", "theme"), ("keymaps", "keymap"), ("rules", "rules")] {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if others.iter().any(|other| path.ends_with(other)) {
                continue;
            }
            let schema = if path.ends_with("doors.toml") { "doors" } else { schema };
            let line = format!("#:schema ../schemas/{schema}.json");
            let text = std::fs::read_to_string(&path).expect("a file");
            assert_eq!(text.lines().next(), Some(line.as_str()), "{}", path.display());
        }
    }
}

#[test]
fn the_package_does_not_own_the_systems_tool_of_our_name() {
    let manifest = std::fs::read_to_string("Cargo.toml").expect("a manifest");
    let (_, package) = manifest.split_once("[package.metadata.deb]").expect("a package");
    let assets = package.lines().filter(|line| line.trim_start().starts_with('[') && line.contains("usr/"));
    let owned: Vec<String> = assets
        .map(|line| {
            let words: Vec<&str> = line.split('"').collect();
            let file = words[1].rsplit('/').next().expect("a name");
            if words[3].ends_with('/') { format!("{}{file}", words[3]) } else { words[3].to_owned() }
        })
        .collect();
    assert!(owned.contains(&"usr/bin/holdpoint".to_owned()), "{owned:?}");
    let theirs = |path: &String| path.ends_with("bin/watch") && !path.starts_with("usr/lib/holdpoint/");
    assert!(!owned.iter().any(theirs), "{owned:?}");
}

/// How far two colours are apart, by the formula of WCAG 2.
fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Color) -> f64 {
    let Color::Rgb(red, green, blue) = color else { panic!("{color} is no real colour") };
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}
