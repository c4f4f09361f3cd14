use super::*;

fn shown(language: Language, code: &str) -> Vec<String> {
    let one = |call: Call| {
        let values: Vec<String> = call.arguments.iter().map(|value| value.json().to_string()).collect();
        let named = call.named.iter().map(|(name, value)| format!("{name}={}", value.json()));
        format!("{}({})", call.name, values.into_iter().chain(named).collect::<Vec<_>>().join(", "))
    };
    read(language, code, None).calls.into_iter().map(one).collect()
}

#[track_caller]
fn python<const N: usize>(code: &str, expected: [&str; N]) {
    assert_eq!(shown(Language::Python, code), expected, "{code}");
}

#[track_caller]
fn javascript<const N: usize>(code: &str, expected: [&str; N]) {
    assert_eq!(shown(Language::JavaScript, code), expected, "{code}");
}

#[test]
fn a_call_is_told_from_a_word_in_a_string() {
    python("import shutil; shutil.rmtree('/a')", [r#"shutil.rmtree("/a")"#]);
    python("print('shutil.rmtree(1)')", [r#"print("shutil.rmtree(1)")"#]);
    python("# os.remove('x')\npass", []);
    javascript("console.log('fs.rmSync(1)') // fs.rmSync('x')", [r#"console.log("fs.rmSync(1)")"#]);
}

#[test]
fn imports_and_aliases_are_seen_through() {
    python("from shutil import rmtree as r\nr('x')", [r#"shutil.rmtree("x")"#]);
    python("import os as o, shutil\no.remove('x')", [r#"os.remove("x")"#]);
    python("from os import path, remove\nremove(path.join('a', 'b'))", [r#"os.remove("a/b")"#]);
    python("d = __import__('shutil').rmtree; d('x')", [r#"shutil.rmtree("x")"#]);
    python("import os; getattr(os, 'rem' + 'ove')('x')", [r#"os.remove("x")"#]);
    javascript("const {rmSync: r} = require('node:fs'); r('x')", [r#"fs.rmSync("x")"#]);
    javascript(
        "import fs, {unlink as u} from 'fs/promises'; await u('x'); fs.rm('y')",
        [r#"fs.promises.unlink("x")"#, r#"fs.promises.rm("y")"#],
    );
    javascript("require('fs').promises.rm('x', {recursive: true})", [r#"fs.promises.rm("x", {"recursive":"true"})"#]);
    javascript("const x = util.promisify(require('child_process').exec); x('ls')", [r#"child_process.exec("ls")"#]);
}

#[test]
fn what_is_put_together_in_the_code_is_known() {
    python("d = '/data'; n = 'x'; import os; os.remove(f'{d}/{n}.db')", [r#"os.remove("/data/x.db")"#]);
    python("import os; os.remove('/a/%s-%d' % ('x', 3))", [r#"os.remove("/a/x-3")"#]);
    python("import os; os.remove('/a/{}'.format('x'))", [r#"os.remove("/a/x")"#]);
    python("import os; os.remove(f'/a/{n}')", [r#"os.remove("/a/$n")"#]);
    python("for f in ['a', 'b']:\n    os.remove(f)", [r#"os.remove("a")"#, r#"os.remove("b")"#]);
    python("def f(p):\n    os.remove(p)\nf('x')", [r#"os.remove("x")"#]);
    python(
        "import base64; exec(base64.b64decode('b3MucmVtb3ZlKCd4Jyk='))",
        [r#"os.remove("x")"#, r#"exec("os.remove('x')")"#],
    );
    javascript("const d = `/data`; fs.rmSync(`${d}/${x}`)", [r#"fs.rmSync("/data/$x")"#]);
    javascript(
        "['a','b'].forEach(f => fs.unlinkSync('d/' + f))",
        [r#"fs.unlinkSync("d/a")"#, r#"fs.unlinkSync("d/b")"#, r#"list.forEach("$value")"#],
    );
    javascript("fs.unlinkSync(path.join('a', '..', 'b'))", [r#"fs.unlinkSync("a/../b")"#]);
}

#[test]
fn a_path_object_is_a_path() {
    let on = |code: &str| {
        let calls = read(Language::Python, code, None).calls;
        calls.last().and_then(|call| call.on.as_ref().map(|on| (call.name.clone(), on.shape().0)))
    };
    let path = |name: &str, text: &str| Some((format!("pathlib.Path().{name}"), text.to_owned()));
    assert_eq!(on("from pathlib import Path; Path('a/b').unlink()"), path("unlink", "a/b"));
    assert_eq!(on("from pathlib import Path; (Path('a') / 'b').unlink()"), path("unlink", "a/b"));
    assert_eq!(
        on("from pathlib import Path\nfor p in Path('a').rglob('*.py'):\n  p.unlink()"),
        path("unlink", "a/**/*.py")
    );
    assert_eq!(on("import pathlib; pathlib.Path.home().joinpath('x').rmdir()"), path("rmdir", "~/x"));
}

#[test]
fn the_others_are_read_by_their_words() {
    let calls = |code: &str| shown(Language::Other, code);
    assert_eq!(calls("unlink 'a'"), [r#"unlink("a")"#]);
    assert_eq!(calls("FileUtils.rm_rf('a')"), [r#"FileUtils.rm_rf("a")"#]);
    assert_eq!(calls("system('rm', '-rf', 'x')"), [r#"system("rm", "-rf", "x")"#]);
}

#[test]
fn no_code_is_too_deep_or_too_long() {
    for code in [
        "(".repeat(30_000),
        "x+".repeat(30_000),
        "a.".repeat(30_000),
        "not ".repeat(15_000),
        "x = x + x\n".repeat(3_000),
        format!("x = 'a'\n{}", "x = x + x\n".repeat(3_000)),
        "x = [x, x]\n".repeat(3_000),
        "x = f(x)\n".repeat(3_000),
        "x = x.f()\n".repeat(3_000),
        "def f():\n  f()\n  f()\nf()\n".repeat(900),
        "f'{".repeat(20_000),
        "lambda:".repeat(9_000),
        "for a in [1,2,3,4,5,6,7,8,9]:\n".repeat(2_000),
    ] {
        let _ = read(Language::Python, &code, None);
        let _ = read(Language::JavaScript, &code, None);
    }
}

#[test]
fn code_that_is_indented_deeper_than_the_scanner_can_hold_is_not_read() {
    let lines = |levels: usize| (0..levels).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>();
    let quotes = "f'{".repeat(90);
    for nested in [
        format!("{}{}os.remove('a')\n", lines(300), " ".repeat(300)),
        format!("{}{}{quotes}", lines(300), " ".repeat(300)),
    ] {
        let _ = read(Language::Python, &nested, None);
    }
    for far in [600, 385] {
        assert!(read(Language::Python, &lines(far), None).is_cut, "{far}");
    }
    let continued: String =
        (0..600).map(|level| format!("{}if x:\n", "\t\\\n".repeat(level % 20) + &" ".repeat(level / 20))).collect();
    let _ = read(Language::Python, &continued, None);
}
