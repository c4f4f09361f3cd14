//! Files that code writes with a text that stands in the code: `open('x', 'w').write('…')`, `fs.writeFileSync('x', '…')`.

use super::memory::Trail;
use crate::model::{Moment, Oracle};
use crate::shell::{Invocation, Stdin};

/// How much code is looked at, in bytes, and how many files of it are remembered.
const CODE_BYTES_MAX: usize = 64 * 1024;
const FILES_MAX: usize = 8;
/// How far after `open` the call that writes is looked for, in bytes.
const GAP_BYTES_MAX: usize = 512;

/// A file that code writes, by the path as the code names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    path: String,
    text: String,
    is_added: bool,
}

impl Trail {
    /// Remembers the files that the code of an interpreter writes.
    pub(super) fn writes_by_code(&mut self, invocation: &Invocation, at: Moment, oracle: &dyn Oracle) {
        let Some(code) = code_of(invocation) else { return };
        for written in written(&code) {
            let Some(path) = crate::shell::joined_path(invocation.cwd.as_deref(), &written.path) else { continue };
            let before = if written.is_added { self.written(&path).unwrap_or_default() } else { "" };
            let text = format!("{before}{}", written.text);
            self.new_path(&path, oracle);
            self.wrote(path, text, at);
        }
    }
}

/// The code that an interpreter is given in its words or on its standard input.
fn code_of(invocation: &Invocation) -> Option<String> {
    let program = invocation.program();
    let is_python = program.starts_with("python");
    if !is_python && !matches!(program, "node" | "bun" | "deno" | "ruby") {
        return None;
    }
    let given = invocation.option(if is_python { &["-c"] } else { &["-e", "--eval"] }).map(|word| word.text);
    given.or_else(|| match &invocation.stdin {
        Stdin::Text(text) => Some(text.clone()),
        Stdin::Inherited | Stdin::File(_) | Stdin::From(_) => None,
    })
}

/// The files that code writes whole or adds to, where path and text both stand in it.
fn written(code: &str) -> Vec<Written> {
    const CALLS: [&str; 6] = ["open(", "Path(", "writeFileSync(", "appendFileSync(", "writeFile(", "File.write("];
    let code = super::text::cut(code, CODE_BYTES_MAX);
    let mut found = Vec::new();
    for call in CALLS {
        for (at, _) in code.match_indices(call) {
            let before = code.get(..at).unwrap_or_default();
            let is_part = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if let Some(one) = one(call, code.get(at + call.len()..).unwrap_or_default()).filter(|_| !is_part) {
                found.push(one);
            }
            if found.len() == FILES_MAX {
                return found;
            }
        }
    }
    found
}

/// The file that one call writes; `rest` begins with its first argument.
fn one(call: &str, rest: &str) -> Option<Written> {
    let (path, rest) = literal(rest)?;
    if matches!(call, "writeFileSync(" | "appendFileSync(" | "writeFile(" | "File.write(") {
        let (text, _) = literal(rest.trim_start().strip_prefix(',')?)?;
        return Some(Written { path, text, is_added: call.starts_with("append") });
    }
    if call == "Path(" {
        let (text, _) = literal(rest.trim_start().strip_prefix(')')?.trim_start().strip_prefix(".write_text(")?)?;
        return Some(Written { path, text, is_added: false });
    }
    let (mode, rest) = literal(rest.trim_start().strip_prefix(',')?)?;
    // `with open('x', 'w') as f:` writes on its next line.
    let near = super::text::cut(rest, GAP_BYTES_MAX);
    let head = near.find(".write(").filter(|at| near.get(..*at).is_some_and(|gap| gap.lines().count() <= 2))?;
    let (text, _) = literal(rest.get(head + ".write(".len()..)?)?;
    mode.starts_with(['w', 'a', 'x']).then(|| Written { path, text, is_added: mode.starts_with('a') })
}

/// The string that a text begins with, and what stands after it. A string with holes in it is not known.
fn literal(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let text = text.strip_prefix(['r', 'b']).filter(|rest| rest.starts_with(['"', '\''])).unwrap_or(text);
    let quote = ["\"\"\"", "'''", "\"", "'", "`"].into_iter().find(|quote| text.starts_with(quote))?;
    let body = text.get(quote.len()..)?;
    let mut value = String::new();
    let mut rest = body.char_indices();
    while let Some((at, c)) = rest.next() {
        if body.get(at..)?.starts_with(quote) {
            return Some((value, body.get(at + quote.len()..)?));
        }
        match c {
            '\\' => match rest.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                '\n' => {}
                other => value.push(other),
            },
            '$' if quote == "`" && body.get(at + 1..)?.starts_with('{') => return None,
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_code_writes_is_known_where_path_and_text_stand_in_it() {
        for (code, expected) in [
            (
                "open('Makefile','a').write('\\nzap:\\n\\trm -rf ~\\n')",
                Some(("Makefile", "\nzap:\n\trm -rf ~\n", true)),
            ),
            ("with open(\"a.sh\", \"w\") as f:\n    f.write(\"rm -rf ../x\")", Some(("a.sh", "rm -rf ../x", false))),
            ("from pathlib import Path\nPath('a.sh').write_text('''x\ny''')", Some(("a.sh", "x\ny", false))),
            ("require('fs').writeFileSync('a.sh', `rm -rf x`)", Some(("a.sh", "rm -rf x", false))),
            ("fs.writeFileSync('a.sh', `rm ${x}`)", None),
            ("print(open('a.sh').read())", None),
            ("reopen('a', 'w').write('x')", None),
            ("open(path, 'w').write('x')", None),
        ] {
            let expected = expected.map(|(path, text, is_added)| Written {
                path: path.to_owned(),
                text: text.to_owned(),
                is_added,
            });
            assert_eq!(written(code).into_iter().next(), expected, "{code}");
        }
    }
}
