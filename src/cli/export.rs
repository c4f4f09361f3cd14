//! `watch replay --export`: a recorded session in a form for others.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::record::Record;
use super::replay::{Opened, UNSEEN_WINDOW, tell};
use super::{sessions, settings};
use crate::app::{Event, FlagKind, Input, Place, Player, Resolved, agent_size};
use crate::config::Paths;
use crate::journal::{CastEventKind, CastReader, Content, Reader, Recording};
use crate::model::{Command, Key, KeyCode, Mods};
use crate::ui::{Keymap, Theme, page, screen_picture, window_picture};

/// The theme of pictures and pages where none is chosen: the reader's own sixteen colours.
const THEME: &str = "terminal";
/// The operator alone.
const FILE_MODE: u32 = 0o600;

/// The forms there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// An asciicast of version 3, for other players.
    Cast,
    /// A still picture: of the case, or of the screen at --at.
    Svg,
    /// One page that plays by itself, without any network.
    Html,
    /// All there is as one JSON object.
    Json,
    /// Lines of text: what happened, and the last screen.
    Txt,
}

impl Format {
    /// What the names of such files end with.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Cast => "cast",
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Json => "json",
            Self::Txt => "txt",
        }
    }
}

/// How pictures are drawn.
pub struct Look {
    /// Colours and glyphs.
    pub theme: Theme,
    /// Keys, for what stands in a case.
    pub keymap: Keymap,
}

impl Look {
    /// The reader's own sixteen colours and the keys as they are shipped.
    ///
    /// # Errors
    /// A theme or keymap of the operator's own by these names that is not whole.
    pub fn plain(paths: &Paths) -> anyhow::Result<Self> {
        Self::named(None, None, paths)
    }

    /// The theme and the keymap of these names.
    ///
    /// # Errors
    /// What is wrong with one, with file and line.
    pub fn named(theme: Option<&str>, keymap: Option<&str>, paths: &Paths) -> anyhow::Result<Self> {
        let theme = settings::theme(theme.unwrap_or(THEME), paths)?;
        Ok(Self { theme, keymap: settings::keymap(keymap.unwrap_or("default"), paths)? })
    }
}

/// Writes a record to a file that is the operator's alone: what is exported may be confidential.
///
/// # Errors
/// As [`export`], with the file's path.
pub fn export_to(path: &Path, record: Record, format: Format, at: Option<Place>, look: &Look) -> anyhow::Result<()> {
    let wrap = || path.display().to_string();
    let (recorded, _) = record.read()?;
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path);
    let out = BufWriter::new(file.with_context(wrap)?);
    export(out, Opened { record, recorded }, format, at, look).with_context(wrap)
}

/// Writes a session in a form; a picture shows it at `at`.
///
/// # Errors
/// What `out` refuses; a place that is not in the session.
pub fn export(
    mut out: impl Write,
    opened: Opened,
    format: Format,
    at: Option<Place>,
    look: &Look,
) -> anyhow::Result<()> {
    let written = match format {
        Format::Cast => cast(&mut out, &opened),
        Format::Svg => {
            let svg = still(opened, at, look)?;
            out.write_all(svg.as_bytes()).map_err(Into::into)
        }
        Format::Html => page(&mut out, opened.recorded, &look.theme, &look.keymap).map_err(Into::into),
        Format::Json => whole(&mut out, &opened),
        Format::Txt => tell(&mut out, opened).map_err(Into::into),
    };
    written?;
    sessions::until_closed(out.flush())?;
    Ok(())
}

/// At that place, or else with the worst case if there was one: the window as it was while a case was open, and otherwise
/// the agent's screen.
fn still(opened: Opened, at: Option<Place>, look: &Look) -> anyhow::Result<String> {
    let title = opened.recorded.session.id.clone();
    let mut player = Player::new(opened.recorded, UNSEEN_WINDOW);
    match at {
        Some(place) => anyhow::ensure!(player.show(place), "there is no such place in this session"),
        None => match worst(&mut player) {
            Some(flag) => player.show_flag(flag),
            None => player.seek(player.total()),
        },
    }
    if player.state().docket.open_count() == 0 {
        return Ok(screen_picture(&player.state().screen, &look.theme).svg(&title));
    }
    let (cols, rows) = window_for(player.state().screen.size());
    player.take(Event::Input(Input::Resized(cols, rows)));
    let key = Key { code: KeyCode::Enter, mods: Mods::default() };
    let resolved = Resolved::Command(Command::OpenCase);
    let at = player.position();
    player.take(Event::Input(Input::Key { key, resolved, is_repeat: false, at }));
    Ok(window_picture(player.state(), &look.theme, &look.keymap).svg(&title))
}

/// The flag of the case whose worst finding is the worst, the first of its tier.
fn worst(player: &mut Player) -> Option<usize> {
    let held: Vec<usize> = player.flags_of(FlagKind::Held).collect();
    let mut worst = None;
    for number in held {
        player.show_flag(number);
        let case = player.flag().and_then(|(_, flag)| player.state().docket.get(flag.case?));
        let tier = case.and_then(|case| case.judgement.tier());
        if worst.is_none_or(|(_, known)| tier > known) {
            worst = Some((number, tier));
        }
    }
    worst.map(|(number, _)| number)
}

/// The window in which an agent's terminal has this size.
fn window_for((cols, rows): (u16, u16)) -> (u16, u16) {
    let tries = [(0, 4), (40, 2), (42, 2), (0, 2)];
    let all = tries.into_iter().map(|(right, below)| (cols.saturating_add(right), rows.saturating_add(below)));
    all.into_iter().find(|window| agent_size(*window, false) == (cols, rows)).unwrap_or((cols, rows.saturating_add(4)))
}

/// The recording as far as it is whole, in version 3 whatever it was.
fn cast(out: &mut impl Write, opened: &Opened) -> anyhow::Result<()> {
    let mut reader = CastReader::open(opened.record.cast()?.context("there is no recording")?)?;
    let header = reader.header().clone();
    let mut recording = Recording::start(out, &header)?;
    while let Some(event) = reader.next_event()? {
        match event.kind {
            CastEventKind::Output(text) => recording.output(event.at, text.as_bytes())?,
            CastEventKind::Resize { cols, rows } => recording.resize(event.at, cols, rows)?,
            CastEventKind::Marker(label) => recording.marker(event.at, &label)?,
            CastEventKind::Exit(status) => recording.exit(event.at, status)?,
            CastEventKind::Other { .. } => {}
        }
    }
    Ok(recording.flush()?)
}

/// Everything: the session, the journal's lines as they are, what was drawn, the last screen, and what is lost.
fn whole(out: &mut impl Write, opened: &Opened) -> anyhow::Result<()> {
    let recorded = &opened.recorded;
    let mut entries = Vec::new();
    if let Some(journal) = opened.record.journal()? {
        let mut reader = Reader::new(journal);
        while let Some(line) = reader.next_line()? {
            if line.content != Content::Unreadable {
                // What is nested too deep to be read whole is still there, as text.
                let text = || Value::String(String::from_utf8_lossy(line.raw).into_owned());
                entries.push(serde_json::from_slice(line.raw).unwrap_or_else(|_| text()));
            }
        }
    }
    let mut drawn = Vec::new();
    if let Some(cast) = opened.record.cast()?
        && let Ok(mut reader) = CastReader::open(cast)
    {
        while let Some(event) = reader.next_event()? {
            drawn.push(match event.kind {
                CastEventKind::Output(text) => json!([event.at, "o", text]),
                CastEventKind::Resize { cols, rows } => json!([event.at, "r", format!("{cols}x{rows}")]),
                CastEventKind::Marker(label) => json!([event.at, "m", label]),
                CastEventKind::Exit(status) => json!([event.at, "x", status.to_string()]),
                CastEventKind::Other { code, data } => json!([event.at, code, data]),
            });
        }
    }
    let mut last = Vec::new();
    let mut size = recorded.size;
    recorded.trace(|_, screen, next| {
        if next.is_none() {
            (last, size) = (screen.text(), screen.size());
        }
    });
    let all = json!({
        "session": recorded.session.id,
        "started": recorded.session.started,
        "seconds": recorded.total(),
        "is_closed": recorded.is_closed,
        "lost": recorded.losses,
        "journal": entries,
        "recording": { "cols": recorded.size.0, "rows": recorded.size.1, "events": drawn },
        "screen": { "cols": size.0, "rows": size.1, "lines": last },
    });
    serde_json::to_writer(&mut *out, &all)?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cli::record::Record;

    const JOURNAL: &str = include_str!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");
    /// What must not become markup anywhere.
    const MARKUP: &str = "</script><img src=x onerror=alert(1)>";

    /// The stored session, with markup in what was run.
    fn exported(format: Format, at: Option<Place>) -> String {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("journal.jsonl"), JOURNAL.replace("api.orbit.example", MARKUP)).unwrap();
        fs::write(dir.path().join("screen.cast"), CAST).unwrap();
        let record = Record::Session(dir.path().to_owned());
        let (recorded, _) = record.read().unwrap();
        let look = Look { theme: Theme::shipped("terminal").unwrap(), keymap: Keymap::shipped("default").unwrap() };
        let mut out = Vec::new();
        export(&mut out, Opened { record, recorded }, format, at, &look).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_still_picture_shows_the_case_whole_and_as_text_alone() {
        let svg = exported(Format::Svg, Some("c1".parse().unwrap()));
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
        let text = svg.split("<text").skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        let text: String = text.filter_map(|text| text.split_once("</text>")).map(|(text, _)| text).collect();
        for word in ["CASE c1", "volumeDelete", "&lt;/script&gt;", "WHY"] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(!svg.contains("<img") && !svg.contains("<script"), "{svg}");
        let last = exported(Format::Svg, Some(Place::End));
        assert!(last.contains("the deletion was denied") && !last.contains("CASE"), "{last}");
    }

    #[test]
    fn a_page_is_complete_in_itself_and_holds_hostile_text_as_data() {
        let html = exported(Format::Html, None);
        assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (2, 2));
        let (before, rest) = html.split_once("id=\"data\">").unwrap();
        let (json, after) = rest.split_once("</script>").unwrap();
        assert!(!html.contains("<img") && ![before, after].concat().contains("://"));
        let data: Value = serde_json::from_str(json).unwrap();
        assert_eq!(data["cases"].as_array().unwrap().len(), 3);
        assert_eq!((&data["cases"][0]["ruling"], &data["cols"]), (&"denied".into(), &100.into()));
        assert!(data["events"].to_string().contains("onerror"), "{}", data["events"]);
        let rows = data["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 20.max(rows.len()));
        let shown = |row: &Value| {
            let line = row.as_array().unwrap().last().unwrap()[1].as_u64().unwrap();
            data["lines"][usize::try_from(line).unwrap()].to_string()
        };
        assert!(rows.iter().any(|row| shown(row).contains("the deletion was denied")));
    }

    #[test]
    fn a_cast_has_all_that_was_drawn_and_json_and_text_have_all_that_happened() {
        let cast = exported(Format::Cast, None);
        let mut ours = CastReader::open(CAST).unwrap();
        let mut theirs = CastReader::open(cast.as_bytes()).unwrap();
        while let Some(event) = ours.next_event().unwrap() {
            assert_eq!(theirs.next_event().unwrap(), Some(event));
        }
        assert_eq!(theirs.next_event().unwrap(), None);
        assert!(cast.starts_with("{\"version\":3,"), "{cast}");

        let whole: Value = serde_json::from_str(&exported(Format::Json, None)).unwrap();
        assert_eq!(whole["journal"].as_array().unwrap().len(), JOURNAL.lines().count());
        assert_eq!(whole["screen"]["lines"][3], "I stopped: the deletion was denied.");
        assert_eq!(whole["recording"]["cols"], CastReader::open(CAST).unwrap().header().cols);
        assert!(exported(Format::Txt, None).contains("screen         I stopped: the deletion was denied."));
    }

    #[test]
    fn a_line_that_is_nested_too_deep_is_exported_as_text() {
        let dir = tempfile::tempdir().unwrap();
        let deep = format!(
            "{{\"seq\":1,\"t\":0.0,\"type\":\"new\",\"x\":{}{},\"prev\":\"\"}}",
            "[".repeat(200),
            "]".repeat(200)
        );
        fs::write(dir.path().join("journal.jsonl"), format!("{deep}\n")).unwrap();
        let record = Record::Session(dir.path().to_owned());
        let (recorded, _) = record.read().unwrap();
        let mut out = Vec::new();
        whole(&mut out, &Opened { record, recorded }).unwrap();
        let all: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(all["journal"], json!([deep]));
    }
}
