//! What this session may touch: the declared scope, and acts that leave it.

/// The environment that a session may touch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Its name, as the operator gave it.
    pub name: String,
    /// What is known of environments here: names, hosts, contexts and projects of each, in which `*` stands for any text.
    pub known: Vec<(String, Vec<String>)>,
}
