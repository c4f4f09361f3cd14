//! What the names of remote operations say: `volumeDelete`, `delete_all`, `TerminateInstances`.

/// How bad an operation's name sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    /// Something stops, and can be started again.
    Suspends,
    /// Something is taken away; often it can be put back.
    Removes,
    /// Something is gone.
    Destroys,
}

const DESTROYING: [&str; 16] = [
    "delete",
    "destroy",
    "purge",
    "drop",
    "wipe",
    "erase",
    "truncate",
    "terminate",
    "flush",
    "flushall",
    "flushdb",
    "nuke",
    "decommission",
    "deprovision",
    "obliterate",
    "shred",
];
const REMOVING: [&str; 19] = [
    "remove",
    "reset",
    "revoke",
    "clear",
    "cancel",
    "uninstall",
    "detach",
    "discard",
    "expunge",
    "rollback",
    "overwrite",
    "evict",
    "invalidate",
    "reinitialize",
    "rebuild",
    "reinstall",
    "reimage",
    "unset",
    "deregister",
];
const SUSPENDING: [&str; 9] =
    ["archive", "disable", "deactivate", "suspend", "pause", "stop", "close", "unpublish", "hide"];

/// Places of many people, out of which archiving them puts everybody.
const SHARED: [&str; 5] = ["conversations", "channel", "channels", "workspace", "repository"];

/// Words that make a name speak of a state or a request instead of the act.
const SOFTENING: [&str; 9] =
    ["undelete", "restore", "recover", "preview", "validate", "can", "is", "schedule", "dryrun"];

/// Things whose loss nobody gets over: all data, backups, whole accounts.
const GRAVE: [&str; 17] = [
    "volume",
    "volumes",
    "backup",
    "backups",
    "account",
    "accounts",
    "organization",
    "organizations",
    "organisation",
    "org",
    "orgs",
    "tenant",
    "tenants",
    "disk",
    "disks",
    "keyspace",
    "vault",
];

/// The words of a name: `volumeDelete` and `volume_delete` are `volume delete`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            last = ' ';
            continue;
        }
        let starts = !last.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && !last.is_ascii_uppercase());
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    words
}

/// What the name says it does, and the word that says so.
pub(super) fn harm_of(name: &str) -> Option<(Harm, String)> {
    let words = words(name);
    if words.iter().take(2).any(|word| SOFTENING.contains(&word.as_str())) {
        return None;
    }
    let is_shared = words.iter().any(|word| SHARED.contains(&word.as_str()));
    let of = |word: &String| {
        let word = word.as_str();
        if DESTROYING.contains(&word) {
            Some(Harm::Destroys)
        } else if REMOVING.contains(&word) || word == "archive" && is_shared {
            Some(Harm::Removes)
        } else if SUSPENDING.contains(&word) {
            Some(Harm::Suspends)
        } else {
            None
        }
    };
    let creates = words.first().is_some_and(|word| {
        matches!(word.as_str(), "create" | "get" | "list" | "describe" | "update" | "set" | "find" | "search")
    });
    if creates {
        return None;
    }
    words.iter().filter_map(|word| of(word).map(|harm| (harm, word.clone()))).max_by_key(|(harm, _)| *harm)
}

/// Whether a name speaks of something whose loss nobody gets over.
pub(super) fn is_grave(name: &str) -> bool {
    words(name).iter().any(|word| GRAVE.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_a_whole_word_of_the_name() {
        for (name, harm) in [
            ("volumeDelete", Some(Harm::Destroys)),
            ("delete_all", Some(Harm::Destroys)),
            ("TerminateInstances", Some(Harm::Destroys)),
            ("DynamoDB_20120810.DeleteTable", Some(Harm::Destroys)),
            ("removeMember", Some(Harm::Removes)),
            ("archiveProject", Some(Harm::Suspends)),
            ("conversations.archive", Some(Harm::Removes)),
            ("conversations.unarchive", None),
            ("deletedItems", None),
            ("undeleteItem", None),
            ("createDeleteRequest", None),
            ("dropdown", None),
            ("presets", None),
        ] {
            assert_eq!(harm_of(name).map(|(harm, _)| harm), harm, "{name}");
        }
    }
}
