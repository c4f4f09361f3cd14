//! Providers' tools: what they do to things that are not on this machine.

use super::Collect;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::remote::{self, Manner};

pub(super) fn collect(collect: &mut Collect) {
    let Some(command) = remote::of(&collect.act.program, &collect.act.args) else { return };
    let deed = match command.manner {
        Manner::Reads => return,
        Manner::Changes => Deed::RemoteChange,
        Manner::Removes if command.is_known => Deed::RemoteRemove,
        Manner::Removes => Deed::UnknownRemove,
    };
    let target = command.target.unwrap_or(command.verb).text.clone();
    let span = collect.invocation().span;
    collect.deed(deed, &target, Ground::Outside, span);
}
