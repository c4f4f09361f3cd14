//! Where the paths of a file call lead to, as its caller sees them.

use std::io;
use std::os::unix::ffi::OsStrExt;

use super::{Found, KIN_FOR, Look, PATH_BYTES_MAX, Performer};
use crate::gate::filecall::Spot;
use crate::gate::files::FileLook;
use crate::gate::paths::{fault, not_found, split, unreadable};

use crate::gate::sight::Mark;
use crate::gate::view::{Base, View};
use crate::sys::{self, Deadline, Errno, Facts, FileKind, Place, ProcId};

impl Look<'_> {
    pub(super) fn find(&mut self, spot: Spot) -> Result<Found, FileLook> {
        let asked = self.path(spot)?;
        self.find_path(spot.base, asked)
    }

    pub(super) fn path(&mut self, spot: Spot) -> Result<Vec<u8>, FileLook> {
        let (asked, is_cut) = self.memory.string(spot.address, PATH_BYTES_MAX).map_err(|error| fault(&error))?;
        if is_cut { Err(FileLook::Fails(Errno::NAMETOOLONG)) } else { Ok(asked) }
    }

    pub(super) fn find_path(&mut self, base: Base, asked: Vec<u8>) -> Result<Found, FileLook> {
        let Some((folder, name)) = split(&asked) else {
            let is_nothing = asked.is_empty() && self.does.is_some();
            return Err(if is_nothing { FileLook::Fails(Errno::NOENT) } else { FileLook::Passes });
        };
        let folder = if folder.is_empty() {
            // A single name means the same under any root.
            View::base_of(self.call.thread, base).map_err(|error| not_found(true, &error))?
        } else {
            let view = self.view()?;
            view.open(base, folder).map_err(|error| not_found(view.is_ours(), &error))?
        };
        let facts = match folder.facts_of(name) {
            Ok(facts) => Some(facts),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(not_found(true, &error)),
        };
        if asked.ends_with(b"/") && facts.is_some_and(|facts| facts.kind != FileKind::Folder) {
            return Err(FileLook::Fails(Errno::NOTDIR));
        }
        let id = folder.fact().map_err(|error| unreadable("the folder", &error))?.id;
        let name = name.to_owned();
        Ok(Found { asked, base, folder, id, name, facts })
    }

    /// Where a link leads to: a name in a folder, or a place that has none that we could use.
    pub(super) fn follow(&mut self, link: Found) -> Result<Result<Found, (Place, Facts)>, FileLook> {
        let view = self.view()?;
        let place = match view.open(link.base, &link.asked) {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.follow_to_nothing(link).map(Ok),
            Err(error) => return Err(not_found(view.is_ours(), &error)),
        };
        let facts = place.facts().map_err(|error| unreadable("the file", &error))?;
        let path = view.inside(place.path().map_err(|error| unreadable("the file", &error))?);
        match self.find_path(Base::Cwd, path) {
            Ok(found) if found.facts.is_some_and(|there| there.id == facts.id) => {
                Ok(Ok(Found { asked: link.asked, base: link.base, ..found }))
            }
            _ => Ok(Err((place, facts))),
        }
    }

    /// A link to what is not there: the place where an open would make it.
    fn follow_to_nothing(&mut self, link: Found) -> Result<Found, FileLook> {
        const LINKS_MAX: usize = 40;
        let asked = link.asked.clone();
        let mut link = link;
        for _ in 0..LINKS_MAX {
            let leads_to = link.folder.link_target(&link.name).map_err(|error| unreadable("the link", &error))?;
            let view = self.view()?;
            let folder = view.inside(link.folder.path().map_err(|error| unreadable("the link", &error))?);
            let path = match leads_to.as_bytes() {
                path if path.starts_with(b"/") => path.to_vec(),
                path => [folder.as_slice(), b"/", path].concat(),
            };
            link = self.find_path(Base::Cwd, path)?;
            if link.facts.is_none_or(|facts| facts.kind != FileKind::Link) {
                return Ok(Found { asked, ..link });
            }
        }
        Err(FileLook::Fails(Errno::LOOP))
    }

    pub(super) fn kin(&mut self) -> Result<(ProcId, ProcId), FileLook> {
        if let Some(kin) = self.kin {
            return Ok(kin);
        }
        let thread = self.call.thread;
        let known = self.gate.kin.filter(|(known, _, until)| *known == thread && !until.is_over());
        let kin = match known {
            Some((_, kin, _)) => kin,
            None => sys::kin_of(thread).map_err(|error| unreadable("its process", &error))?,
        };
        if known.is_none() {
            self.gate.kin = Some((thread, kin, Deadline::after(KIN_FOR)));
        }
        self.kin = Some(kin);
        Ok(kin)
    }

    pub(super) fn view(&mut self) -> Result<View, FileLook> {
        if let Some(view) = self.view {
            return Ok(view);
        }
        let view = View::of(self.kin()?.0, self.call.thread);
        self.view = Some(view);
        Ok(view)
    }

    /// How the caller sees the file system, and the path of what it would hit as the kernel shows it to us.
    pub(super) fn placed(&mut self, target: &Mark) -> Result<(View, Vec<u8>), FileLook> {
        let thread = self.call.thread;
        let Mark::Name(folder, id, name) = target else {
            return Ok((self.view()?, target.path().map_err(|error| unreadable("where it lies", &error))?));
        };
        // What we perform ourselves is performed at a place that was looked at for this call.
        let known = if self.gate.performer == Performer::Kernel { self.gate.folders.of(thread, *id) } else { None };
        if let Some((view, folder)) = known {
            return Ok((view, Mark::path_below(folder, name)));
        }
        let view = self.view()?;
        let path = folder.path().map_err(|error| unreadable("where it lies", &error))?;
        self.gate.folders.names(thread, *id, view, &path);
        Ok((view, Mark::path_below(&path, name)))
    }
}
