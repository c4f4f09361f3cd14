//! The decision socket's listening end.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};

use crate::control::{Answer, Ask, REQUEST_BYTES_MAX, check_peer};
use crate::model::Pid;

/// How many requests may wait for the app loop.
const WAITING_MAX: usize = 32;
/// How long a peer may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request with the way back for its answer.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub ask: Ask,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Answer>,
}

/// The socket, removed when this is dropped.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder is ours alone; a socket that is left over is found dead by the next client and removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Listens on `path`, in a folder that is the operator's alone. Runs on the current tokio runtime.
///
/// # Errors
/// What the system says.
pub fn listen(path: &Path, supervisor: Pid) -> io::Result<(Server, mpsc::Receiver<Request>)> {
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, supervisor, sender.clone()));
        }
    });
    Ok((Server { path: path.to_owned() }, receiver))
}

/// Answers one connection. Whatever goes wrong, nothing is ruled.
async fn serve(stream: UnixStream, supervisor: Pid, requests: mpsc::Sender<Request>) {
    let checked = check_peer(&stream, supervisor);
    let (reading, mut writing) = stream.into_split();
    let answer = match checked {
        Err(error) => Answer::Refused { why: error.to_string() },
        Ok(_) => match tokio::time::timeout(PATIENCE, read_ask(reading)).await {
            Err(_) => Answer::Refused { why: "no request came in time".to_owned() },
            Ok(Err(why)) => Answer::Refused { why },
            Ok(Ok(ask)) => pass_on(ask, &requests).await,
        },
    };
    if let Ok(mut line) = serde_json::to_vec(&answer) {
        line.push(b'\n');
        let _ = writing.write_all(&line).await;
    }
}

async fn read_ask(reading: tokio::net::unix::OwnedReadHalf) -> Result<Ask, String> {
    let mut line = Vec::new();
    let limit = u64::try_from(REQUEST_BYTES_MAX).unwrap_or(u64::MAX);
    BufReader::new(reading.take(limit)).read_until(b'\n', &mut line).await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&line).map_err(|error| format!("that is no request: {error}"))
}

async fn pass_on(ask: Ask, requests: &mpsc::Sender<Request>) -> Answer {
    let (answer, answered) = oneshot::channel();
    let gone = || Answer::Refused { why: "the session is ending".to_owned() };
    if requests.send(Request { ask, answer }).await.is_err() {
        return gone();
    }
    answered.await.unwrap_or_else(|_| gone())
}
