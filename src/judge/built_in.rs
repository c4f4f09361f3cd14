//! The packs that come with the program.

use super::pack::{Pack, PackError};

/// Name and text of every pack that comes with the program.
const PACKS: &[(&str, &str)] = &[("files", include_str!("../../rules/files.toml"))];

/// The packs that come with the program.
///
/// # Errors
/// [`PackError`] where one of them is not whole; the tests see to it that none is.
pub fn built_in() -> Result<Vec<Pack>, PackError> {
    PACKS.iter().map(|(name, text)| Pack::parse(name, text)).collect()
}
