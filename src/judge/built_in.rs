//! The packs that come with the program.

use super::ordinary::Ordinary;
use super::pack::{Pack, PackError};

/// Name and text of every pack that comes with the program.
const PACKS: &[(&str, &str)] = &[
    ("cloud", include_str!("../../rules/cloud.toml")),
    ("containers", include_str!("../../rules/containers.toml")),
    ("databases", include_str!("../../rules/databases.toml")),
    ("files", include_str!("../../rules/files.toml")),
    ("frameworks", include_str!("../../rules/frameworks.toml")),
    ("git", include_str!("../../rules/git.toml")),
    ("infrastructure", include_str!("../../rules/infrastructure.toml")),
    ("network", include_str!("../../rules/network.toml")),
    ("packages", include_str!("../../rules/packages.toml")),
    ("privilege", include_str!("../../rules/privilege.toml")),
    ("production", include_str!("../../rules/production.toml")),
    ("remote_exec", include_str!("../../rules/remote_exec.toml")),
    ("secrets", include_str!("../../rules/secrets.toml")),
    ("system", include_str!("../../rules/system.toml")),
    ("tampering", include_str!("../../rules/tampering.toml")),
];

/// The packs that come with the program.
///
/// # Errors
/// [`PackError`] where one of them is not whole; the tests see to it that none is.
pub fn built_in() -> Result<Vec<Pack>, PackError> {
    // Side by side: they are the better part of what a start computes.
    std::thread::scope(|scope| {
        let readers: Vec<_> = PACKS.iter().map(|(name, text)| scope.spawn(|| Pack::parse(name, text))).collect();
        let packs = readers.into_iter().map(|reader| reader.join());
        packs.map(|pack| pack.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// What tools do to files in their ordinary work, as it comes with the program.
///
/// # Errors
/// [`PackError`] where the table is not whole; the tests see to it that it is.
pub fn ordinary_tools() -> Result<Ordinary, PackError> {
    Ordinary::parse("tools", include_str!("../../rules/tools.toml"))
}
