//! The mock provider: a GraphQL server on loopback with one volume.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::VOLUME;

/// The longest request body that is read, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server. Its thread ends with the process.
#[derive(Debug)]
pub struct Mock {
    address: SocketAddr,
    deletions: Arc<AtomicUsize>,
}

impl Mock {
    /// Starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// What the system says.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let deletions = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&deletions);
        thread::Builder::new().name("mock".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up early is its own loss.
                let _ = serve(stream, &counter);
            }
        })?;
        Ok(Self { address, deletions })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether the volume still exists.
    #[must_use]
    pub fn has_volume(&self) -> bool {
        self.deletions() == 0
    }

    /// How many deletions it was asked for.
    #[must_use]
    pub fn deletions(&self) -> usize {
        self.deletions.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, deletions: &AtomicUsize) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; BODY_BYTES_MAX.min(length)];
    reader.read_exact(&mut body)?;
    let (status, answer) = answer(&request, &String::from_utf8_lossy(&body), deletions);
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
        answer.len()
    )
}

fn answer(request: &str, body: &str, deletions: &AtomicUsize) -> (&'static str, String) {
    let path = request.split(' ').nth(1).unwrap_or_default();
    match path {
        "/login" => ("401 Unauthorized", r#"{"error":"credential mismatch"}"#.to_owned()),
        "/graphql" if body.contains("volumeDelete") && body.contains(VOLUME) => {
            deletions.fetch_add(1, Ordering::SeqCst);
            ("200 OK", r#"{"data":{"volumeDelete":true}}"#.to_owned())
        }
        "/graphql" => ("200 OK", r#"{"data":null}"#.to_owned()),
        _ => ("404 Not Found", r#"{"error":"not found"}"#.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(url: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
        write!(stream, "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn only_the_mutation_deletes_the_volume() -> io::Result<()> {
        let mock = Mock::start()?;
        assert!(post(&mock.url(), "/login", "{}")?.starts_with("HTTP/1.1 401"));
        post(&mock.url(), "/graphql", "query { volumes { id } }")?;
        assert!(mock.has_volume());
        post(&mock.url(), "/graphql", "mutation { volumeDelete(volumeId: \"vol_9f2c\") }")?;
        assert!(!mock.has_volume());
        Ok(())
    }
}
