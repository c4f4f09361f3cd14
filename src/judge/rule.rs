//! One declared danger with its examples.

use std::borrow::Cow;

use crate::model::{Class, RuleId, Tier};

use super::effect::{Deed, Reach};
use super::ground::Ground;

/// One declared danger with its examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its full name, `pack/rule`.
    pub id: RuleId,
    /// How bad a hit is.
    pub tier: Tier,
    /// What kind of danger it is.
    pub class: Class,
    /// In a few words, what happens.
    pub title: String,
    /// Why that matters.
    pub why: String,
    /// What to do instead.
    pub instead: Option<String>,
    /// How to take it back; `none` where there is no way, absent where nobody knows.
    pub undo: Option<String>,
    /// When it hits.
    pub when: When,
    /// Options whose value is what it hits; without them it is the first operand after the verb.
    pub target: Vec<String>,
    /// Texts it must hit.
    pub hit: Vec<Cow<'static, str>>,
    /// Texts it must not hit.
    pub miss: Vec<Cow<'static, str>>,
    /// The line of its pack on which it starts, from 1.
    pub line: u32,
}

/// When a rule hits: everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// The program is one of these, and none of those written `!name`.
    pub program: Vec<String>,
    /// Its verbs are one of these, such as `volume rm`.
    pub verb: Vec<Vec<String>>,
    /// One of its words is one of these.
    pub any: Vec<Pattern>,
    /// Each of these is one of its words.
    pub all: Vec<Pattern>,
    /// None of these is one of its words.
    pub none: Vec<Pattern>,
    /// It does one of these.
    pub effect: Vec<Deed>,
    /// And does it to one of these.
    pub ground: Vec<Ground>,
    /// And takes so much.
    pub reach: Option<Reach>,
    /// It acts on one of these environments.
    pub environment: Vec<EnvironmentWord>,
    /// It runs behind one of these.
    pub behind: Vec<Behind>,
}

super::effect::words! {
    /// What a word of a rule stands for.
    Hole {
        Anything "any" "Any text."
        Refspec "refspec" "A name of commits."
        Url "url" "An address."
        Path "path" "A path."
        Name "name" "A name."
        Production "production" "A name that speaks of production."
        Secret "secret" "A file that holds secrets."
    }
}

super::effect::words! {
    /// Which environment an act lands in.
    EnvironmentWord {
        Production "production" "Production."
        Remote "remote" "Anything that is not this machine."
        Unsaid "unsaid" "Nothing says which."
        Local "local" "This machine, a development or a test environment."
    }
}

super::effect::words! {
    /// What a program runs behind.
    Behind {
        Privilege "privilege" "Other rights."
        Remote "remote" "Another machine."
        Container "container" "A container."
        Item "item" "Once for each of many items."
        Runner "runner" "A package runner."
    }
}

/// A word as rules write it: literal, or with one hole such as `+<refspec>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The text before the hole, or all of it.
    pub before: String,
    /// The hole.
    pub hole: Option<Hole>,
    /// The text after the hole.
    pub after: String,
}
