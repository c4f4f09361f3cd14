//! What a tool that nobody knows says it takes away, by its words and by its options.

use super::listed::Listed;
use super::remote::{self, OPERANDS_MAX};
use super::verbs;
use crate::shell::Word;

/// Things whose loss matters wherever they are kept.
static THINGS: Listed = Listed::of(
    "\
    database db table bucket volume disk filesystem fs server instance vm machine cluster vcluster pool account user \
    tenant backup snapshot keyspace collection index org organization project domain zone record queue topic stream \
    namespace deployment member repo repository secret service app application site environment pipeline workspace \
    customer role share dataset vhost release host node agent certificate",
);

/// Words that say of a tool nobody knows that something is gone.
static TAKES: Listed = Listed::of(
    "\
    delete destroy purge terminate wipe erase unpublish teardown undeploy deprovision decommission obliterate nuke \
    force-delete delete-all destroy-all factory-reset",
);

/// Such words where the thing stands beside them: alone they are said of entries and settings as well.
static TAKES_BESIDE: Listed = Listed::of("remove rm del undefine drop truncate flush revoke expunge cleanup uninstall");

/// Such words that say enough where nothing follows them: all that the tool has is meant.
static TAKES_ALL: Listed = Listed::of("destroy teardown wipe nuke obliterate factory-reset");

/// Options that say that nobody is to be asked, or that all of them are meant.
static FORCING: Listed =
    Listed::of("-f --force -y --yes --all --confirm --no-prompt --recursive -r -rf --force-delete");

/// What is made again by itself: nobody misses it.
static PASSING: Listed =
    Listed::of("cache caches tmp temp log logs build artifacts session sessions history alias config draft lock watch");

/// Tools of this machine whose things are made again: environments of packages, windows, entries of a list.
static HERE: Listed = Listed::of(
    "\
    git hg jj sl svn fossil pijul conda mamba micromamba poetry pdm hatch pipenv uv pip pixi flox npm pnpm yarn bun deno \
    cargo rustup gem bundle composer brew port apt dnf docker podman nerdctl kubectl oc helm kind minikube k3d colima \
    vagrant tmux screen zellij gh glab echo printf cat grep rg ag fd find sed awk jq yq ls man tldr which type command \
    test xargs env make just task rake rails mix dotnet php node python python3 ruby perl bash sh zsh fish psql mysql \
    sqlite3 redis-cli mongosh code vim nvim emacs terraform tofu pulumi ansible ansible-galaxy nmcli ip systemctl \
    journalctl launchctl defaults lxc incus virsh multipass limactl go java gradle mvn crontab at pass gopass zfs zpool \
    btrfs pueue todo watson timew nb nix nix-store flatpak snap jest vitest pytest playwright cypress cs csi toybox \
    busybox wine gcloud watchman mutagen opencode claude codex gemini qwen asdf mise volta fnm nvm n pyenv rbenv goenv \
    xh xhs http https curl curlie hurl restish tlmgr direnv hyprctl dunstctl cliphist xmlstarlet xml zip tar ya phar jar exiftool ed ex dconf gsettings tldr-lint pre-commit \
    prek ccache bazel meson ninja cmake rabbitmqadmin rclone sort tr cut tee skaffold tilt ko kapp garden devspace kustomize \
    prisma drizzle-kit typeorm sequelize-cli knex alembic xcrun adb nix-collect-garbage nix-env \
    nix-channel fvm abbr autojump j z",
);

/// What a tool that nobody knows says it takes away: `orb delete web`, `depot pool rm files`, `shelf drop-table orders`.
pub(super) fn verb<'a>(program: &str, args: &[&'a Word]) -> Option<&'a Word> {
    let first = args.first()?;
    let may_take = |word: &&Word| -> bool {
        let starts = ["de", "dr", "pu", "te", "wi", "er", "un", "ob", "nu", "fo", "fa", "re", "rm", "fl", "tr", "ex"];
        word.text.contains(['-', '_', ':']) || word.text.get(..2).is_some_and(|start| starts.contains(&start))
    };
    if !args.iter().take(OPERANDS_MAX).any(may_take) {
        return None;
    }
    if program.is_empty() || HERE.has(program) || remote::is_tool(program) || !is_word(&first.text) {
        return None;
    }
    let words: Vec<&Word> = args.iter().take_while(|word| is_word(&word.text)).take(OPERANDS_MAX).copied().collect();
    let is_thing = |text: &str| THINGS.has(text) || text.strip_suffix('s').is_some_and(|one| THINGS.has(one));
    let is_beside = |at: usize, what: &dyn Fn(&str) -> bool| {
        let near = [at.checked_sub(1), Some(at + 1)];
        near.into_iter().flatten().any(|at| words.get(at).is_some_and(|word| what(&word.text)))
    };
    let is_verb = |at: usize, text: &str| {
        // `tracker board card delete --key A-1`: after three nouns what follows is no sentence.
        let ends = at == VERB_PLACES && args.get(at + 1).is_some_and(|next| !is_word(&next.text));
        let is_alone = at == 0 && TAKES_ALL.has(text);
        let is_strong = TAKES.has(text) && (at < VERB_PLACES && args.len() > at + 1 || ends || is_alone);
        // `shelf rm --all --force web`
        let is_forced = at < VERB_PLACES && matches!(text, "rm" | "remove" | "drop") && {
            args.iter().any(|word| FORCING.has(&word.text)) && args.iter().any(|word| is_name(&word.text, text))
        };
        // `setup:uninstall`
        let is_task = at == 0
            && text.rsplit_once(':').is_some_and(|(before, last)| {
                (TAKES.has(last) || last == "uninstall") && !before.split(':').any(|part| PASSING.has(part))
            });
        // `drop-table`, `delete_vhost`, `records-delete`
        let joined = text.split_once(['-', '_']).is_some_and(|(one, other)| {
            let takes = |word: &str| TAKES.has(word) || TAKES_BESIDE.has(word);
            let is_told = at < VERB_PLACES && TAKES.has(one) && !PASSING.has(other);
            is_told || takes(one) && is_thing(other) || is_thing(one) && takes(other)
        });
        joined
            || is_strong
            || is_forced
            || is_task
            || (TAKES_BESIDE.has(text) || TAKES.has(text)) && is_beside(at, &is_thing)
    };
    let is_passing = |at: usize| is_beside(at, &|text: &str| PASSING.has(text));
    let found = words.iter().enumerate().find(|(at, word)| is_verb(*at, &word.text) && !is_passing(*at));
    found.map(|(_, word)| *word)
}

/// Programs whose options speak of text, of archives or of the files they are given.
static OF_FILES: Listed = Listed::of(
    "\
    rsync wget wget2 aria2c convert magick mogrify gm montage tar bsdtar gtar stow autoflake isort svgo patch rename \
    unzip 7z 7za rar pdftk qpdf mlr csvcut xsv qsv xan datamash update-alternatives gpg systemd-tmpfiles chkconfig \
    iptables ip6tables ipset ufw firewall-cmd modprobe sphinx-build mkdocs hugo jekyll eslint stylelint knip depcheck \
    ncu tsc vite webpack rollup parcel esbuild tsup tsdown swc babel jscodeshift comby sd pandoc latexmk tailwindcss \
    postcss purgecss dart flutter build_runner dagger htmlq setfacl fdupes jdupes rmlint msgattrib xgettext lftp mirror ffmpeg sox dpkg rpm",
);

/// What an option takes away that is made again, or that is a part of a text.
static SOFT: Listed = Listed::of(
    "\
    imports import unused comments comment metadata whitespace trailing blank empty after before during excluded \
    duplicates duplicate newline newlines ansi color colors suffix prefix extension background attributes attribute \
    tag tags label labels annotations quotes type types exports console debugger dead output outputs out dist modules \
    dev vcs branch source suppressions intermediate space spaces conflicting protection lines line caches env",
);

/// Whether a program is one of this machine, whose words say nothing of things elsewhere.
pub(super) fn is_here(program: &str) -> bool {
    HERE.has(program)
}

/// Verbs that make another side equal to what is here.
static MIRRORING: Listed = Listed::of("sync apply push deploy mirror reconcile import migrate set");

/// What is only on the other side, or all there is.
static EXTRA: Listed = Listed::of("missing removed extra extraneous deleted unknown all remote");

/// What an option of a tool says it takes away: `--delete-removed`, `--purge`, `--drop-database`.
pub(super) fn option<'a>(program: &str, args: &[&'a Word]) -> Option<&'a Word> {
    let found = taking_option(args)?;
    // What is edited is a file here, unless a copy of it elsewhere is made equal.
    let is_local = |word: &&'a Word| {
        let text = word.text.as_str();
        let has_ending = text.rsplit_once('.').is_some_and(|(before, end)| {
            !before.is_empty() && (2..=4).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        !word.is_flag()
            && !text.contains([':', '@'])
            && (text.starts_with(['/', '.']) || has_ending || text.contains('/'))
    };
    let is_far = |word: &&'a Word| !word.is_flag() && word.text.contains(':') || MIRRORING.has(&word.text);
    if args.iter().any(is_local) && !args.iter().any(is_far) {
        return None;
    }
    let is_known = HERE.has(program) || OF_FILES.has(program) || remote::is_tool(program);
    (!program.is_empty() && !is_known).then_some(found)
}

/// The option among these words that says that something goes away.
pub(super) fn taking_option<'a>(args: &[&'a Word]) -> Option<&'a Word> {
    let is_told = |word: &&&Word| match word.text.strip_prefix('-') {
        Some(long) if long.starts_with('-') => takes(&word.text, args),
        // `-deleteSnapshot`
        Some(word) if word.len() > LETTERS_MAX => takes(&verbs::words(word).join("-"), args),
        _ => false,
    };
    args.iter().take_while(|word| word.text != "--").find(is_told).copied()
}

/// The most letters of a cluster of short options.
const LETTERS_MAX: usize = 5;

/// Whether a long option says that something goes away.
fn takes(option: &str, args: &[&Word]) -> bool {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let mut parts: Vec<&str> = name.trim_start_matches('-').split('-').collect();
    if matches!(value, "false" | "no" | "none" | "0") {
        return false;
    }
    let is_forced =
        parts.len() > 1 && parts.first().is_some_and(|first| matches!(*first, "force" | "hard" | "permanently"));
    if is_forced {
        parts.remove(0);
    }
    let Some((first, rest)) = parts.split_first() else { return false };
    if rest.iter().any(|part| SOFT.has(part) || PASSING.has(part)) {
        return false;
    }
    let is_thing = |part: &&str| {
        let one = part.strip_suffix('s').unwrap_or(part);
        THINGS.has(part) || THINGS.has(one) || matches!(*part, "all" | "data" | "schema")
    };
    let speaks = |words: &[&str]| args.iter().any(|word| words.contains(&word.text.as_str()));
    let mirrors = || args.iter().any(|word| MIRRORING.has(&word.text));
    match *first {
        first if TAKES.has(first) => first != "terminate" || rest.iter().any(is_thing),
        "remove" if is_forced && rest.is_empty() => true,
        "remove" | "rm" | "drop" | "flush" | "truncate" | "revoke" | "expunge" | "undefine" => {
            rest.iter().any(is_thing)
        }
        "reset" => {
            rest.iter().any(is_thing) || rest.is_empty() && speaks(&["migrate", "db", "database", "schema", "seed"])
        }
        // What is only on the other side goes.
        "prune" => rest.iter().any(|part| EXTRA.has(part)) || rest.is_empty() && mirrors(),
        _ => false,
    }
}

/// How long what is kept has to be kept, not to be lost at once, in seconds.
const KEPT_SECONDS_MIN: u64 = 24 * 60 * 60;

/// The word that says that what is kept goes at once: `--retention 0`, `retention.ms=1`, `--expire-days=1`.
pub(super) fn expiring<'a>(program: &str, args: &[&'a Word]) -> Option<&'a Word> {
    if HERE.has(program) && !remote::is_tool(program) {
        return None;
    }
    let next = |at: usize| args.get(at + 1).map_or("", |word| word.text.as_str());
    let is_told = |(at, word): &(usize, &&Word)| {
        let text = word.text.as_str();
        text.contains(['t', 'x'])
            && match text.split_once('=') {
                // `--add-config cleanup.policy=delete,retention.ms=1`
                Some((name, value)) if !value.contains('=') => is_over(name, value),
                Some(_) => {
                    let pairs = text.split(['=', ',']).collect::<Vec<_>>();
                    pairs.windows(2).any(|pair| matches!(pair, [name, value] if is_over(name, value)))
                }
                None => text.starts_with('-') && is_over(text, next(*at)),
            }
    };
    args.iter().enumerate().find(is_told).map(|(_, word)| *word)
}

/// Whether a text of settings says that what is kept goes at once: `expire_days: 0`.
pub(super) fn expires(settings: &str) -> bool {
    let pairs = settings.lines().take(LINES_MAX).filter_map(|line| line.split_once(':'));
    pairs.into_iter().any(|(name, value)| is_over(name.trim(), value.trim().trim_matches(['"', '\'', ','])))
}

/// How many lines of settings are looked at.
const LINES_MAX: usize = 2_000;

/// Whether a setting of how long something is kept is next to nothing.
fn is_over(name: &str, value: &str) -> bool {
    if !value.starts_with(|c: char| c.is_ascii_digit()) || !name.to_ascii_lowercase().contains(['t', 'x']) {
        return false;
    }
    let words = verbs::words(name);
    let has = |word: &str| words.iter().any(|each| each == word || each.strip_suffix('s') == Some(word));
    let is_day = has("day");
    let is_kept = words.iter().any(|word| matches!(word.as_str(), "retention" | "retain" | "retained"))
        || is_day && words.iter().any(|word| matches!(word.as_str(), "expire" | "expires" | "expiration" | "expiry"));
    if !is_kept {
        return false;
    }
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let number: u64 = value.get(..digits).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
    let unit = value.get(digits..).unwrap_or_default();
    let seconds = match unit.chars().next() {
        _ if unit.starts_with("ms") || has("ms") => Some(number / 1000),
        Some('s') => Some(number),
        Some('m') => Some(number.saturating_mul(60)),
        Some('h') => Some(number.saturating_mul(60 * 60)),
        Some('d') => Some(number.saturating_mul(KEPT_SECONDS_MIN)),
        None if is_day => Some(number.saturating_mul(KEPT_SECONDS_MIN)),
        None if has("hour") => Some(number.saturating_mul(60 * 60)),
        None if has("byte") => Some(number),
        _ => None,
    };
    number == 0 || seconds.is_some_and(|seconds| seconds <= KEPT_SECONDS_MIN)
}

/// Whether a word may be the name of something, and is neither the verb nor a path.
fn is_name(text: &str, verb: &str) -> bool {
    text != verb && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.contains(['/', '.', '*'])
}

/// How many nouns may stand before a verb that says enough alone, and the verb itself.
const VERB_PLACES: usize = 2;

/// Whether a word may be one of a tool's own: a noun or a verb.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    /// The word of a line that one of the readers finds.
    fn found(by: for<'a> fn(&str, &[&'a Word]) -> Option<&'a Word>, line: &str) -> Option<String> {
        let words: Vec<Word> = line.split_whitespace().map(|text| Word::literal(text, Span(0, 1))).collect();
        let args: Vec<&Word> = words.iter().skip(1).collect();
        by(&words[0].text, &args).map(|word| word.text.clone())
    }

    #[test]
    fn a_tool_that_nobody_knows_says_what_it_takes_away() {
        for (line, expected) in [
            ("orb delete vm web", Some("delete")),
            ("depot pool delete files", Some("delete")),
            ("shelf tables drop old", Some("drop")),
            ("notes drop-table shop.db orders", Some("drop-table")),
            ("lake user rm dev", Some("rm")),
            ("lake plugin remove dev", None),
            ("lake models delete small", Some("delete")),
            ("lake delete_replica a b", Some("delete_replica")),
            ("lake delete-cache", None),
            ("lake delete old", Some("delete")),
            ("lake cache purge all", None),
            ("lake delete", None),
            ("lake destroy", Some("destroy")),
            ("lake rm --force web", Some("rm")),
            ("lake rm web", None),
            ("lake rm -f out/a.txt", None),
            ("lake setup:uninstall", Some("setup:uninstall")),
            ("lake cache:purge x", None),
            ("lake show delete", None),
            ("poetry env remove py", None),
            ("echo delete table", None),
            ("./run delete.sh volume", None),
            ("lake --help delete volume", None),
        ] {
            assert_eq!(found(verb, line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn an_option_of_a_tool_says_what_it_takes_away() {
        for (line, expected) in [
            ("shelf sync a b --delete-removed", Some("--delete-removed")),
            ("shelf --purge orders", Some("--purge")),
            ("shelf --drop-database shop", Some("--drop-database")),
            ("shelf --force-remove-user anna", Some("--force-remove-user")),
            ("shelf apply -f a.yaml --prune", Some("--prune")),
            ("shelf migrate --reset", Some("--reset")),
            ("shelf --flush-all", Some("--flush-all")),
            ("shelf --force-remove web", Some("--force-remove")),
            ("shelf --delete title a.mkv", None),
            ("shelf sync ./a remote:b --delete", Some("--delete")),
            ("shelf -deleteSnapshot monday", Some("-deleteSnapshot")),
            ("shelf test --reset", None),
            ("shelf fetch --prune", None),
            ("shelf check --prune-queries", None),
            ("shelf apply --prune-missing", Some("--prune-missing")),
            ("shelf --delete=false", None),
            ("shelf --no-delete", None),
            ("shelf --delete-unused-imports src", None),
            ("shelf --remove-comments a.svg", None),
            ("shelf --drop-cache", None),
            ("shelf run -- tool --delete x", None),
            ("rsync --delete a b", None),
            ("git branch --delete x", None),
        ] {
            assert_eq!(found(option, line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_kept_for_next_to_no_time_is_gone() {
        for (line, expected) in [
            ("shelf policy set --retention 0", true),
            ("shelf policy set --retention=1h", true),
            ("shelf policy set --retention 30d", false),
            ("kafka-configs --alter --add-config cleanup.policy=delete,retention.ms=100", true),
            ("kafka-configs --alter --add-config retention.ms=604800000", false),
            ("aws rds modify-db-instance --backup-retention-period 0", true),
            ("aws rds modify-db-instance --backup-retention-period 7", false),
            ("aws logs put-retention-policy --retention-in-days 1", true),
            ("shelf rule --expire-days 1", true),
            ("shelf rule --expire 60", false),
            ("shelf run --retries 0", false),
            ("echo --retention 0", false),
        ] {
            assert_eq!(found(expiring, line).is_some(), expected, "{line}");
        }
        assert!(expires("rules:\n  - expire_days: 0\n"));
        assert!(!expires("rules:\n  - expire_days: 30\n  - retries: 0\n"));
    }
}
