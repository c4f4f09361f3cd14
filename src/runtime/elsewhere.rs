//! Asking the operator's other sessions, on a thread of its own: one that hangs must not keep this one waiting.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::app::{Event, FarCase};
use crate::control::{Answer, Ask, CaseBrief};
use crate::model::{CaseId, Moment};

/// How long another session may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// How many answers may wait for the app loop.
const WAITING_MAX: usize = 4;

/// The other sessions of this operator.
pub(super) struct Others {
    folder: PathBuf,
    own: PathBuf,
    told: mpsc::Sender<Event>,
    is_asking: Arc<AtomicBool>,
}

impl Others {
    /// Those whose sockets lie beside our own; what they tell comes through the receiver.
    pub(super) fn beside(own: &Path) -> (Self, mpsc::Receiver<Event>) {
        let (told, receiver) = mpsc::channel(WAITING_MAX);
        let folder = own.parent().map(Path::to_owned).unwrap_or_default();
        (Self { folder, own: own.to_owned(), told, is_asking: Arc::default() }, receiver)
    }

    /// Asks which cases wait there; `now` is when. One round at a time.
    pub(super) fn look(&self, now: Moment) {
        self.spawn(move |sockets, told| {
            let answers: Vec<_> = sockets.iter().filter_map(|socket| ask(socket, &Ask::Pending).ok()).collect();
            let cases = answers.iter().flat_map(|answer| match answer {
                Answer::Pending { cases } => cases.iter().map(|case| far(case, now)).collect(),
                _ => Vec::new(),
            });
            // A session that has ended meanwhile wants to know nothing.
            let _ = told.blocking_send(Event::ElsewhereSeen { sessions: answers.len(), cases: cases.collect() });
        });
    }

    /// Tells all of them something to do. One that does not listen has ended.
    pub(super) fn tell(&self, what: Ask) {
        let sockets = self.sockets();
        let all = move || sockets.iter().for_each(|socket| drop(ask(socket, &what)));
        let _ = thread::Builder::new().name("others".to_owned()).spawn(all);
    }

    /// Has one of them refuse a case; this session's operator is told where that did not happen.
    pub(super) fn deny(&self, session: &str, case: CaseId) {
        let (sockets, told, session) = (self.sockets(), self.told.clone(), session.to_owned());
        let refuse = move || {
            let is_its = |socket: &&PathBuf| socket.file_stem().is_some_and(|name| name == session.as_str());
            let gone = || Err(io::Error::from(io::ErrorKind::NotFound));
            let answer =
                sockets.iter().find(is_its).map_or_else(gone, |socket| ask(socket, &Ask::Deny { case, because: None }));
            let why = match answer {
                Ok(Answer::Ruled { .. } | Answer::NoSuchCase { .. }) => return,
                Ok(Answer::Refused { why }) => why,
                Ok(_) => "its answer makes no sense".to_owned(),
                Err(error) => error.to_string(),
            };
            let _ = told.blocking_send(Event::Warned(format!("{case} of {session} was not denied: {why}")));
        };
        let _ = thread::Builder::new().name("others".to_owned()).spawn(refuse);
    }

    fn spawn(&self, round: impl FnOnce(Vec<PathBuf>, mpsc::Sender<Event>) + Send + 'static) {
        if self.is_asking.swap(true, Ordering::SeqCst) {
            return;
        }
        let (sockets, told, is_asking) = (self.sockets(), self.told.clone(), Arc::clone(&self.is_asking));
        let asking = move || {
            round(sockets, told);
            is_asking.store(false, Ordering::SeqCst);
        };
        if thread::Builder::new().name("others".to_owned()).spawn(asking).is_err() {
            self.is_asking.store(false, Ordering::SeqCst);
        }
    }

    fn sockets(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let is_socket = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "sock");
        paths.filter(|path| is_socket(path) && *path != self.own).collect()
    }
}

fn ask(socket: &Path, ask: &Ask) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = serde_json::to_vec(ask)?;
    request.push(b'\n');
    stream.write_all(&request)?;
    let mut answer = String::new();
    BufReader::new(stream.take(ANSWER_BYTES_MAX)).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

fn far(case: &CaseBrief, now: Moment) -> FarCase {
    let ago = Moment::from_secs(case.age);
    FarCase {
        session: case.session.clone(),
        place: if case.place.is_empty() { case.session.clone() } else { case.place.clone() },
        case: case.case,
        tier: case.tier,
        what: case.command.clone(),
        opened: Moment(now.0.saturating_sub(ago.0)),
        expires: now.plus(Duration::from_secs_f64(case.expires_in.clamp(0.0, 86_400.0))),
    }
}
