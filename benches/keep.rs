//! What keeping costs: 20,000 files removed with a link kept of each, against removed alone; processor time, in one run.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use holdpoint::model::{ActionId, Pid, Untrusted};
use holdpoint::sys::Place;
use holdpoint::undo::{Budget, Doomed, How, KeepRules, KeepStore, Options, Target, Way};

const FILES: usize = 20_000;
const FOLDERS: usize = 200;
const FILE_BYTES: usize = 700;
const ROUNDS: usize = 7;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Nanoseconds this thread has run.
fn processor_time() -> Outcome<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

fn grow(root: &Path) -> Outcome<Vec<(PathBuf, Vec<PathBuf>)>> {
    let mut all = Vec::new();
    for folder in 0..FOLDERS {
        let folder = root.join(format!("folder-{folder}"));
        fs::create_dir_all(&folder)?;
        let files: Vec<PathBuf> =
            (0..FILES / FOLDERS).map(|file| folder.join(format!("source-file-{file}.rs"))).collect();
        for file in &files {
            fs::write(file, [b'x'; FILE_BYTES])?;
        }
        all.push((folder, files));
    }
    Ok(all)
}

/// What the gate does to a name it has resolved, with or without keeping.
fn remove(all: &[(PathBuf, Vec<PathBuf>)], store: Option<&KeepStore>, now: SystemTime) -> Outcome<u64> {
    let program = Untrusted::from("rm");
    let before = processor_time()?;
    for (folder, files) in all {
        let place = Place::open_folder(folder)?;
        for file in files {
            let name = file.file_name().unwrap_or_default();
            if let Some(store) = store {
                let kept = store.keep(&Doomed {
                    at: now,
                    action: ActionId(1),
                    case: None,
                    pid: Pid(1),
                    program: &program,
                    path: file.as_os_str().as_bytes(),
                    origin: None,
                    target: Target::Name { folder: &place, name },
                    facts: None,
                    how: How::Removed,
                })?;
                assert_eq!(kept.way, Way::Link);
            }
            place.remove(name)?;
        }
    }
    Ok(processor_time()? - before)
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "a bench is its own clock")]
#[allow(clippy::print_stdout, reason = "a bench says what it measured")]
fn main() -> Outcome<()> {
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let root = tempfile::tempdir_in(std::env::current_dir()?.join("target"))?;
    let (mut bare, mut kept, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let now = SystemTime::now();
        let alone = remove(&grow(&root.path().join("bare"))?, None, now)?;
        let session = root.path().join(format!("session-{round}"));
        fs::create_dir(&session)?;
        let budget = Budget { bytes: 2 << 30, age: Duration::from_secs(86_400) };
        let options = Options { budget, sessions: None, started: now, rules: KeepRules::keep_everything() };
        let all = grow(&root.path().join("kept"))?;
        let store = KeepStore::open(&session, options)?;
        let with = remove(&all, Some(&store), now)?;
        let each = |nanos: u64| nanos as f64 / FILES as f64 / 1000.0;
        bare.push(each(alone));
        kept.push(each(with));
        ratios.push(with as f64 / alone as f64);
    }
    let (bare, kept, ratio) = (median(bare), median(kept), median(ratios));
    println!(
        "unlink of {FILES} files: bare {bare:.2} us, kept by link {kept:.2} us each; ratio {ratio:.2} (median of {ROUNDS})"
    );
    Ok(())
}
