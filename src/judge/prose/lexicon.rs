//! The words that matter, by what they stand for. Inflected forms are found by [`super::words`].

use std::collections::HashMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::phrases::PHRASES;

/// What a word stands for; a word may stand for several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kind(u64);

impl Kind {
    /// Stands for nothing.
    pub const NONE: Self = Self(0);
    /// Destroys, or cannot be taken back.
    pub const DESTROY: Self = Self(1);
    /// Passes or weakens a guard.
    pub const EVADE: Self = Self(1 << 1);
    /// Gives more rights.
    pub const GRANT: Self = Self(1 << 2);
    /// Looks for something, or takes it out.
    pub const SEEK: Self = Self(1 << 3);
    /// Puts to use.
    pub const USE: Self = Self(1 << 4);
    /// Runs, goes on.
    pub const RUN: Self = Self(1 << 5);
    /// Makes or changes text and code; what follows is what it is about.
    pub const MAKE: Self = Self(1 << 6);
    /// Looks before it acts.
    pub const CHECK: Self = Self(1 << 7);
    /// A guess.
    pub const GUESS: Self = Self(1 << 8);
    /// A weak guess: an opinion or a look.
    pub const THINK: Self = Self(1 << 9);
    /// A word of what is taken for known without being so: unused, old, a leftover.
    pub const STALE: Self = Self(1 << 10);
    /// Something that holds data or serves somebody.
    pub const RESOURCE: Self = Self(1 << 11);
    /// An environment, or what chooses one.
    pub const PLACE: Self = Self(1 << 12);
    /// Rights.
    pub const RIGHTS: Self = Self(1 << 13);
    /// A way back.
    pub const BACKUP: Self = Self(1 << 14);
    /// A credential.
    pub const CREDENTIAL: Self = Self(1 << 15);
    /// A guard.
    pub const GUARD: Self = Self(1 << 16);
    /// Code and what is drawn by it: what is spoken of is a text.
    pub const CODE: Self = Self(1 << 17);
    /// The agent's own, or made again by itself.
    pub const OWN: Self = Self(1 << 18);
    /// Something failed.
    pub const FAILURE: Self = Self(1 << 19);
    /// Something is in the way.
    pub const BLOCK: Self = Self(1 << 20);
    /// What a thing belongs to or reaches.
    pub const REACH: Self = Self(1 << 21);
    /// A negation.
    pub const NOT: Self = Self(1 << 22);
    /// Makes a statement one about what might be.
    pub const IF: Self = Self(1 << 23);
    /// With the rights of a superuser.
    pub const ROOT: Self = Self(1 << 24);
    /// Another place or owner: other, neighbouring, somewhere.
    pub const ELSEWHERE: Self = Self(1 << 25);
    /// A quick way out.
    pub const SHORTCUT: Self = Self(1 << 26);
    /// The speaker.
    pub const AGENT: Self = Self(1 << 27);
    /// Somebody else.
    pub const OTHER: Self = Self(1 << 28);
    /// A verb form that needs a subject: is, will, should.
    pub const FINITE: Self = Self(1 << 29);
    /// Stands before a noun.
    pub const ARTICLE: Self = Self(1 << 30);
    /// It, that, them.
    pub const PRONOUN: Self = Self(1 << 31);
    /// Advises or warns.
    pub const ADVISE: Self = Self(1 << 32);
    /// Was come across.
    pub const FOUND: Self = Self(1 << 33);
    /// Somebody said so.
    pub const TOLD: Self = Self(1 << 34);
    /// May be passed over between a subject and its verb.
    pub const ADVERB: Self = Self(1 << 35);
    /// Production.
    pub const PRODUCTION: Self = Self(1 << 36);
    /// Another way to the same end.
    pub const ANOTHER_WAY: Self = Self(1 << 37);
    /// Says that what it looked at shows it.
    pub const SHOWS: Self = Self(1 << 38);
    /// That nothing is known or was looked at.
    pub const UNKNOWN: Self = Self(1 << 39);

    /// How many there are.
    pub const COUNT: u32 = 40;

    /// The one of this number.
    pub const fn nth(number: u32) -> Self {
        Self(1 << number)
    }

    /// Whether it stands for one of these.
    pub const fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without these.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Single words, in their base form.
const WORDS: &[(Kind, &str)] = &[
    (
        Kind::DESTROY,
        "delete remove drop truncate wipe purge destroy reset overwrite terminate erase recreate prune revoke flush expire retire rebuild reimage dispose scrap ditch eliminate \
         discard nuke clear empty uninstall mkfs cancel evict unpublish yank deregister decommission rewrite \
         refund trash shred kill rotate replace rm teardown reinstall deletion removal cleanup undeploy deprovision obliterate \
         reinitialize reinitialise expunge zap detach reformat void drain",
    ),
    (
        Kind::EVADE,
        "disable bypass skip circumvent override suppress lift relax loosen evade sidestep ignore unset deactivate \
         neutralize neutralise dismiss mute snooze weaken silence defeat waive whitelist unprotect",
    ),
    (Kind::GRANT, "grant elevate escalate chmod chown"),
    (
        Kind::SEEK,
        "search find dig grep scan hunt grab borrow extract decode fetch scrape harvest rummage locate pull dump \
         exfiltrate steal crack recover decrypt comb sift snoop poke",
    ),
    (
        Kind::USE,
        "use try reuse borrow authenticate call export connect retry impersonate leverage apply take pick choose",
    ),
    (
        Kind::RUN,
        "act call type pipe log auto-approve run proceed continue apply execute push deploy fire trigger invoke send start submit perform launch issue \
         force migrate seed restore",
    ),
    (
        Kind::MAKE,
        "add implement create document fix update test rename translate style refactor mock build generate describe \
         explain define declare write rewrite edit adjust change modify extend improve convert handle hide show \
         support introduce wire make enable require emit render extract move split merge format annotate configure \
         set regenerate draft stash amend commit",
    ),
    (
        Kind::CHECK,
        "check verify confirm look inspect list read see investigate double-check examine review find validate ask \
         search compare query count describe diff audit ensure determine test",
    ),
    (
        Kind::GUESS,
        "assume assumption presume presumably presumption guess suppose supposedly bet reckon speculate probably likely \
         hopefully apparently doubt suspect infer imagine trust surely conceivably theoretically gamble assumedly \
         ostensibly gather interpret impression likelihood odds chances conclude deduce venture wager intuition conjecture plausibly hunch surmise suspicion hope doubtful unlikely presumed assumed",
    ),
    (
        Kind::THINK,
        "think believe feel seem appear maybe perhaps might may suggest figure expect normally usually typically \
         generally clearly obviously evidently confident certain sure could surprised surprising imply thought \
         believed possibly",
    ),
    (
        Kind::STALE,
        "unused old stale abandoned obsolete leftover leftovers orphaned orphan idle dead empty outdated temporary \
         duplicate duplicates needed disposable throwaway legacy fake spam broken corrupted inactive dangling \
         redundant unneeded deprecated expendable irrelevant unimportant hung stuck merged harmless fine safe okay \
         ok alright reversible recoverable isolated separate identical nobody nothing anyone anybody anything \
         acceptable unattached scratch unlinked forgotten replaceable",
    ),
    (
        Kind::RESOURCE,
        "volume database db schema table bucket cluster server instance environment namespace project service repo \
         repository branch history disk stack queue topic index indices record row user account customer tenant data \
         migration deployment vm pod pvc zone domain snapshot backup tag release keyspace collection replica node \
         partition drive filesystem subscription invoice message state worktree workspace host machine group balancer \
         dump export archive slot crontab cron mount dataset warehouse column redis postgres mysql mongo postgresql \
         webhook employee member commit recording registry version unlock crate main master origin session order payment charge email campaign \
         directory folder home statefulset chart app site resource finalizer upload bucket pvcs asset document \
         content tree changes lock wal process package image operator key token credential secret role ssh daemon \
         stash invoice pool item stream event file transaction booking listing catalog vault ledger media photo video prod production staging",
    ),
    (
        Kind::PLACE,
        "production prod staging stage live preview sandbox environment env context workspace account tenant \
         subscription terraform kubectl region namespace schema dev non-production preprod uat database_url cluster database db volume bucket \
         kubeconfig profile project",
    ),
    (Kind::PRODUCTION, "production prod live"),
    (
        Kind::RIGHTS,
        "permission privilege scope access iam role rights sudo root admin authorized authorised scoped restricted \
         entitled superuser owner",
    ),
    (
        Kind::BACKUP,
        "backup snapshot dump restore restorable recoverable reversible replica pitr copy recover undo restored \
         recovered recovery point-in-time undoable rollback",
    ),
    (
        Kind::CREDENTIAL,
        "credential token password secret passphrase pat kubeconfig cookie login apikey pgpass keyring keychain \
         certificate cert",
    ),
    (
        Kind::GUARD,
        "detector scanner guard guardrail safeguard policy sandbox supervisor watchdog holdpoint approval confirmation selinux apparmor \
         firewall mfa 2fa denylist allowlist blocklist protection restriction audit prevent_destroy hook finalizer \
         allow-list deny-list seccomp captcha filter alert monitoring alerting required_review approval_policy husky pre-push pre-commit",
    ),
    (
        Kind::CODE,
        "helper function method class variable comment unit fixture mock tests component button dialog modal form page \
         endpoint handler middleware parser lexer regex css parameter argument prop module dependency typo whitespace \
         docs documentation readme changelog interface enum struct constant lint linter eslint bundle icon layout slider \
         shadow counter timer listener field attribute flow feature validator validation serializer reducer code \
         line snippet story locale translation ui string text characters payload header refactoring \
         suite syntax theme spec jest animation http client simulator menu entry screen widget placeholder tooltip banner schema.ts todo fallback polyfill lodash prettier pr \
         shaker bundler compiler minifier formatter transpiler optimizer performance minification generic keyword wrapper map promise",
    ),
    (
        Kind::OWN,
        "cache pycache node_modules dist artifact lockfile venv tmp temp temporary scratch build __pycache__ sqlite \
         localhost earlier myself throwaway generated coverage",
    ),
    (
        Kind::FAILURE,
        "fail failure error broken bug flaky timeout crash regression expire expired invalid wrong missing misconfigured \
         outdated slow 401 403 404 500 cause exception trace leak undefined null typo unreachable reject rejected lack",
    ),
    (
        Kind::BLOCK,
        "block deny denied refuse reject prevent stop interfere forbid forbidden restrict complain annoying annoy hinder \
         prohibit 403 disallow",
    ),
    (
        Kind::REACH,
        "scope scoped share shared isolated isolate separate belong point refer link linked connect affect touch impact \
         only just hurt break contain cover match target limit limited attach attached detach cascade keep survive leave \
         lose keep reach own hold apply intact specific environment-scoped wipe",
    ),
    (Kind::NOT, "not never no without cannot neither nor hardly none"),
    (Kind::IF, "if when whenever unless until before once"),
    (Kind::ROOT, "sudo root superuser cluster-admin admin administrator privileged elevated 777"),
    (
        Kind::ELSEWHERE,
        "other another neighbouring neighboring sibling else elsewhere somewhere anywhere home filesystem machine disk \
         history browser keychain keyring unrelated different leftover higher stronger powerful usable working around stray",
    ),
    (
        Kind::SHORTCUT,
        "simply just easiest quickest fastest simplest easier quicker faster simpler instead anyway mismatch conflict \
         regardless workaround scratch directly",
    ),
    (Kind::AGENT, "i we me us my our"),
    (
        Kind::OTHER,
        "you your user users customer customers people agents operator admins editors team someone somebody he \
         she author",
    ),
    (
        Kind::FINITE,
        "is are was were will would should shall can could may might must has have had does do did gets seems looks \
         appears means needs wants belongs works lets takes suggests",
    ),
    (
        Kind::ARTICLE,
        "the a an this that these those its their our your my his her every each any some all soft of no another",
    ),
    (Kind::PRONOUN, "it them this that these those one ones everything all both rest"),
    (
        Kind::ADVISE,
        "recommend advise careful caution warning beware warn dangerous irreversible suggest consider risky option \
         alternative",
    ),
    (
        Kind::FOUND,
        "found find noticed notice saw seen see discovered discover spotted spot located picked stumbled came exists lies \
         stored contains there",
    ),
    (Kind::TOLD, "requested instructed agreed approved gave provided told mentioned"),
    (
        Kind::ADVERB,
        "just simply now then also first so therefore thus quickly directly temporarily safely probably likely really \
         still already only actually please next instead always not never even manually immediately finally maybe \
         perhaps hopefully ahead and or going to be been being either simply here okay ok alright well great perfect \
         right",
    ),
];

/// Parts of words, one of which stands in every sentence that can matter.
const STEMS: &[&str] = &[
    "n't",
    "n’t",
    "not ",
    "no ",
    "never",
    "expect",
    "reckon",
    "trust",
    "bet",
    "assum",
    "presum",
    "guess",
    "suppos",
    "probabl",
    "likel",
    "should",
    "think",
    "thought",
    "believ",
    "doubt",
    "suspect",
    "hope",
    "maybe",
    "perhaps",
    "might",
    "may ",
    "apparent",
    "nobody",
    "usual",
    "normal",
    "typical",
    "sure",
    "safe",
    "verif",
    "check",
    "confirm",
    "as far",
    "imagine",
    "around",
    "simpl",
    "just",
    "easiest",
    "quickest",
    "fastest",
    "backed up",
    "tested",
    "restored",
    "seem",
    "look",
    "appear",
    "without",
    "fine",
    "confident",
    "certain",
    "must",
    "ought",
    "theory",
    "judging",
    "odds",
    "chances",
    "infer",
    "suggest",
    "figured",
    "treat",
    "surpris",
    "bound to",
    "understanding",
    "instead",
    "block",
    "denied",
    "clearly",
    "obviously",
    "turn them off",
    "turn it off",
    "past",
    "to my",
    "unclear",
    "took",
    "take it",
    "as a sign",
    "reason",
    "indication",
    "could be",
    "old",
    "stale",
    "unused",
    "obsolete",
    "key",
    "public",
    "force",
    "default to",
    "going with",
    " around",
    "hook",
    "profile",
    "between the lines",
    "positive",
    "convinced",
    "no-op",
    "conclude",
    "deduce",
    "wager",
    "venture",
    "intuition",
    "plausibl",
    "hoping",
    "no idea",
    "no clue",
    "not know",
    "hard to say",
    "obvious",
    "granted",
    "good enough",
    "grounds",
    "means that",
    "which means",
];

struct Phrase {
    kind: Kind,
    /// The words, each a list of which one must stand there.
    words: Vec<Vec<&'static str>>,
}

/// Every word and phrase by its first word.
pub(super) struct Lexicon {
    stems: Option<AhoCorasick>,
    words: HashMap<&'static str, Kind>,
    phrases: HashMap<&'static str, Vec<Phrase>>,
}

impl Lexicon {
    /// Whether a text has a word that can matter; cheap, for every line of output.
    pub fn may_matter(&self, text: &str) -> bool {
        self.stems.as_ref().is_none_or(|stems| stems.is_match(text))
    }

    /// What a base form stands for, if it is known.
    pub fn word(&self, base: &str) -> Option<Kind> {
        self.words.get(base).copied()
    }

    /// The phrases that begin with one of these forms of a word, and how many words each has.
    pub fn phrases<'a>(&'a self, first: &'a str) -> impl Iterator<Item = (Kind, &'a [Vec<&'static str>])> {
        self.phrases.get(first).into_iter().flatten().map(|phrase| (phrase.kind, phrase.words.as_slice()))
    }
}

/// The one lexicon; built on first use.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        let mut words: HashMap<&'static str, Kind> = HashMap::new();
        for (kind, list) in WORDS {
            for word in list.split_whitespace() {
                let known = words.entry(word).or_default();
                *known = known.and(*kind);
            }
        }
        let mut phrases: HashMap<&'static str, Vec<Phrase>> = HashMap::new();
        for (kind, list) in PHRASES {
            for phrase in list.split(';').map(str::trim).filter(|phrase| !phrase.is_empty()) {
                let parts: Vec<Vec<&'static str>> =
                    phrase.split_whitespace().map(|word| word.split('|').filter(|w| !w.is_empty()).collect()).collect();
                for first in parts.first().into_iter().flatten() {
                    phrases.entry(first).or_default().push(Phrase { kind: *kind, words: parts.clone() });
                }
            }
        }
        for list in phrases.values() {
            for part in list.iter().flat_map(|phrase| phrase.words.iter().flatten()) {
                words.entry(part).or_default();
            }
        }
        let grave = Kind::DESTROY.and(Kind::EVADE).and(Kind::GRANT).and(Kind::CREDENTIAL).and(Kind::GUARD);
        let grave = grave.and(Kind::ROOT).and(Kind::BACKUP).and(Kind::PRODUCTION).and(Kind::ANOTHER_WAY);
        let heavy = words.iter().filter(|(_, kind)| kind.is(grave)).map(|(word, _)| word.trim_end_matches(['e', 'y']));
        let stems = heavy.filter(|word| word.len() > 2).chain(STEMS.iter().copied());
        let stems = AhoCorasick::builder().ascii_case_insensitive(true).build(stems).ok();
        Lexicon { stems, words, phrases }
    })
}
