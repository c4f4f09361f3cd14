//! cursor-agent's hooks, which it reads only from files of the operator's: changed with his consent, and put back.
//!
//! Before anything is changed, what was there is written down in a place of our own. Whoever starts next puts back what
//! a session that was cut off left behind. A file that somebody changed meanwhile is not written over: our own entries
//! are taken out of it, and the rest stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::hook_inject::{CursorHooks, Ground, Injection, Left, hook_command, is_hook_command, timeout};
use super::hook_session::ourselves;
use crate::model::Dialect;
use crate::sys::ProcId;

/// The events before which cursor-agent shall ask. It drops the whole file over a name it does not know.
const EVENTS: [(&str, Option<&str>); 4] = [
    ("beforeShellExecution", None),
    ("beforeMCPExecution", None),
    ("beforeReadFile", None),
    // What the three above do not cover: files that are written, edited and removed inside the agent.
    ("preToolUse", Some("Write|Edit|StrReplace|Delete")),
];

/// What was there before, written down until it has been put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Undone {
    /// The file.
    path: PathBuf,
    /// What was in it; `None` where there was no such file.
    before: Option<Vec<u8>>,
    /// What we put there.
    ours: Vec<u8>,
    /// The folder that was made for it.
    made: Option<PathBuf>,
    /// The process that did it.
    pid: i32,
    /// When that started: its number alone may be given out again.
    began: u64,
}

/// Puts the operator's file back when it is dropped.
#[derive(Debug)]
pub(super) struct Restorer {
    undone: Undone,
    note: PathBuf,
}

impl Drop for Restorer {
    fn drop(&mut self) {
        // What could not be put back now is put back by the next session.
        if put_back(&self.undone).is_ok() {
            let _ = fs::remove_file(&self.note);
        }
    }
}

/// Writes our hooks beside the operator's into the file that he allowed.
pub(super) fn cursor(ground: &Ground<'_>, into: &mut Injection) -> Result<&'static str, String> {
    let (folder, how) = match ground.choice.cursor {
        CursorHooks::Never => {
            return Err("cursor-agent has hooks only in hooks.json; `hooks.cursor` in config.toml allows it".to_owned());
        }
        CursorHooks::Project => (ground.cwd.join(".cursor"), "the project's .cursor/hooks.json"),
        CursorHooks::User => {
            let home = ground.env.home.as_ref().ok_or("there is no home to write hooks.json in")?;
            (home.join(".cursor"), "~/.cursor/hooks.json")
        }
    };
    let restorer = change(&folder, &hook_command(ground.program, Dialect::Cursor), &ground.notes)
        .map_err(|error| format!("{}: {error}", folder.join("hooks.json").display()))?;
    into.left.push(Left::Changed(restorer));
    Ok(how)
}

/// Adds our hooks to `hooks.json` in `folder`; `notes` is where it is written down.
fn change(folder: &Path, command: &str, notes: &Path) -> io::Result<Restorer> {
    let path = folder.join("hooks.json");
    let before = match fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let settings = match &before {
        Some(bytes) => serde_json::from_slice(bytes)?,
        None => json!({ "version": 1, "hooks": {} }),
    };
    let settings = with_ours(settings, command).ok_or_else(|| io::Error::other("it is not made as hooks are"))?;
    let ours = serde_json::to_vec_pretty(&settings)?;
    let made = (!folder.exists()).then(|| folder.to_owned());
    let (pid, began) = ourselves();
    let undone = Undone { path: path.clone(), before, ours, made, pid: pid.0, began };
    super::folder::make_private(notes)?;
    let note = notes.join(format!("cursor-{pid}-{began}.json"));
    fs::write(&note, serde_json::to_vec(&undone)?)?;
    fs::File::open(&note)?.sync_all()?;
    let restorer = Restorer { undone, note };
    fs::create_dir_all(folder)?;
    replace(&path, &restorer.undone.ours)?;
    Ok(restorer)
}

/// Settings with our hooks last in each event's list.
fn with_ours(mut settings: Value, command: &str) -> Option<Value> {
    let hooks = settings.as_object_mut()?.entry("hooks").or_insert_with(|| json!({})).as_object_mut()?;
    for (event, matcher) in EVENTS {
        let mut hook = json!({ "command": command, "timeout": timeout().as_secs(), "failClosed": true });
        if let (Some(matcher), Some(hook)) = (matcher, hook.as_object_mut()) {
            hook.insert("matcher".to_owned(), matcher.into());
        }
        hooks.entry(event).or_insert_with(|| json!([])).as_array_mut()?.push(hook);
    }
    Some(settings)
}

/// Settings without one of our hooks for each event: another session may have its own beside ours. Events that then
/// have none are gone.
fn without_ours(mut settings: Value) -> Option<Value> {
    let hooks = settings.get_mut("hooks")?.as_object_mut()?;
    for (event, _) in EVENTS {
        let Some(list) = hooks.get_mut(event).and_then(Value::as_array_mut) else { continue };
        let is_ours = |hook: &Value| hook.get("command").and_then(Value::as_str).is_some_and(is_hook_command);
        if let Some(at) = list.iter().position(is_ours) {
            list.remove(at);
        }
        if list.is_empty() {
            hooks.remove(event);
        }
    }
    Some(settings)
}

/// Replaces a file as a whole.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link: what it leads to is the operator's file.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    fs::write(&beside, bytes)?;
    if let Ok(meta) = fs::metadata(&path) {
        fs::set_permissions(&beside, meta.permissions())?;
    }
    fs::rename(&beside, &path).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// Puts back what was there.
fn put_back(undone: &Undone) -> io::Result<()> {
    let now = match fs::read(&undone.path) {
        Ok(bytes) => bytes,
        // Somebody removed it: there is nothing of ours left in it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if now == undone.ours {
        match &undone.before {
            Some(before) => replace(&undone.path, before)?,
            None => fs::remove_file(&undone.path)?,
        }
    } else if let Some(rest) = serde_json::from_slice(&now).ok().and_then(without_ours) {
        replace(&undone.path, &serde_json::to_vec_pretty(&rest)?)?;
    }
    if let Some(made) = &undone.made {
        // It stays where something else is in it.
        let _ = fs::remove_dir(made);
    }
    Ok(())
}

/// Puts back what sessions that were cut off have left changed. Says what it put back, and what it could not.
pub(super) fn put_back_all(notes: &Path, is_alive: impl Fn(ProcId, u64) -> bool) -> Vec<String> {
    let Ok(entries) = fs::read_dir(notes) else { return Vec::new() };
    let mut told = Vec::new();
    for note in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let undone: Option<Undone> = fs::read(&note).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(undone) = undone.filter(|undone| !is_alive(ProcId(undone.pid), undone.began)) else { continue };
        let path = undone.path.display();
        match put_back(&undone) {
            Ok(()) => {
                let _ = fs::remove_file(&note);
                told.push(format!("{path} was put back as it was before a session that was cut off"));
            }
            Err(error) => told.push(format!("{path} could not be put back as it was: {error}")),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "'/opt/watch' hook --dialect cursor --patience 5 || exit 2";

    struct Place {
        _dir: tempfile::TempDir,
        folder: PathBuf,
        path: PathBuf,
        notes: PathBuf,
    }

    fn place() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("p/.cursor");
        fs::create_dir(dir.path().join("p")).unwrap();
        Place { path: folder.join("hooks.json"), notes: dir.path().join("notes"), folder, _dir: dir }
    }

    fn read(path: &Path) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    #[test]
    fn the_operators_file_comes_back_to_the_byte() {
        for before in [
            None,
            Some("{\n \"version\":1, \"hooks\" : {\"stop\":[{\"command\":\"mine\"}]}}\n\n"),
            Some("{\"version\":1}"),
        ] {
            let place = place();
            if let Some(before) = before {
                fs::create_dir(&place.folder).unwrap();
                fs::write(&place.path, before).unwrap();
            }
            let restorer = change(&place.folder, OURS, &place.notes).unwrap();
            let now: Value = serde_json::from_str(&read(&place.path).unwrap()).unwrap();
            for (event, _) in EVENTS {
                assert_eq!(now["hooks"][event][0]["command"], OURS, "{event}");
                assert_eq!(now["hooks"][event][0]["failClosed"], true, "{event}");
            }
            assert_eq!(fs::read_dir(&place.notes).unwrap().count(), 1);
            drop(restorer);
            assert_eq!(read(&place.path).as_deref(), before);
            assert_eq!(place.folder.exists(), before.is_some());
            assert_eq!(fs::read_dir(&place.notes).unwrap().count(), 0);
        }
    }

    #[test]
    fn what_a_cut_off_session_left_is_put_back_by_the_next() {
        let place = place();
        fs::create_dir(&place.folder).unwrap();
        fs::write(&place.path, "{\"version\":1,\"hooks\":{}}").unwrap();
        std::mem::forget(change(&place.folder, OURS, &place.notes).unwrap());
        assert_eq!(put_back_all(&place.notes, |_, _| true), Vec::<String>::new());
        assert!(read(&place.path).unwrap().contains("--dialect cursor"));
        assert_eq!(put_back_all(&place.notes, |_, _| false).len(), 1);
        assert_eq!(read(&place.path).as_deref(), Some("{\"version\":1,\"hooks\":{}}"));
        assert_eq!(put_back_all(&place.notes, |_, _| false), Vec::<String>::new());
    }

    #[test]
    fn what_somebody_changed_meanwhile_stays_and_only_ours_goes() {
        let place = place();
        let restorer = change(&place.folder, OURS, &place.notes).unwrap();
        let mut now: Value = serde_json::from_str(&read(&place.path).unwrap()).unwrap();
        now["hooks"]["stop"] = json!([{"command": "theirs"}]);
        now["hooks"]["beforeReadFile"].as_array_mut().unwrap().push(json!({"command": "theirs too"}));
        fs::write(&place.path, now.to_string()).unwrap();
        drop(restorer);
        let left: Value = serde_json::from_str(&read(&place.path).unwrap()).unwrap();
        let theirs = json!({"stop": [{"command": "theirs"}], "beforeReadFile": [{"command": "theirs too"}]});
        assert_eq!(left, json!({"version": 1, "hooks": theirs}));
    }

    #[test]
    fn a_file_that_is_not_understood_is_left_alone() {
        for wrong in ["not json", "[]", "{\"hooks\":[]}", "{\"hooks\":{\"preToolUse\":7}}"] {
            let place = place();
            fs::create_dir(&place.folder).unwrap();
            fs::write(&place.path, wrong).unwrap();
            assert!(change(&place.folder, OURS, &place.notes).is_err(), "{wrong}");
            assert_eq!(read(&place.path).as_deref(), Some(wrong));
        }
    }
}
