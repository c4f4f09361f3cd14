//! One thing made anew from what was kept: its content first, then all that belongs to it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::PathBuf;

use super::bring::{Why, must_copy, open_kept, os};
use super::content::{copy_out, copy_plain};
use super::manifest::{Content, FactsLine, Record};
use super::plan::{Found, Plan, version_of};
use super::store::COPY_ENDING;
use crate::model::Untrusted;
use crate::sys::{Facts, FileId, FileKind, Place, share_blocks};

/// Where a thing's content comes from.
#[derive(Debug)]
pub(super) struct Source {
    from: From,
    /// What is to be said of it.
    pub note: Option<&'static str>,
}

#[derive(Debug)]
enum From {
    /// A folder, a pipe or an empty file: the facts are all.
    Facts(FileKind),
    /// A symbolic link.
    Target(Untrusted),
    /// The file itself, in the segment's folder.
    Link { folder: Place, name: OsString, id: FileId },
    /// A file of which only the content counts.
    Plain(File),
    /// A compressed copy.
    Copy { file: File, digest: String, parts: Option<Vec<(u64, u64)>>, bytes: u64 },
}

/// How something was made.
#[derive(Debug)]
pub(super) enum Made {
    /// At once under its own name.
    InPlace,
    /// Under a name of ours.
    Named(OsString),
}

/// Finds a thing's content.
pub(super) fn content_of(plan: &Plan, found: &Found) -> Result<Source, Why> {
    let record = &found.record;
    let facts = record.facts.as_ref().ok_or("nothing is known of it")?;
    let from = match &record.content {
        Content::Facts => From::Facts(facts.file_kind().ok_or("it is of a kind that is not known")?),
        Content::LinkTarget { target } => From::Target(target.clone()),
        Content::Link { name } => return link_of(plan, found, facts, name),
        Content::Shared { name } => From::Plain(open_kept(&found.segment.join(os(name.as_bytes())))?),
        Content::Copy { digest, bytes, parts, is_torn } => {
            let file = open_kept(&copy_path(found, digest))?;
            let note = is_torn.then_some("it changed while it was kept");
            let from = From::Copy { file, digest: digest.clone(), parts: parts.clone(), bytes: *bytes };
            return Ok(Source { from, note });
        }
        Content::NotKept { why, .. } => return Err(why.clone()),
        Content::Unknown => return Err("a later version kept it".to_owned()),
    };
    Ok(Source { from, note: None })
}

fn copy_path(found: &Found, digest: &str) -> PathBuf {
    found.segment.join(format!("{digest}{COPY_ENDING}"))
}

/// A linked file can have been changed through another name since; then a copy of the state it had is as good.
fn link_of(plan: &Plan, found: &Found, facts: &FactsLine, name: &Untrusted) -> Result<Source, Why> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "it is no longer kept".to_owned(),
        _ => error.to_string(),
    };
    let folder = Place::open_folder(&found.segment).map_err(gone)?;
    let name = os(name.as_bytes()).to_owned();
    let now = folder.facts_of(&name).map_err(gone)?;
    let is_as_kept = (now.bytes, now.written) == (facts.bytes, facts.written);
    if !is_as_kept && let Some(copy) = plan.versions.get(&version_of(facts)) {
        return content_of(plan, copy);
    }
    if !is_as_kept && facts.bytes == 0 && now.kind == FileKind::File {
        return Ok(Source { from: From::Facts(FileKind::File), note: None });
    }
    let note = (!is_as_kept).then_some("it was changed under another name, or while open, after it was kept");
    Ok(Source { from: From::Link { folder, name, id: now.id }, note })
}

impl Source {
    /// Whether what is there is it already.
    pub fn is_there(&self, live: &Facts, facts: &FactsLine) -> bool {
        let is_kind = facts.file_kind() == Some(live.kind);
        match &self.from {
            From::Link { id, .. } => live.id == *id,
            From::Facts(FileKind::Folder) => is_kind,
            From::Facts(_) | From::Target(_) | From::Plain(_) | From::Copy { .. } => {
                is_kind && (live.bytes, live.written, live.mode) == (facts.bytes, facts.written, facts.mode)
            }
        }
    }
}

/// Makes a thing: under `direct` where that is one step, else under `temporary`, with all that belongs to it.
pub(super) fn make(
    source: &Source,
    record: &Record,
    parent: &Place,
    direct: Option<&OsStr>,
    temporary: &OsStr,
) -> io::Result<Made> {
    let Some(facts) = &record.facts else { return Err(io::ErrorKind::InvalidInput.into()) };
    match &source.from {
        From::Link { folder, name, .. } => match folder.link(name, parent, direct.unwrap_or(temporary)) {
            Ok(()) if direct.is_some() => return Ok(Made::InPlace),
            Ok(()) => return Ok(Made::Named(temporary.to_owned())),
            // Something is there since, so it has to be put beside it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && direct.is_some() => {
                return make(source, record, parent, None, temporary);
            }
            Err(error) if must_copy(&error) => {
                copy_linked(folder, name, parent, temporary)?;
                let attributes = folder.attributes(name)?;
                let attributes = super::manifest::attributes_line(attributes);
                finish(parent, temporary, facts, &attributes)?;
                return Ok(Made::Named(temporary.to_owned()));
            }
            Err(error) => return Err(error),
        },
        From::Facts(FileKind::Folder) => match direct {
            Some(direct) => {
                // Its mode and times are set when all that belongs into it is there.
                parent.create_folder(direct)?;
                return Ok(Made::InPlace);
            }
            None => parent.create_folder(temporary)?,
        },
        From::Facts(FileKind::File) => drop(parent.create_file(temporary)?),
        From::Facts(_) => parent.create_pipe(temporary)?,
        From::Target(target) => parent.create_link(temporary, os(target.as_bytes()))?,
        From::Plain(_) | From::Copy { .. } => source.write(&parent.create_file(temporary)?)?,
    }
    finish(parent, temporary, facts, &record.attributes)?;
    Ok(Made::Named(temporary.to_owned()))
}

/// A kept link on another file system, or of another's file.
fn copy_linked(folder: &Place, name: &OsStr, parent: &Place, temporary: &OsStr) -> io::Result<()> {
    match folder.facts_of(name)?.kind {
        FileKind::File => copy_plain(&folder.read_file(name)?, &parent.create_file(temporary)?),
        FileKind::Link => parent.create_link(temporary, &folder.link_target(name)?),
        FileKind::Pipe => parent.create_pipe(temporary),
        FileKind::Folder | FileKind::Socket | FileKind::Device => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Writes a file's content in place, so that its other names have it again as well.
pub(super) fn write_over(source: &Source, record: &Record, parent: &Place, name: &OsStr) -> io::Result<()> {
    let Some(facts) = &record.facts else { return Err(io::ErrorKind::InvalidInput.into()) };
    let to = parent.write_file(name)?;
    to.set_len(0)?;
    source.write(&to)?;
    finish(parent, name, facts, &record.attributes)
}

impl Source {
    fn write(&self, to: &File) -> io::Result<()> {
        match &self.from {
            From::Plain(from) => match share_blocks(from, to) {
                Ok(()) => Ok(()),
                Err(_) => copy_plain(from, to),
            },
            From::Copy { file, digest, parts, bytes } => copy_out(file, digest, parts.as_deref(), *bytes, to),
            From::Link { folder, name, .. } => copy_plain(&folder.read_file(name)?, to),
            From::Facts(_) | From::Target(_) => Ok(()),
        }
    }
}

/// Sets owner, attributes, mode and times. An owner that we may not give, or attributes that are not ours to set, are left
/// as they come.
pub(super) fn finish(
    parent: &Place,
    name: &OsStr,
    facts: &FactsLine,
    attributes: &[(Untrusted, Untrusted)],
) -> io::Result<()> {
    let now = parent.facts_of(name)?;
    if (now.owner, now.group) != (facts.owner, facts.group) {
        refused_is_fine(parent.set_owner(name, facts.owner, facts.group))?;
    }
    for (attribute, value) in attributes {
        refused_is_fine(parent.set_attribute(name, os(attribute.as_bytes()), value.as_bytes()))?;
    }
    // A change of owner takes set-user-id away, so the mode comes after it.
    parent.set_mode(name, facts.mode)?;
    parent.set_times(name, facts.read, facts.written)
}

fn refused_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}
