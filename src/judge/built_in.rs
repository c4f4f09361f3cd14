//! The packs that come with the program.

use super::ordinary::Ordinary;
use super::pack::{Pack, PackError};
use super::shipped::{Shipped, shipped};

/// Every pack that comes with the program.
pub(super) const PACKS: &[Shipped] = &[
    shipped!("cloud"),
    shipped!("containers"),
    shipped!("databases"),
    shipped!("files"),
    shipped!("frameworks"),
    shipped!("git"),
    shipped!("infrastructure"),
    shipped!("network"),
    shipped!("packages"),
    shipped!("privilege"),
    shipped!("production"),
    shipped!("remote_exec"),
    shipped!("secrets"),
    shipped!("system"),
    shipped!("tampering"),
];

/// What tools do, as it comes with the program.
pub(super) const TOOLS: Shipped = shipped!("tools");

/// The packs that come with the program.
///
/// # Errors
/// [`PackError`] where one of them is not whole; the tests see to it that none is.
pub fn built_in() -> Result<Vec<Pack>, PackError> {
    // Side by side: they are the better part of what a start computes.
    let (first, second) = PACKS.split_at(PACKS.len() / 2);
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| read(second));
        let mut packs = read(first)?;
        packs.extend(beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(packs)
    })
}

fn read(packs: &[Shipped]) -> Result<Vec<Pack>, PackError> {
    packs.iter().map(|pack| Pack::from_table(pack.name, pack.text, &pack.table()?)).collect()
}

/// What tools do to files in their ordinary work, as it comes with the program.
///
/// # Errors
/// [`PackError`] where the table is not whole; the tests see to it that it is.
pub fn ordinary_tools() -> Result<Ordinary, PackError> {
    Ordinary::from_table(TOOLS.name, TOOLS.text, &TOOLS.table()?)
}
