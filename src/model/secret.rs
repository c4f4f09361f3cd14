//! A credential as it is shown: never its value.

use serde::{Deserialize, Serialize};

use super::{SecretId, Untrusted};

/// A Secret in a Case: its letter, what is shown of it, and where it was first seen (`UX.md`, R5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHandle {
    /// The letter it goes by.
    pub id: SecretId,
    /// What it is: `GitHub token`.
    pub kind: String,
    /// How it is shown: `ghp_…3f9a`.
    pub handle: String,
    /// The file or the command where it was first seen, with the line, if that is known.
    pub seen: Option<Untrusted>,
    /// Hex of the keyed digest of its value.
    pub digest: String,
}
