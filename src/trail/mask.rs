//! The mask: replaces the values of secrets wherever text is kept or drawn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::known::Known;
use super::names;
use super::scan::{self, Hit, VALUE_BYTES_MAX};
use super::secret::{self, Origin, Secret};
use super::shapes;
use super::stream::View;
use crate::model::{
    Action, ActionKind, Cue, Exec, FileAct, Finding, Judgement, Link, SecretHandle, SecretId, Span, Undo, Untrusted,
};

/// The most secrets of one session; what comes after them is masked under the last letter.
const SECRETS_MAX: usize = 512;
/// The most values that are looked for exactly; shapes are looked for without limit.
const KNOWN_MAX: usize = 256;
/// The most of a secret file that is learnt from, in lines.
const LINES_MAX: usize = 4096;

/// Replaces values by `‹secret A: tok_…3f9a›`.
///
/// It knows the shapes of tokens, names that say secret, and every value it was told of. A clone is the same mask:
/// what one part of the program learns, all others mask from then on. Values stay in memory only.
#[derive(Debug, Clone)]
pub struct Mask(Arc<Mutex<Vault>>);

#[derive(Debug)]
struct Vault {
    key: [u8; 32],
    secrets: Vec<Secret>,
    by_digest: HashMap<String, usize>,
    forms: Vec<(Vec<u8>, usize)>,
    known_values: usize,
    known: Arc<Known>,
    is_stale: bool,
}

/// One replacement: the bytes `[from, to)` became `len` bytes.
#[derive(Debug, Clone, Copy)]
struct Edit {
    from: usize,
    to: usize,
    len: usize,
}

impl Mask {
    /// A mask that knows no values yet. `key` makes the digests of this session; take it from the system's randomness.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(Mutex::new(Vault {
            key,
            secrets: Vec::new(),
            by_digest: HashMap::new(),
            forms: Vec::new(),
            known_values: 0,
            known: Arc::new(Known::default()),
            is_stale: false,
        })))
    }

    fn vault(&self) -> MutexGuard<'_, Vault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn known(&self) -> Arc<Known> {
        self.vault().known()
    }

    /// Remembers a value, under the name it stood and with the place it was seen, and masks it from now on.
    ///
    /// `None` where the value is too plain to be looked for: a short word would be masked everywhere.
    pub fn learn(&self, value: &[u8], name: Option<&Untrusted>, origin: Option<Origin>) -> Option<SecretId> {
        self.vault().learn(value, name, origin)
    }

    /// Remembers the values in a secret file that was read: `NAME=value`, `name: value`, JSON, tokens by shape.
    pub fn learn_file(&self, path: &Untrusted, content: &[u8]) -> Vec<SecretId> {
        let is_bare = content.iter().filter(|b| **b == b'\n').count() <= 1;
        let lines = content.split(|byte| *byte == b'\n').take(LINES_MAX).zip(1u32..);
        self.learn_lines(lines.map(|(line, number)| (line, Origin { place: path.clone(), line: number })), is_bare)
    }

    /// Remembers the values in these lines, each with where it was seen. A bare line is a value where `is_bare`.
    pub(super) fn learn_lines<'a>(
        &self,
        lines: impl IntoIterator<Item = (&'a [u8], Origin)>,
        is_bare: bool,
    ) -> Vec<SecretId> {
        let mut learnt = Vec::new();
        let mut vault = self.vault();
        let parted = lines
            .into_iter()
            .flat_map(|(line, origin)| pieces(line).into_iter().map(move |piece| (piece, origin.clone())));
        for (line, origin) in parted {
            let known = vault.known();
            for hit in scan::hits(line, &known) {
                let value = line.get(hit.from..hit.to).unwrap_or_default();
                let name = field(line).map(|(name, _)| name);
                learnt.extend(vault.learn(value, name.as_ref(), Some(origin.clone())));
            }
            match field(line) {
                Some((name, value))
                    if names::is_secret_variable(&name.lossy()) && !value.windows(3).any(|w| w == b"://") =>
                {
                    learnt.extend(vault.learn(value, Some(&name), Some(origin)));
                }
                _ if word_after_password(line).is_some() => {
                    learnt.extend(word_after_password(line).and_then(|value| vault.learn(value, None, Some(origin))));
                }
                None if is_bare => learnt.extend(vault.learn(line.trim_ascii(), None, Some(origin))),
                _ => {}
            }
        }
        learnt.sort();
        learnt.dedup();
        learnt
    }

    /// Remembers the values of variables whose names say secret.
    pub fn learn_environment<'a>(&self, variables: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) {
        for (name, value) in variables {
            let text = String::from_utf8_lossy(name);
            if names::is_secret_variable(&text) && !value.windows(3).any(|w| w == b"://") {
                let place = Untrusted::from(format!("environment ${text}"));
                self.learn(value, Some(&Untrusted::from(name)), Some(Origin { place, line: 0 }));
            } else {
                let _ = self.text(value);
            }
        }
    }

    /// Whether these bytes are the value of a secret as it was seen, not another form of it.
    pub(super) fn is_value_of(&self, secret: &Secret, bytes: &[u8]) -> bool {
        secret::digest(&self.vault().key, bytes) == secret.digest
    }

    /// Whether no value is known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vault().secrets.is_empty()
    }

    /// The secret of this letter.
    #[must_use]
    pub fn secret(&self, id: SecretId) -> Option<Secret> {
        self.vault().secrets.get(usize::from(id.0)).cloned()
    }

    /// Every secret met so far, in the order of their letters.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        self.vault().secrets.clone()
    }

    /// Whether a value was first seen at `place`.
    pub(super) fn has_met_at(&self, place: &str) -> bool {
        let is_there =
            |secret: &Secret| secret.origin.as_ref().is_some_and(|from| from.place.as_bytes() == place.as_bytes());
        self.vault().secrets.iter().any(is_there)
    }

    /// The secrets whose values stand in `text`, with where they stand.
    #[must_use]
    pub fn secrets_in(&self, text: &[u8]) -> Vec<(Secret, Span)> {
        let mut vault = self.vault();
        let known = vault.known();
        let hits = scan::hits(text, &known);
        hits.iter()
            .filter_map(|hit| {
                let index = vault.name(hit, text.get(hit.from..hit.to).unwrap_or_default());
                vault.secrets.get(index).map(|secret| (secret.clone(), Span(hit.from, hit.to)))
            })
            .collect()
    }

    /// The known values in a text that is another's in other words: nothing is learnt from it.
    #[must_use]
    pub(super) fn known_in(&self, text: &[u8]) -> Option<Secret> {
        let mut vault = self.vault();
        let known = vault.known();
        let index = scan::hits(text, &known).iter().find_map(|hit| hit.known)?;
        vault.secrets.get(index).cloned()
    }

    /// The text with every value replaced. Colour escapes within a value do not hide it.
    #[must_use]
    pub fn text(&self, text: &[u8]) -> Vec<u8> {
        self.edited(text).0
    }

    fn edited(&self, text: &[u8]) -> (Vec<u8>, Vec<Edit>) {
        let view = View::of(text);
        let known = self.known();
        let hits = scan::hits(view.text(), &known);
        if hits.is_empty() {
            return (text.to_vec(), Vec::new());
        }
        let mut vault = self.vault();
        let (mut out, mut edits, mut done) = (Vec::with_capacity(text.len()), Vec::new(), 0);
        for hit in &hits {
            let (from, to) = (view.raw(hit.from), view.raw_end(hit.to));
            let index = vault.name(hit, view.text().get(hit.from..hit.to).unwrap_or_default());
            let mark = vault.secrets.get(index).map(Secret::mark).unwrap_or_default();
            out.extend_from_slice(text.get(done..from).unwrap_or_default());
            let start = out.len();
            out.extend_from_slice(mark.as_bytes());
            view.escapes(text, from, to, &mut out);
            edits.push(Edit { from, to, len: out.len() - start });
            done = to;
        }
        out.extend_from_slice(text.get(done..).unwrap_or_default());
        (out, edits)
    }

    pub(super) fn name(&self, hit: &Hit, value: &[u8]) -> Option<Secret> {
        let mut vault = self.vault();
        let index = vault.name(hit, value);
        vault.secrets.get(index).cloned()
    }

    /// The same for a text of the agent.
    #[must_use]
    pub fn untrusted(&self, text: &Untrusted) -> Untrusted {
        Untrusted::new(self.text(text.as_bytes()))
    }

    /// The same for our own words.
    #[must_use]
    pub fn words(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.text(text.as_bytes())).into_owned()
    }

    /// The action with every value replaced, in whatever part of it: arguments, variables, text.
    #[must_use]
    pub fn action(&self, action: &Action) -> Action {
        self.action_edited(action).0
    }

    /// The action and what was found in it, masked; spans point into the masked text.
    pub fn held(&self, action: &Action, judgement: &Judgement) -> (Action, Judgement) {
        let (masked, edits) = self.action_edited(action);
        let mut judgement = self.judgement(judgement);
        for finding in &mut judgement.findings {
            finding.span = Span(moved(&edits, finding.span.0), moved(&edits, finding.span.1));
        }
        if judgement.verdict.waits() {
            judgement.secrets = self.handles_in(&masked);
        }
        (masked, judgement)
    }

    /// The secrets whose marks stand in a masked action, in whatever part of it.
    fn handles_in(&self, masked: &Action) -> Vec<SecretHandle> {
        // An action is made of texts: it can always be written.
        let text = serde_json::to_string(masked).unwrap_or_default();
        let stand = self.secrets().into_iter().filter(|secret| text.contains(&secret.mark()));
        stand.map(Secret::into_handle).collect()
    }

    fn action_edited(&self, action: &Action) -> (Action, Vec<Edit>) {
        let mut masked = action.clone();
        masked.caller.program = self.untrusted(&action.caller.program);
        let edits = match &mut masked.kind {
            ActionKind::Exec(exec) => self.exec(exec),
            ActionKind::Text(text) => {
                let (bytes, edits) = self.edited(text.text.as_bytes());
                text.text = Untrusted::new(bytes);
                text.cwd = text.cwd.as_ref().map(|cwd| self.untrusted(cwd));
                edits
            }
            ActionKind::Tool(tool) => {
                let edits = tool.text().map(|text| self.edited(text.text.as_bytes()).1).unwrap_or_default();
                tool.each_text(&mut |text| *text = self.untrusted(text));
                edits
            }
            ActionKind::File(file) => {
                let FileAct { path, target, from, origin, tree, command, cwd, .. } = file.as_mut();
                let texts = [path, target, cwd].into_iter().chain(from).chain(origin).chain(tree).chain(command);
                texts.for_each(|text| *text = self.untrusted(text));
                Vec::new()
            }
            ActionKind::Connect(connect) => {
                connect.command.iter_mut().for_each(|word| *word = self.untrusted(word));
                Vec::new()
            }
            ActionKind::Kill(kill) => {
                kill.command.iter_mut().for_each(|word| *word = self.untrusted(word));
                Vec::new()
            }
        };
        (masked, edits)
    }

    fn exec(&self, exec: &mut Exec) -> Vec<Edit> {
        let (mut edits, mut offset, mut takes_secret) = (Vec::new(), 0, false);
        for word in &mut exec.argv {
            let length = word.as_bytes().len();
            let (bytes, inner) = self.edited(word.as_bytes());
            if inner.is_empty() && takes_secret && !names::is_placeholder(word.as_bytes()) {
                let mark = self.mark_whole(word.as_bytes());
                edits.push(Edit { from: offset, to: offset + length, len: mark.len() });
                *word = Untrusted::from(mark);
                takes_secret = false;
            } else {
                takes_secret = is_secret_flag(&word.lossy());
                edits.extend(inner.iter().map(|e| Edit { from: e.from + offset, to: e.to + offset, len: e.len }));
                *word = Untrusted::new(bytes);
            }
            offset += length + 1;
        }
        for (name, value) in &mut exec.env_changed {
            let (bytes, inner) = self.edited(value.as_bytes());
            let is_secret = names::is_secret_variable(&name.lossy()) && !value.lossy().contains("://");
            let is_whole = inner.is_empty() && is_secret && !names::is_placeholder(value.as_bytes());
            *value = if is_whole { Untrusted::from(self.mark_whole(value.as_bytes())) } else { Untrusted::new(bytes) };
        }
        for text in [&mut exec.path, &mut exec.cwd].into_iter().chain(exec.resolved.as_mut()).chain(exec.stdin.as_mut())
        {
            *text = self.untrusted(text);
        }
        edits
    }

    /// A mark for a whole word that is a secret by its place, whatever it looks like.
    fn mark_whole(&self, value: &[u8]) -> String {
        let hit = Hit { start: 0, from: 0, to: value.len(), kind: "password", handle: "pw_", known: None, run: None };
        self.name(&hit, value).map(|secret| secret.mark()).unwrap_or_default()
    }

    /// The judgement with every value replaced; spans are left as they are (see [`Mask::held`]).
    pub fn judgement(&self, judgement: &Judgement) -> Judgement {
        let mut masked = judgement.clone();
        masked.findings = judgement.findings.iter().map(|finding| self.finding(finding)).collect();
        masked.chain = judgement.chain.iter().map(|link| self.link(link)).collect();
        for target in masked.blast.targets.iter_mut().chain(&mut masked.blast.below).chain(&mut masked.blast.further) {
            *target = self.untrusted(target);
        }
        for word in masked.announced.iter_mut().flat_map(|announced| &mut announced.words) {
            if let crate::model::Word::Literal(bytes) = word {
                *bytes = self.untrusted(bytes);
            }
        }
        for word in masked.commands.iter_mut().flatten() {
            *word = self.untrusted(word);
        }
        if let Some(intent) = &mut masked.intent {
            intent.each_text(&mut |text| *text = self.untrusted(text));
        }
        masked
    }

    /// The finding with every value replaced.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> Finding {
        let mut masked = finding.clone();
        masked.title = self.words(&finding.title);
        masked.why = self.words(&finding.why);
        masked.instead = finding.instead.as_ref().map(|text| self.words(text));
        masked.target = finding.target.as_ref().map(|target| self.untrusted(target));
        if let Undo::By(how) = &mut masked.undo {
            *how = self.words(how);
        }
        masked
    }

    /// The saying with every value replaced.
    #[must_use]
    pub fn cue(&self, cue: &Cue) -> Cue {
        let findings = cue.findings.iter().map(|finding| self.finding(finding)).collect();
        let mut masked = Cue { text: self.untrusted(&cue.text), findings, ..cue.clone() };
        if let Some(tool) = &mut masked.tool {
            tool.each_text(&mut |text| *text = self.untrusted(text));
        }
        masked
    }

    fn link(&self, link: &Link) -> Link {
        Link { what: self.untrusted(&link.what), note: self.words(&link.note), ..link.clone() }
    }
}

impl Default for Mask {
    /// A mask with a fixed key, for texts that are judged outside a session: its digests are never kept.
    fn default() -> Self {
        Self::new([0; 32])
    }
}

/// Where a place in the original text lies in the masked one.
fn moved(edits: &[Edit], at: usize) -> usize {
    let mut now = at;
    for edit in edits.iter().take_while(|edit| edit.from < at) {
        if at >= edit.to {
            now = now + edit.len - (edit.to - edit.from);
        } else {
            return now - (at - edit.from);
        }
    }
    now
}

/// Whether the word after this one is a secret: `--token`, `--password`.
fn is_secret_flag(word: &str) -> bool {
    word.starts_with("--") && !word.contains('=') && names::is_secret_variable(word.trim_start_matches('-'))
}

/// A list in one line as its parts: `["PATH=/usr/bin","API_KEY=x"]`; any other line as it is.
fn pieces(line: &[u8]) -> Vec<&[u8]> {
    const PIECES_MAX: usize = 256;
    let bare = line.trim_ascii_start();
    if bare.first() == Some(&b'[') && bare.get(1) == Some(&b'"') {
        return bare.split(|byte| matches!(byte, b',' | b'[' | b']')).take(PIECES_MAX).collect();
    }
    vec![line]
}

/// The value in a line of logins: `machine api.example.com login dev password VALUE`.
fn word_after_password(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let first = words.next()?;
    words
        .find(|word| matches!(*word, b"password" | b"account"))
        .filter(|_| matches!(first, b"machine" | b"default"))?;
    words.next()
}

/// The name and the value of a line such as `export NAME="value"`, `name: value` or `"name": "value",`.
fn field(line: &[u8]) -> Option<(Untrusted, &[u8])> {
    let at = line.iter().position(|b| matches!(b, b'=' | b':'))?;
    let quotes = |b: &u8| matches!(b, b'"' | b'\'' | b' ' | b'\t' | b',' | b'\r' | b'{' | b'}' | b';');
    let trim = |mut bytes: &'_ [u8]| -> (usize, usize) {
        let whole = bytes.len();
        while let [first, rest @ ..] = bytes {
            if !quotes(first) {
                break;
            }
            bytes = rest;
        }
        let skipped = whole - bytes.len();
        while let [rest @ .., last] = bytes {
            if !quotes(last) {
                break;
            }
            bytes = rest;
        }
        (skipped, skipped + bytes.len())
    };
    let (left, right) = (line.get(..at)?, line.get(at + 1..)?);
    let (from, to) = trim(left);
    let name = left.get(from..to)?;
    let name = name.strip_prefix(b"export ").unwrap_or(name);
    let (from, to) = trim(right);
    let value = right.get(from..to)?;
    let is_name =
        !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'));
    (is_name && !value.is_empty()).then(|| (Untrusted::from(name), value))
}

impl Vault {
    fn known(&mut self) -> Arc<Known> {
        if self.is_stale {
            self.known = Arc::new(Known::new(self.forms.clone()));
            self.is_stale = false;
        }
        Arc::clone(&self.known)
    }

    fn learn(&mut self, value: &[u8], name: Option<&Untrusted>, origin: Option<Origin>) -> Option<SecretId> {
        let shape = shapes::shape_of(value);
        if shape.is_none() && !names::is_strong(value) {
            return None;
        }
        let is_password = name.is_some_and(|name| name.lossy().to_ascii_lowercase().contains("pass"));
        let (kind, handle) = match shape {
            Some(shape) => (shape.kind, shape.handle),
            None if is_password => ("password", "pw_"),
            None => ("token", "tok_"),
        };
        let index = self.entry(value, kind, handle);
        let secret = self.secrets.get_mut(index)?;
        if secret.origin.is_none() {
            secret.origin = origin;
        }
        if secret.name.is_none() {
            secret.name = name.cloned();
        }
        Some(secret.id)
    }

    fn name(&mut self, hit: &Hit, value: &[u8]) -> usize {
        match hit.known {
            Some(index) => index,
            None => self.entry(value, hit.kind, hit.handle),
        }
    }

    /// The secret with this value; a new one if it was not known.
    fn entry(&mut self, value: &[u8], kind: &'static str, handle: &'static str) -> usize {
        let digest = secret::digest(&self.key, value);
        if let Some(index) = self.by_digest.get(&digest) {
            return *index;
        }
        if self.secrets.len() >= SECRETS_MAX {
            return SECRETS_MAX - 1;
        }
        let index = self.secrets.len();
        let is_whole = value.len() < VALUE_BYTES_MAX;
        let handle =
            if is_whole && kind != "private key" { shapes::handle(handle, value) } else { format!("{handle}…") };
        self.secrets.push(Secret {
            id: SecretId(u16::try_from(index).unwrap_or(u16::MAX)),
            kind: kind.to_owned(),
            handle,
            name: None,
            origin: None,
            digest: digest.clone(),
        });
        self.by_digest.insert(digest, index);
        if self.known_values < KNOWN_MAX && kind != "private key" && names::is_strong(value) {
            self.known_values += 1;
            self.forms.extend(secret::forms(value).into_iter().map(|form| (form, index)));
            self.is_stale = true;
        }
        index
    }
}
