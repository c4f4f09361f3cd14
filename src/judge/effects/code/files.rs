//! Calls that remove, move, write and read files.

use super::Reader;
use crate::judge::effect::{Deed, Reach};
use crate::judge::ground::Ground;
use crate::judge::script::{Call, Language, Value};
use crate::trail::names::secret_file;

/// Calls that remove one file or an empty folder.
const REMOVE_ONE: &[&str] = &[
    "os.remove",
    "os.Remove",
    "os.unlink",
    "os.rmdir",
    "os.removedirs",
    "unlinkSync",
    "unlink",
    "File.delete",
    "File.unlink",
    "FileUtils.rm",
    "FileUtils.rm_f",
    "File.rm",
    "File.rm!",
    "file.remove",
    "fs.rmdir",
    "fs.promises.rmdir",
];

/// Calls that remove a folder with all below it.
const REMOVE_TREE: &[&str] = &[
    "shutil.rmtree",
    "os.RemoveAll",
    "rmtree",
    "rimraf",
    "rimrafSync",
    "rimraf.sync",
    "rimraf.rimraf",
    "rimraf.rimrafSync",
    "removeSync",
    "fs.remove",
    "fs-extra.remove",
    "fs-extra.emptyDir",
    "fse.remove",
    "FileUtils.rm_rf",
    "FileUtils.rm_r",
    "FileUtils.remove_dir",
    "FileUtils.remove_entry",
    "FileUtils.remove_entry_secure",
    "FileUtils.rmtree",
    "remove_tree",
    "File.rm_rf",
    "File.rm_rf!",
    "del.sync",
    "deleteSync",
    "rmdirSync",
    "emptyDirSync",
    "fs.emptyDir",
    "Remove-Item",
    "send2trash.send2trash",
];

/// Calls that remove a folder only where an option says so.
const REMOVE_EITHER: &[&str] =
    &["fs.rm", "fs.rmSync", "fs.promises.rm", "fsp.rm", "promises.rm", "rmSync", "Deno.remove", "Deno.removeSync"];

/// Calls that move their first argument to their second.
const MOVES: &[&str] = &[
    "os.rename",
    "os.replace",
    "os.renames",
    "shutil.move",
    "fs.rename",
    "fs.renameSync",
    "fs.promises.rename",
    "fs-extra.move",
    "fs-extra.moveSync",
    "Deno.rename",
    "File.rename",
    "FileUtils.mv",
];

/// Calls that write what their first argument names to their second.
const COPIES: &[&str] = &[
    "shutil.copy",
    "shutil.copy2",
    "shutil.copyfile",
    "fs.copyFile",
    "fs.copyFileSync",
    "fs.promises.copyFile",
    "fs-extra.copySync",
    "fs-extra.copy",
    "FileUtils.cp",
];

/// Calls that replace a file's content.
const WRITES: &[&str] = &[
    "fs.writeFile",
    "fs.writeFileSync",
    "fs.promises.writeFile",
    "fs.createWriteStream",
    "writeFileSync",
    "fsp.writeFile",
    "Deno.writeTextFile",
    "Deno.writeTextFileSync",
    "Bun.write",
    "file_put_contents",
    "File.write",
    "fs-extra.outputFile",
    "fs-extra.writeJson",
];

/// Calls that add to a file's content.
const APPENDS: &[&str] = &["fs.appendFile", "fs.appendFileSync", "fs.promises.appendFile"];

/// Calls that take a file's content away.
const EMPTIES: &[&str] = &["os.truncate", "fs.truncate", "fs.truncateSync", "fs.promises.truncate", "Deno.truncate"];

/// Calls that read the file they are given.
const READS: &[&str] = &[
    "open",
    "readFileSync",
    "readFile",
    "File.read",
    "File.readlines",
    "IO.read",
    "file_get_contents",
    "io.open",
    "fopen",
    "read_file",
    "readlines",
    "dotenv_values",
    "Deno.readTextFile",
    "Deno.readTextFileSync",
    "Bun.file",
    "File.open",
    "createReadStream",
    "read_text",
    "read_bytes",
];

/// Whether `call` is one of `list`, in whatever module its receiver is.
fn is(call: &Call, list: &[&str]) -> bool {
    let name = call.name.as_str();
    list.iter().any(|known| {
        name == *known
            || name.strip_suffix(known).is_some_and(|before| before.ends_with('.') && known.contains('.'))
            || !known.contains('.') && known.len() > 4 && call.last() == *known
    })
}

pub(super) fn one(reader: &mut Reader, call: &Call) -> bool {
    let path = call.on.as_deref().filter(|on| matches!(on, Value::Path { .. }));
    if let Some(path) = path {
        return method(reader, call, path);
    }
    // `rm("src", recursive=true)`
    let has_option = call.arguments.get(1).is_some_and(|value| *value == Value::Unknown);
    if reader.language == Language::Other && matches!(call.name.as_str(), "rm" | "unlink") && has_option {
        removed(reader, call.arguments.first(), Reach::Tree);
        return true;
    }
    let maps = call.name == "array_map" && matches!(call.first_text(), Some("unlink" | "rmdir"));
    if maps || call.name == "rmdir" && reader.language == Language::Other {
        removed(reader, call.arguments.first().filter(|_| !maps), if maps { Reach::Tree } else { Reach::One });
    } else if is(call, REMOVE_EITHER) {
        let is_tree = call.option("recursive").is_none_or(|value| value.text() == Some("true"))
            && (call.option("recursive").is_some()
                || call.arguments.get(1).is_some_and(|value| *value == Value::Unknown));
        removed(reader, call.arguments.first(), if is_tree { Reach::Tree } else { Reach::One });
    } else if matches!(call.name.as_str(), "del" | "del.deleteAsync" | "deleteAsync" | "trash") {
        // One pattern or several; what begins with `!` stays.
        let patterns =
            call.arguments.first().map(|first| first.items().map_or_else(|| vec![first.clone()], <[Value]>::to_vec));
        let is_kept = |pattern: &Value| pattern.text().is_some_and(|text| text.starts_with('!'));
        for pattern in patterns.unwrap_or_default().iter().filter(|pattern| !is_kept(pattern)) {
            removed(reader, Some(pattern), Reach::Tree);
        }
    } else if is(call, REMOVE_TREE) {
        removed(reader, call.argument(0, "path"), Reach::Tree);
    } else if is(call, REMOVE_ONE) && !call.arguments.is_empty() {
        removed(reader, call.argument(0, "path"), Reach::One);
    } else if is(call, MOVES) {
        let (from, to) = (call.argument(0, "src"), call.argument(1, "dst"));
        if let Some(from) = from {
            reader.file(Deed::Move, from, Reach::Tree);
        }
        if let Some(to) = to {
            reader.file(Deed::Write, to, Reach::One);
        }
    } else if is(call, COPIES) {
        if let Some(from) = call.arguments.first().filter(|from| is_secret(from)) {
            reader.file(Deed::Read, from, Reach::One);
        }
        if let Some(to) = call.arguments.get(1) {
            reader.file(Deed::Write, to, Reach::One);
        }
    } else if is(call, WRITES) {
        first(reader, call, Deed::Write);
    } else if is(call, APPENDS) {
        first(reader, call, Deed::Append);
    } else if is(call, EMPTIES) {
        first(reader, call, Deed::Empty);
    } else if matches!(call.name.as_str(), "os.chmod" | "fs.chmod" | "fs.chmodSync" | "fs.promises.chmod") {
        permitted(reader, call.arguments.first(), call.arguments.get(1));
    } else if matches!(call.name.as_str(), "os.chown" | "shutil.chown" | "fs.chown" | "fs.chownSync") {
        first(reader, call, Deed::Permit);
    } else if is(call, READS) {
        return opened(reader, call);
    } else {
        return false;
    }
    true
}

/// What a path object is asked to do.
fn method(reader: &mut Reader, call: &Call, path: &Value) -> bool {
    match call.last() {
        "rmtree" | "deleteDir" | "deleteRecursively" => removed(reader, Some(path), Reach::Tree),
        "unlink" | "rmdir" | "delete" | "remove" => removed(reader, Some(path), Reach::One),
        "write_text" | "write_bytes" => reader.file(Deed::Write, path, Reach::One),
        "rename" | "replace" | "move" => {
            reader.file(Deed::Move, path, Reach::Tree);
            if let Some(to) = call.arguments.first() {
                reader.file(Deed::Write, to, Reach::One);
            }
        }
        "chmod" => permitted(reader, Some(path), call.arguments.first()),
        "read_text" | "read_bytes" if is_secret(path) => reader.file(Deed::Read, path, Reach::One),
        "open" => with_mode(reader, path, call.argument(0, "mode")),
        _ => return false,
    }
    true
}

fn first(reader: &mut Reader, call: &Call, deed: Deed) {
    if let Some(path) = call.arguments.first() {
        reader.file(deed, path, Reach::One);
    }
}

/// `open(path, mode)` and its like.
fn opened(reader: &mut Reader, call: &Call) -> bool {
    let Some(path) = call.arguments.first().filter(|path| path.is_text()) else { return false };
    let mode = call.argument(1, "mode").filter(|_| matches!(call.last(), "open" | "fopen"));
    with_mode(reader, path, mode);
    true
}

fn with_mode(reader: &mut Reader, path: &Value, mode: Option<&Value>) {
    let mode = mode.and_then(Value::text).unwrap_or("r");
    if mode.contains(['w', 'x']) {
        reader.file(Deed::Write, path, Reach::One);
    } else if mode.contains('a') {
        reader.file(Deed::Append, path, Reach::One);
    } else if mode.contains('+') {
        reader.file(Deed::Change, path, Reach::One);
    } else if is_secret(path) {
        reader.file(Deed::Read, path, Reach::One);
    }
}

fn is_secret(path: &Value) -> bool {
    path.is_text() && secret_file(&path.shape().0).is_some()
}

fn permitted(reader: &mut Reader, path: Option<&Value>, mode: Option<&Value>) {
    let mode = mode.map(|mode| mode.shape().0).unwrap_or_default();
    let digits = mode.trim_start_matches("0o").trim_start_matches('0');
    let deed = if matches!(digits, "777" | "666" | "776" | "767") { Deed::PermitAll } else { Deed::Permit };
    if let Some(path) = path {
        reader.file(deed, path, Reach::One);
    }
}

fn removed(reader: &mut Reader, path: Option<&Value>, reach: Reach) {
    let span = reader.span;
    match path {
        Some(path) if path.is_text() && !path.shape().0.starts_with('$') => reader.file(Deed::Remove, path, reach),
        _ if reach == Reach::Tree => {
            reader.collect.deed(Deed::CodeRemove, "a path the code makes up", Ground::Unknown, span);
        }
        _ => reader.collect.deed(Deed::CodeRemove, "a file the code names", Ground::File, span),
    }
}
