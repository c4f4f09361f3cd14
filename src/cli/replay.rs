//! `watch replay`: a recorded session, told in lines where there is no terminal to play it in.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use super::log::{TYPE_COLS, clock, described_line};
use super::sessions::{self, CAST_FILE, JOURNAL_FILE};
use crate::app::{Player, Recorded};
use crate::config::Paths;
use crate::journal::Reader;
use crate::model::Untrusted;

/// The window in which a session is played when nobody looks, in columns and rows.
const UNSEEN_WINDOW: (u16, u16) = (80, 24);

/// Options of `watch replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session: its folder, or a unique beginning of its id
    #[arg(value_name = "SESSION")]
    pub session: String,
}

/// Tells a recorded session in lines: its events in order, its last screen, and what is lost.
///
/// # Errors
/// A session that is not there or cannot be read. One that is cut off or changed is told as far as it goes.
pub fn run(args: &Args, paths: &Paths) -> anyhow::Result<ExitCode> {
    let folder = sessions::resolve(&args.session, &paths.sessions())?;
    let recorded = open(&folder)?;
    sessions::until_closed(tell(io::stdout().lock(), &folder, recorded))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a session's folder for a [`Player`].
///
/// # Errors
/// A journal that is not there or cannot be read; a recording that is not there is named as lost.
pub fn open(folder: &Path) -> anyhow::Result<Recorded> {
    let journal = BufReader::new(sessions::open_journal(folder)?);
    let path = folder.join(CAST_FILE);
    let cast = match File::open(&path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    Recorded::read(journal, cast).with_context(|| folder.join(JOURNAL_FILE).display().to_string())
}

fn tell(mut out: impl Write, folder: &Path, recorded: Recorded) -> io::Result<()> {
    let mut reader = Reader::new(BufReader::new(File::open(folder.join(JOURNAL_FILE))?));
    while let Some(line) = reader.next_line().map_err(|error| error.error)? {
        writeln!(out, "{}", described_line(&line.content))?;
    }
    let losses = recorded.losses.clone();
    let mut player = Player::new(recorded, UNSEEN_WINDOW);
    player.seek(player.total());
    let total = clock(player.total());
    let rows = player.state().screen.text();
    let drawn = rows.iter().rposition(|row| !row.trim_end().is_empty()).map_or(0, |last| last + 1);
    for row in rows.iter().take(drawn) {
        writeln!(out, "{total}  {:<TYPE_COLS$}  {}", "screen", Untrusted::from(row.trim_end()).shown())?;
    }
    for loss in &losses {
        writeln!(out, "{total}  {:<TYPE_COLS$}  {}", "lost", Untrusted::from(loss.as_str()).shown())?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::must_be_escaped;

    const JOURNAL: &[u8] = include_bytes!("../../tests/journals/v1/journal.jsonl");
    const CAST: &[u8] = include_bytes!("../../tests/journals/v1/screen.cast");

    fn told(journal: &[u8], cast: Option<&[u8]>) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(JOURNAL_FILE), journal).unwrap();
        if let Some(cast) = cast {
            fs::write(dir.path().join(CAST_FILE), cast).unwrap();
        }
        let mut out = Vec::new();
        tell(&mut out, dir.path(), open(dir.path()).unwrap()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.replace('\n', "").contains(must_be_escaped));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_session_is_told_from_its_start_to_its_last_screen() {
        let lines = told(JOURNAL, Some(CAST));
        assert!(lines[0].starts_with("00:00:00.000  session_start  20261121-070000-shop"), "{}", lines[0]);
        assert_eq!(lines.len(), 23 + 4);
        assert_eq!(lines[22], "00:00:55.000  exit           status 3");
        assert_eq!(lines[26], "00:00:55.000  screen         I stopped: the deletion was denied.");
    }

    #[test]
    fn what_is_lost_is_told_at_the_end() {
        let lines = told(&JOURNAL[..JOURNAL.len() - 5], None);
        assert_eq!(lines.len(), 22 + 2);
        assert!(
            lines[22].starts_with("00:00:53.000  lost           the journal's line 23 is cut off: "),
            "{}",
            lines[22]
        );
        assert_eq!(lines[23], "00:00:53.000  lost           there is no recording");
    }

    #[test]
    fn a_folder_without_a_journal_says_which_file_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let error = open(dir.path()).unwrap_err();
        assert!(format!("{error:#}").contains("journal.jsonl: No such file"), "{error:#}");
    }
}
