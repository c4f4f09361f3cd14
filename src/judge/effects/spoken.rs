//! Clients that have a language of their own, and editors and shells of other languages: what they are told.

use super::{Collect, Inner};
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::shell::{Invocation, Stdin, quoted};

/// A client, by what it is told and how that begins.
struct Tongue {
    programs: &'static [&'static str],
    /// A word that has to be among its arguments; none where any will do.
    needs: &'static [&'static str],
    /// Options that carry what it is told.
    options: &'static [&'static str],
    /// How statements begin that take something away.
    acts: &'static [(&'static str, Deed)],
}

const TONGUES: &[Tongue] = &[
    Tongue {
        programs: &["hbase"],
        needs: &["shell"],
        options: &[],
        acts: &[
            ("drop", Deed::StoreEmpty),
            ("drop_all", Deed::StoreEmpty),
            ("drop_namespace", Deed::StoreEmpty),
            ("truncate", Deed::StoreEmpty),
            ("truncate_preserve", Deed::StoreEmpty),
            ("deleteall", Deed::StoreRemove),
            ("delete_snapshot", Deed::StoreRemove),
            ("delete_all_snapshot", Deed::StoreEmpty),
        ],
    },
    Tongue {
        programs: &["nsupdate", "knsupdate"],
        needs: &[],
        options: &[],
        acts: &[
            ("update delete", Deed::RemoteRemove),
            ("update del", Deed::RemoteRemove),
            ("delete", Deed::RemoteRemove),
            ("del", Deed::RemoteRemove),
        ],
    },
    Tongue {
        programs: &["ldapmodify", "ldapadd"],
        needs: &[],
        options: &[],
        acts: &[("changetype: delete", Deed::RemoteRemove), ("changetype:delete", Deed::RemoteRemove)],
    },
    Tongue {
        programs: &["zkCli.sh", "zkCli", "zookeepercli"],
        needs: &[],
        options: &[],
        acts: &[("deleteall", Deed::StoreRemove), ("rmr", Deed::StoreRemove), ("delete", Deed::StoreRemove)],
    },
    Tongue {
        programs: &["sftp", "lftp", "ftp", "ncftp"],
        needs: &[],
        options: &["-e", "-c"],
        acts: &[
            ("rm", Deed::RemoteRemove),
            ("-rm", Deed::RemoteRemove),
            ("mrm", Deed::RemoteRemove),
            ("rmdir", Deed::RemoteRemove),
            ("delete", Deed::RemoteRemove),
            ("mdelete", Deed::RemoteRemove),
        ],
    },
    Tongue {
        programs: &["rabbitmq-diagnostics", "kafka-shell", "memcached-tool", "nc", "ncat", "telnet"],
        needs: &["11211"],
        options: &[],
        acts: &[("flush_all", Deed::StoreEmpty)],
    },
];

/// Functions of an editor's Lisp that run a text, start a program or remove something.
const LISP_SHELLS: &[&str] = &["shell-command", "async-shell-command", "shell-command-to-string", "compile"];
const LISP_STARTS: &[&str] = &["call-process", "start-process", "process-lines", "make-process", "process-file"];
const LISP_REMOVES: &[&str] = &["delete-directory", "delete-file", "move-file-to-trash"];

pub(super) fn collect(collect: &mut Collect) {
    let program = collect.act.program.clone();
    match program.as_str() {
        "emacs" | "emacsclient" => return lisp(collect),
        "vim" | "nvim" | "vi" | "ex" | "view" => return editor(collect),
        "tclsh" | "wish" | "expect" => return tcl(collect),
        "cypher-shell" => return graph(collect),
        _ => {}
    }
    let Some(tongue) = TONGUES.iter().find(|tongue| tongue.programs.contains(&program.as_str())) else { return };
    let invocation = collect.invocation();
    let has = |word: &str| invocation.args().iter().any(|arg| arg.text.ends_with(word));
    if !tongue.needs.is_empty() && !tongue.needs.iter().any(|need| has(need)) {
        return;
    }
    for text in told(collect, tongue.options) {
        for statement in text.split(['\n', ';']) {
            let statement = statement.trim();
            let Some((act, deed)) = tongue.acts.iter().find(|(act, _)| begins(statement, act)) else { continue };
            let rest = statement.get(act.len()..).unwrap_or_default();
            let target = rest.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or(statement);
            let target = target.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '*').to_owned();
            collect.deed(*deed, &target, Ground::Outside, invocation.span);
        }
    }
}

/// Whether a statement begins with these words, in whatever case.
fn begins(statement: &str, act: &str) -> bool {
    let start = statement.get(..act.len()).unwrap_or_default();
    let after = statement.get(act.len()..).and_then(|rest| rest.chars().next());
    start.eq_ignore_ascii_case(act) && after.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-')
}

/// What the client is told: by options, and on its input.
fn told(collect: &Collect, options: &[&str]) -> Vec<String> {
    let mut texts: Vec<String> = collect.invocation().options(options).into_iter().map(|word| word.text).collect();
    texts.extend(collect.given());
    texts
}

/// A graph's statements: what nothing narrows down goes whole.
fn graph(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mut texts = told(collect, &[]);
    texts.extend(invocation.args().iter().filter(|word| word.text.contains(' ')).map(|word| word.text.clone()));
    for statement in texts.iter().flat_map(|text| text.split(';')) {
        let words: Vec<String> = super::super::verbs::words(statement);
        let says = |word: &str| words.iter().any(|each| each == word);
        let is_narrow = says("where") || statement.contains('{');
        let deed = match () {
            () if says("drop") && (says("database") || says("graph")) => Deed::StoreEmpty,
            () if says("delete") && says("match") && is_narrow => Deed::StoreRemoveOne,
            () if says("delete") && says("match") => Deed::StoreEmpty,
            () => continue,
        };
        collect.deed(deed, statement.trim(), Ground::Outside, invocation.span);
    }
}

/// `vim -c '!rm -rf x'`: what the editor hands to a shell.
fn editor(collect: &mut Collect) {
    let invocation = collect.invocation();
    let mut texts: Vec<String> = invocation.options(&["-c", "--cmd"]).into_iter().map(|word| word.text).collect();
    texts.extend(invocation.args().iter().filter_map(|word| word.text.strip_prefix('+')).map(str::to_owned));
    texts.extend(collect.given());
    for line in texts.iter().flat_map(|text| text.lines()) {
        let line = line.trim().trim_start_matches(':');
        let line = line.strip_prefix("silent").map_or(line, |rest| rest.trim_start_matches(['!', ' ', ':']));
        if let Some(text) = line.strip_prefix('!') {
            collect.inner.push(Inner::Shell { text: text.to_owned(), span: invocation.span });
        }
    }
}

/// A Tcl script's own removals and the programs it starts.
fn tcl(collect: &mut Collect) {
    let invocation = collect.invocation();
    // What stands after `expect -c` is peeled off already.
    let mut texts = told(collect, &[]);
    texts.extend(script(collect, invocation));
    for statement in texts.iter().flat_map(|text| text.split(['\n', ';'])) {
        let statement = statement.trim().trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
        let text = if let Some(rest) = statement.strip_prefix("file delete") {
            Some(format!("rm -r {}", rest.replace("-force", "-f").replace('"', "'")))
        } else {
            let rest = statement.strip_prefix("exec ").or_else(|| statement.strip_prefix("spawn "));
            rest.map(str::to_owned)
        };
        collect.inner.extend(text.map(|text| Inner::Shell { text, span: invocation.span }));
    }
}

/// The script that this session wrote and that is run now.
fn script(collect: &Collect, invocation: &Invocation) -> Option<String> {
    if !matches!(invocation.stdin, Stdin::Inherited) {
        return None;
    }
    let word = invocation.args().iter().find(|word| !word.is_flag())?;
    super::scripts::written(collect, &invocation.path(word)?)
}

/// What an editor's Lisp runs and removes.
fn lisp(collect: &mut Collect) {
    let invocation = collect.invocation();
    let options = ["--eval", "-eval", "--execute", "-execute", "-e"];
    let mut texts = told(collect, &options);
    let files = invocation.options(&["-l", "--load", "--script", "-load"]);
    texts.extend(files.iter().filter_map(|word| super::scripts::written(collect, &invocation.path(word)?)));
    for text in &texts {
        for (name, strings) in forms(text) {
            let quoted = || strings.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" ");
            let text = if LISP_SHELLS.contains(&name.as_str()) {
                strings.first().cloned()
            } else if LISP_STARTS.contains(&name.as_str()) {
                Some(quoted())
            } else if LISP_REMOVES.contains(&name.as_str()) {
                Some(format!("rm -rf {}", quoted()))
            } else {
                None
            };
            let text = text.filter(|text| !text.trim().is_empty());
            collect.inner.extend(text.map(|text| Inner::Shell { text, span: invocation.span }));
        }
    }
}

/// The forms of a Lisp text by their first word, each with the strings up to the next form or its end.
fn forms(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' => {
                let mut name = String::new();
                while let Some(next) = chars.next_if(|c| !c.is_whitespace() && !"()\"".contains(*c)) {
                    name.push(next);
                }
                found.push((name, Vec::new()));
            }
            '"' => {
                let mut whole = String::new();
                while let Some(next) = chars.next() {
                    match next {
                        '\\' => whole.extend(chars.next()),
                        '"' => break,
                        other => whole.push(other),
                    }
                }
                if let Some((_, strings)) = found.last_mut() {
                    strings.push(whole);
                }
            }
            ';' => while chars.next_if(|c| *c != '\n').is_some() {},
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_begins_with_whole_words() {
        for (statement, act, expected) in [
            ("drop 'orders'", "drop", true),
            ("DROP 'orders'", "drop", true),
            ("drop_all 'x.*'", "drop", false),
            ("update delete a.b. A", "update delete", true),
            ("dropped", "drop", false),
            ("", "drop", false),
        ] {
            assert_eq!(begins(statement, act), expected, "{statement}");
        }
    }

    #[test]
    fn the_forms_of_a_lisp_text_have_their_own_strings() {
        let form = |name: &str, strings: &[&str]| {
            (name.to_owned(), strings.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            forms(r#"(progn (message "a \"b\"") (delete-file "/x")) ; (shell-command "no")"#),
            [form("progn", &[]), form("message", &["a \"b\""]), form("delete-file", &["/x"])]
        );
    }
}
