//! What of the destroyed is kept, as the panel shows it.

/// How the keep-store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreStatus {
    /// What all sessions' kept things take, in bytes.
    pub bytes: u64,
    /// What they may take, in bytes.
    pub budget_bytes: u64,
    /// How many things this session has kept.
    pub kept: u64,
    /// How many it could not keep.
    pub not_kept: u64,
}
