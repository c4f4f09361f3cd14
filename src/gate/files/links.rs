//! Second names of files.

use super::{FileLook, Found, Look};
use crate::gate::filecall::Spot;
use crate::gate::paths::unreadable;
use crate::gate::sight::Mark;
use crate::model::FileDeed;
use crate::sys::{Facts, FileKind};

impl Look<'_> {
    pub(super) fn link(&mut self, of: Option<Spot>, name: Spot) -> Result<FileLook, FileLook> {
        let name = self.find(name)?;
        if self.forbids(&name) {
            let facts = name.folder.facts().map_err(|error| unreadable("the folder", &error))?;
            return self.sight(name, facts, FileDeed::Write, 0).map(FileLook::Forbidden);
        }
        let Some(of) = of else { return Ok(FileLook::Passes) };
        let of = self.find(of)?;
        match of.facts {
            Some(facts) if self.forbids(&of) => self.sight(of, facts, FileDeed::Write, 0).map(FileLook::Forbidden),
            Some(facts) => {
                if name.facts.is_none() {
                    self.named_again(of, facts, &name)?;
                }
                Ok(FileLook::Passes)
            }
            None => Ok(FileLook::Passes),
        }
    }

    /// Remembers by which name a file is known that gets another one: whoever takes the first away, and then the other,
    /// has moved it and removed it.
    fn named_again(&mut self, of: Found, facts: Facts, name: &Found) -> Result<(), FileLook> {
        let is_new = self.is_new(&facts, (of.id, &of.name));
        let failed = |error| unreadable("where it lies", &error);
        let known = match facts.kind {
            FileKind::File if is_new == Some(true) => return Ok(()),
            FileKind::File => Mark::path_in(&of.folder, &of.name).map_err(failed)?,
            // The name of a descriptor leads to what is open there.
            FileKind::Link => match self.follow(of)? {
                Ok(found) => Mark::path_in(&found.folder, &found.name).map_err(failed)?,
                Err((place, _)) => place.path().map_err(failed)?,
            },
            FileKind::Folder | FileKind::Pipe | FileKind::Socket | FileKind::Device => return Ok(()),
        };
        let path = Mark::path_in(&name.folder, &name.name).map_err(failed)?;
        self.gate.origins.linked(&known, &path);
        Ok(())
    }
}
