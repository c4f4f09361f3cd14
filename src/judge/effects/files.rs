//! Programs that remove, move, write and change files.

use super::Collect;
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::Ground;
use crate::model::{FileFact, Untrusted};
use crate::shell::{Invocation, Word, base_name, joined_path};

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    match program.as_str() {
        "rm" | "rimraf" | "del-cli" | "srm" | "del" | "rd" => {
            let is_tree = collect.invocation().has_any(&["-r", "-R", "--recursive"])
                || matches!(program.as_str(), "rimraf" | "del-cli");
            remove(collect, if is_tree { Reach::Tree } else { Reach::One }, &[]);
        }
        "unlink" => remove(collect, Reach::One, &[]),
        "shred" | "wipe" => remove(collect, Reach::One, &["-n", "-s", "--iterations", "--size"]),
        "find" => find(collect),
        "mv" => moved(collect),
        "cp" | "install" | "ln" => copied(collect, &program),
        "tee" | "sponge" => {
            let deed = if collect.invocation().has_any(&["-a", "--append"]) { Deed::Append } else { Deed::Write };
            each(collect, deed, Reach::One, &[]);
        }
        "dd" | "dcfldd" | "dc3dd" => {
            let words: Vec<Word> = collect.invocation().args().to_vec();
            // Nothing but zeros or noise: what was there gets nothing for it.
            let is_emptied = words.iter().any(|word| {
                let from = word.text.strip_prefix("if=/dev/").unwrap_or_default();
                matches!(from, "zero" | "null" | "random" | "urandom")
            });
            for word in words {
                if let Some(path) = word.text.strip_prefix("of=") {
                    let deed = if is_emptied { Deed::Empty } else { Deed::Write };
                    collect.file(deed, &Word { text: path.to_owned(), ..word.clone() }, Reach::One);
                } else if let Some(path) = word.text.strip_prefix("if=") {
                    collect.file(Deed::Read, &Word { text: path.to_owned(), ..word.clone() }, Reach::One);
                }
            }
        }
        "truncate" => {
            let size = collect.invocation().option(&["-s", "--size"]).map(|word| word.text).unwrap_or_default();
            let deed = if size.starts_with(['+', '>', '%', '/']) { Deed::Change } else { Deed::Empty };
            each(collect, deed, Reach::One, &["-s", "--size", "-r", "--reference"]);
        }
        "sed" => sed(collect),
        "perl" | "ruby" => in_place(collect),
        "rsync" => rsync(collect),
        "tar" | "bsdtar" if collect.invocation().has("--remove-files") => {
            each(collect, Deed::Remove, Reach::Tree, &["-f"])
        }
        "zip" if collect.invocation().has_any(&["-m", "--move"]) => each(collect, Deed::Remove, Reach::Tree, &[]),
        "chmod" | "chown" | "chgrp" | "setfacl" | "chattr" => permissions(collect, &program),
        "touch" | "mkdir" => {}
        "patch" => each(collect, Deed::Change, Reach::One, &["-p", "-i", "-d"]),
        "git" => discarded(collect),
        _ => {}
    }
}

/// The operands, copied out so that effects can be added while they are gone through.
fn operands(collect: &Collect, valued: &[&str]) -> Vec<Word> {
    collect.invocation().operands(valued).into_iter().cloned().collect()
}

fn each(collect: &mut Collect, deed: Deed, reach: Reach, valued: &[&str]) {
    for word in operands(collect, valued) {
        let listed = searched(collect, &word);
        if listed.is_empty() {
            collect.file(deed, &word, reach);
        }
        for word in listed {
            collect.file(deed, &word, Reach::Tree);
        }
    }
}

fn remove(collect: &mut Collect, reach: Reach, valued: &[&str]) {
    let words = operands(collect, valued);
    // `del-cli 'dist/**' '!dist'`: what a sign leaves out stays.
    for word in words.into_iter().filter(|word| !word.text.starts_with('!')) {
        let listed = searched(collect, &word);
        if listed.is_empty() {
            collect.file(Deed::Remove, &word, reach);
        }
        for word in listed {
            collect.file(Deed::Remove, &word, Reach::Tree);
        }
    }
}

/// What a search lists whose output stands for the word: `rm -rf $(find . -name __pycache__)`.
fn searched(collect: &Collect, word: &Word) -> Vec<Word> {
    let searches = |source: &&Invocation| {
        let is_listing = || source.args().first().is_some_and(|word| word.text == "ls-files");
        matches!(source.program(), "find" | "fd" | "fdfind") || source.program() == "git" && is_listing()
    };
    collect.sources(word).into_iter().filter(searches).flat_map(crate::shell::listed_by).collect()
}

fn find(collect: &mut Collect) {
    let invocation = collect.invocation();
    for file in invocation.options(&["-fprint", "-fprintf", "-fls"]) {
        collect.file(Deed::Write, &file, Reach::One);
    }
    let is_harmless = invocation.args().iter().any(|word| matches!(word.text.as_str(), "-empty" | "-xtype"));
    if !invocation.args().iter().any(|word| word.text == "-delete") || is_harmless {
        return;
    }
    for word in crate::shell::listed_by(invocation) {
        collect.file(Deed::Remove, &word, Reach::Tree);
    }
}

/// Sources and the target of `mv`, `cp`, `install`, `ln`.
fn sides(collect: &Collect, valued: &[&str]) -> (Vec<Word>, Option<Word>, bool) {
    let mut all = operands(collect, valued);
    if let Some(folder) = collect.invocation().option(&["-t", "--target-directory"]) {
        return (all, Some(folder), true);
    }
    let target = if all.len() > 1 { all.pop() } else { None };
    let is_folder = all.len() > 1;
    (all, target, is_folder)
}

/// The files that come to be when `sources` go to `target`.
fn landings(collect: &Collect, sources: &[Word], target: &Word, is_folder: bool) -> Vec<Word> {
    let path = collect.invocation().path(target);
    let fact = path.map_or(FileFact::Unknown, |path| collect.scene.land.oracle.fact(&Untrusted::from(path)));
    let is_folder = is_folder
        || target.text.ends_with('/')
        || target.text == "."
        || target.text == ".."
        || matches!(fact, FileFact::Folder { .. });
    if !is_folder {
        return vec![target.clone()];
    }
    let inside = |source: &Word| {
        let name = base_name(&source.text);
        Word { text: format!("{}/{name}", target.text.trim_end_matches('/')), kind: source.kind, ..target.clone() }
    };
    sources.iter().map(inside).collect()
}

fn moved(collect: &mut Collect) {
    let (sources, target, is_folder) = sides(collect, &["-t", "--target-directory", "-S", "--suffix"]);
    let Some(target) = target else { return };
    let is_thrown_away = target.text == "/dev/null";
    for source in &sources {
        collect.file(if is_thrown_away { Deed::Remove } else { Deed::Move }, source, Reach::Tree);
    }
    let keeps = collect.invocation().has_any(&[
        "-n",
        "--no-clobber",
        "-b",
        "--backup",
        "-i",
        "--interactive",
        "-u",
        "--update",
    ]);
    if keeps || is_thrown_away {
        return;
    }
    for landing in landings(collect, &sources, &target, is_folder) {
        collect.file(Deed::Write, &landing, Reach::One);
    }
}

fn copied(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let valued = ["-t", "--target-directory", "-m", "--mode", "-o", "--owner", "-g", "--group", "-S", "--suffix"];
    let (mut sources, target, is_folder) = sides(collect, &valued);
    if program == "install" && invocation.has_any(&["-d", "--directory"]) {
        return;
    }
    if program == "ln" && !invocation.has_any(&["-f", "--force"]) {
        return;
    }
    let Some(target) = target.or_else(|| {
        let source = sources.first()?;
        (program == "ln").then(|| Word { text: base_name(&source.text).to_owned(), ..source.clone() })
    }) else {
        return;
    };
    if invocation.has_any(&["-n", "--no-clobber", "-b", "--backup", "-i", "--interactive", "-u", "--update"]) {
        return;
    }
    let is_emptied = sources.iter().all(|word| word.text == "/dev/null") && !sources.is_empty();
    let landings = landings(collect, &sources, &target, is_folder);
    for landing in landings {
        collect.file(if is_emptied { Deed::Empty } else { Deed::Write }, &landing, Reach::One);
    }
    if program != "ln" {
        sources.retain(|word| word.text != "/dev/null");
        let home = invocation.path(&target).unwrap_or_default();
        let stays = crate::judge::ground::below(&home, collect.scene.land.project).is_some();
        for source in sources {
            // A copy within the project shows nothing that was not there.
            let from = joined_path(invocation.cwd.as_deref(), &source.text).unwrap_or_default();
            let is_own = crate::judge::ground::below(&from, collect.scene.land.project).is_some();
            if !(stays && is_own) {
                collect.file(Deed::Read, &source, Reach::One);
            }
        }
    }
}

fn sed(collect: &mut Collect) {
    let invocation = collect.invocation();
    let is_in_place = invocation.args().iter().any(|word| {
        let text = word.text.as_str();
        text.starts_with("--in-place")
            || (text.starts_with('-') && !text.starts_with("--") && text.contains('i') && !text.starts_with("-e"))
    });
    if !is_in_place {
        return;
    }
    let scripts = invocation.options(&["-e", "--expression"]);
    let mut files = operands(collect, &["-e", "--expression", "-f", "--file"]);
    let has_script = !scripts.is_empty() || invocation.has_any(&["-f", "--file"]);
    let mut script = scripts.first().map(|word| word.text.clone()).unwrap_or_default();
    if !has_script && !files.is_empty() {
        script = files.remove(0).text;
    }
    let empties = matches!(script.trim(), "d" | "1,$d" | "1,$ d" | "/./d;/^$/d" | "/.*/d");
    for file in files.into_iter().filter(|word| !word.text.is_empty()) {
        collect.file(if empties { Deed::Empty } else { Deed::Change }, &file, Reach::One);
    }
}

/// `perl -i`: what the program does not print is gone.
fn in_place(collect: &mut Collect) {
    let invocation = collect.invocation();
    let is_cluster = |word: &&Word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.len() < 8;
    let clusters: Vec<&Word> = invocation.args().iter().filter(is_cluster).collect();
    if !clusters.iter().any(|word| word.text.contains('i')) {
        return;
    }
    let has_text = clusters.iter().any(|word| word.text.contains('e') || word.text.contains('E'));
    let mut files = operands(collect, &[]);
    if !has_text || files.is_empty() {
        return;
    }
    let text = files.remove(0).text;
    let prints_all = clusters.iter().any(|word| word.text.contains('p'));
    let empties = !prints_all && !text.contains("print") && !text.contains("say") && !text.contains("puts");
    let is_backed_up = clusters.iter().any(|word| word.text.contains("i."));
    for file in files {
        collect.file(if empties && !is_backed_up { Deed::Empty } else { Deed::Change }, &file, Reach::One);
    }
}

fn rsync(collect: &mut Collect) {
    let invocation = collect.invocation();
    let (sources, target, _) =
        sides(collect, &["-e", "--rsh", "--exclude", "--include", "--filter", "-f", "--exclude-from", "--files-from"]);
    let deletes = invocation.args().iter().any(|word| word.text.starts_with("--delete") || word.text == "--del");
    // What mirrors the output of a build is an output itself.
    let is_output = |target: &Word| {
        let name = base_name(target.text.trim_end_matches('/'));
        !crate::trail::is_work_folder(name)
            && !sources.is_empty()
            && sources.iter().all(|source| collect.placed(source, true).1 == Ground::Build)
            && collect.placed(target, true).1 == Ground::Folder
    };
    if let Some(target) = target.filter(|target| deletes && !is_output(target)) {
        collect.file(Deed::Remove, &target, Reach::Tree);
    }
    if invocation.has("--remove-source-files") {
        for source in sources {
            collect.file(Deed::Move, &source, Reach::Tree);
        }
    }
}

fn permissions(collect: &mut Collect, program: &str) {
    let invocation = collect.invocation();
    let reach = if invocation.has_any(&["-R", "--recursive"]) { Reach::Tree } else { Reach::One };
    let mut words: Vec<Word> = invocation
        .args()
        .iter()
        .filter(|word| !word.text.starts_with("--") && !is_switch(&word.text))
        .cloned()
        .collect();
    if words.is_empty() {
        return;
    }
    let mode = words.remove(0).text;
    let digits = mode.trim_start_matches('0');
    let deed = match program {
        "chmod"
            if matches!(digits, "777" | "666" | "776" | "767")
                || mode.contains("a+w")
                || mode.contains("a+rwx")
                || mode.contains("o+w")
                || mode == "ugo+rwx" =>
        {
            Deed::PermitAll
        }
        // What may not run any more is taken out of its place.
        "chmod"
            if matches!(mode.as_str(), "-x" | "a-x" | "u-x" | "000" | "644" | "-rwx")
                && words.iter().any(|word| collect.placed(word, false).1 == Ground::Startup) =>
        {
            Deed::Change
        }
        "chmod" if mode.contains("+s") || (digits.len() == 4 && digits.starts_with(['4', '6', '2'])) => {
            Deed::PermitRoot
        }
        _ => Deed::Permit,
    };
    for word in words {
        collect.file(deed, &word, reach);
    }
}

/// An option of `chmod` rather than a mode such as `-w`.
fn is_switch(text: &str) -> bool {
    text.starts_with('-') && text.len() > 1 && text.chars().skip(1).all(|c| "RvfchHLP".contains(c))
}

/// `git checkout -- FILE` and `git restore FILE`: what was changed there goes.
fn discarded(collect: &mut Collect) {
    let invocation = collect.invocation();
    let words = operands(collect, &["-C", "-c", "-s", "--source", "--git-dir", "--work-tree"]);
    let Some(verb) = words.first().map(|word| word.text.clone()) else { return };
    let args = invocation.args();
    let files: Vec<Word> = match verb.as_str() {
        "checkout" => {
            if invocation.has_any(&["-b", "-B", "--orphan"]) {
                return;
            }
            if args.iter().any(|word| word.text == "--") {
                args.iter().skip_while(|word| word.text != "--").skip(1).cloned().collect()
            } else if words.iter().skip(1).any(|word| matches!(word.text.as_str(), "." | "*" | ":/" | "./")) {
                words.into_iter().skip(1).collect()
            } else if invocation.has_any(&["-f", "--force"]) {
                vec![Word { text: ".".to_owned(), ..invocation.words.first().cloned().unwrap_or_default() }]
            } else {
                return;
            }
        }
        "restore" => {
            let has = |short: &str, long: &str| invocation.has_any(&[short, long]);
            if has("-S", "--staged") && !has("-W", "--worktree") {
                return;
            }
            words.into_iter().skip(1).collect()
        }
        _ => return,
    };
    // What the session itself wrote there is in no commit either.
    for file in files {
        let (target, ground) = collect.placed(&file, true);
        let ground = if matches!(ground, Ground::Scratch | Ground::Nothing) { Ground::File } else { ground };
        collect.deed(Deed::Discard, &target, ground, file.span);
    }
}
