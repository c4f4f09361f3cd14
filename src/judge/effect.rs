//! What a program does, in words that rules can speak about.

use super::ground::Ground;
use crate::model::Span;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $help:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $help] $variant,)*
        }

        impl $name {
            /// All of them, as rules may write them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its word, as rules write it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What it means, as a sentence.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What is done.
    Deed {
        Remove "remove" "A file or folder goes away."
        Empty "empty" "A file loses its content and gets nothing for it."
        Overwrite "overwrite" "A file that is known to have content gets other content, and nothing keeps the old."
        Write "write" "A file is made or gets other content."
        Append "append" "A file gets more content."
        Change "change" "A file is edited in place."
        Move "move" "A file or folder gets another place."
        Read "read" "A file's content is read."
        List "list" "A folder's names are read."
        Search "search" "Many files' content is read for a pattern that speaks of secrets."
        Send "send" "A file's content leaves the machine."
        SendUnseen "send-unseen" "Content that nobody has seen leaves the machine."
        Serve "serve" "A folder is offered to whoever reaches this machine."
        Permit "permit" "A file's owner or rights change."
        PermitAll "permit-all" "Everybody gets every right to a file."
        PermitRoot "permit-root" "A program gets its owner's rights whoever runs it."
        RunFetched "run-fetched" "Code is run as it comes from the network."
        RunDownloaded "run-downloaded" "A file is run that the same text has just fetched."
        RunPackage "run-package" "A package that nobody chose a version of is fetched and run at once."
        RunUnseen "run-unseen" "Code is run that is made where nobody sees it."
        PrintVariables "print-variables" "The variables of a process are printed."
        PrintSecret "print-secret" "A secret variable is printed."
        KillSelf "kill-supervisor" "The supervisor, or a parent of the agent, gets a signal."
        KillAll "kill-all" "Every process it may signal gets a signal."
        Kill "kill" "A process gets a signal."
        Discard "discard" "Changes that are in no commit go away."
        SkipChecks "skip-checks" "The checks before a commit or a push are told to pass."
        Type "type" "Keys are pressed in another terminal."
        RemoteRemove "remote-remove" "A provider's tool takes something away that is not on this machine."
        UnknownRemove "unknown-remove" "A tool that is not known, but sounds like a provider's, takes something away."
        RemoteChange "remote-change" "A provider's tool changes something that is not on this machine."
        StoreEmpty "store-empty" "A whole store of keys or documents is emptied."
        StoreRemove "store-remove" "Keys or documents that nobody counted go out of a store."
        StoreRemoveOne "store-remove-one" "Keys or documents that are named go out of a store."
        StoreGuard "store-guard" "A store loses what keeps its data: persistence, a replica, its process."
        CodeRemove "code-remove" "Inline code removes a place that is not in the text."
    }
}

impl Deed {
    /// What is said of a deed that changes a file; `None` for one that does not.
    #[must_use]
    pub(super) fn changing(self) -> Option<&'static str> {
        match self {
            Self::Remove
            | Self::CodeRemove
            | Self::RemoteRemove
            | Self::UnknownRemove
            | Self::StoreEmpty
            | Self::StoreRemove
            | Self::StoreRemoveOne => Some("removes"),
            Self::Empty => Some("empties"),
            Self::Overwrite | Self::Write => Some("writes"),
            Self::Append => Some("writes to"),
            Self::Change | Self::RemoteChange | Self::StoreGuard => Some("changes"),
            Self::Move => Some("moves"),
            Self::Discard => Some("throws away changes of"),
            Self::Permit | Self::PermitAll | Self::PermitRoot => Some("changes the rights of"),
            Self::Read
            | Self::List
            | Self::Search
            | Self::Send
            | Self::SendUnseen
            | Self::Serve
            | Self::RunFetched
            | Self::RunPackage
            | Self::Type
            | Self::SkipChecks
            | Self::RunDownloaded
            | Self::RunUnseen
            | Self::PrintVariables
            | Self::PrintSecret
            | Self::KillSelf
            | Self::KillAll
            | Self::Kill => None,
        }
    }
}

/// A set of deeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deeds(u64);

const _: () = assert!(Deed::ALL.len() <= 64, "a set has a bit for each deed");

impl Deeds {
    /// The set of these.
    pub(super) fn of(deeds: impl Iterator<Item = Deed>) -> Self {
        Self(deeds.fold(0, |set, deed| set | 1 << deed as u64))
    }

    /// Whether a deed is in both.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// One thing that a program does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What is done.
    pub deed: Deed,
    /// To what: a path as it ends up, or what is known of it.
    pub target: String,
    /// What that is to the project.
    pub ground: Ground,
    /// Whether all that lies below it is meant as well.
    pub reach: Reach,
    /// Where in the text it says so.
    pub span: Span,
}

words! {
    /// How much an effect takes.
    Reach {
        One "one" "One file."
        Tree "tree" "A folder with all below it, or whatever a pattern finds."
    }
}
