use super::*;
use crate::model::{ActionId, Caller, Moment, Pid, Source};

fn exec(argv: &[&str]) -> Action {
    let argv: Vec<Untrusted> = argv.iter().map(|word| Untrusted::from(*word)).collect();
    let caller = Caller { pid: Pid(2), tid: Pid(2), parent: Pid(1), program: "bash".into() };
    let kind = ActionKind::Exec(Exec { argv, ..Exec::default() });
    Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Kernel, kind }
}

fn drawn(command: &Command, room: u16) -> Vec<String> {
    let lines = command.lines(room);
    lines.iter().map(|line| command.spans(line, &Glyphs::UNICODE).into_iter().map(|span| span.text).collect()).collect()
}

fn check(argv: &[&str], room: u16, lines: &[&str]) {
    assert_eq!(drawn(&Command::of(&exec(argv), Blanks::Folded, room), room), lines, "{argv:?}");
}

#[test]
fn a_command_breaks_before_its_options_and_is_never_cut() {
    check(&["git", "push", "-f"], 40, &["git push -f"]);
    check(
        &[
            "curl",
            "-sS",
            "http://127.0.0.1:8787/graphql",
            "-H",
            "Authorization: Bearer ‹secret A: tok_…3f9a›",
            "-d",
            "{}",
        ],
        60,
        &["curl -sS http://127.0.0.1:8787/graphql \\", "  -H 'Authorization: Bearer ‹secret A: tok_…3f9a›' -d '{}'"],
    );
    check(&["rm", "aaaaaaaaaaaaaaaaaaaaaaaa", "b"], 14, &["rm \\", "  aaaaaaaaaa", "» aaaaaaaaaa", "» aaaa b"]);
    check(&["a", "漢字漢字漢字"], 10, &["a \\", "  漢字漢字", "» 漢字"]);
}

#[test]
fn lines_of_a_script_stay_lines_and_blank_runs_fold() {
    check(&["bash", "-c", "echo a\necho b"], 40, &["bash -c   one word, a script:", "│ echo a", "│ echo b"]);
    let hidden = format!("true{}rm -rf x", "\n".repeat(41));
    check(&["sh", "-c", &hidden], 40, &["sh -c   one word, a script:", "│ true", "│ ⋯ 40 blank lines", "│ rm -rf x"]);
    let hidden = format!("true;{}rm -rf x", " ".repeat(300));
    check(&["sh", "-c", &hidden], 60, &["sh -c 'true;⋯ 300 blanks ⋯rm -rf x'"]);
    check(&["echo", "it's\ttime\x1b[2J"], 60, &["echo 'it'\\''s<U+0009>time<U+001B>[2J'"]);
}

#[test]
fn marks_lie_under_what_was_hit_wherever_it_was_wrapped() {
    let command = Command::of(&exec(&["git", "push", "it's", "--force"]), Blanks::Folded, 40);
    let lines = command.lines(40);
    assert_eq!(drawn(&command, 40), ["git push 'it'\\''s' --force"]);
    let text = "git push it's --force";
    let hit = |part: &str| command.parts(&[text.find(part).map(|at| at..at + part.len()).expect("a part")]);
    let under = |parts: &[Range<usize>]| {
        let marks = command.marks(&lines[0], parts).into_iter();
        marks.map(|mark| (mark.start, mark.end)).collect::<Vec<_>>()
    };
    assert_eq!(under(&hit("push")), [(4, 8)]);
    assert_eq!(under(&hit("--force")), [(19, 26)]);
    assert_eq!(under(&command.parts(std::slice::from_ref(&(900..905)))), []);
}

#[test]
fn r02_every_byte_of_a_megabyte_is_on_some_line() {
    let long = "x".repeat(1 << 20);
    let command = Command::of(&exec(&["echo", &long, "; rm -rf /"]), Blanks::Folded, 40);
    let lines = command.lines(76);
    let drawn: usize = lines.iter().map(|line| command.part(line.at.clone()).matches('x').count()).sum();
    assert_eq!(drawn, long.len());
    assert!(lines.last().is_some_and(|line| command.part(line.at.clone()).contains("rm -rf /")));
}

#[test]
fn any_text_lays_out_whole_in_any_room() {
    proptest::proptest!(|(words in proptest::collection::vec("\\PC{0,40}|[ \\n\\t'x]{0,60}", 1..6), room in 0u16..90)| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let command = Command::of(&exec(&words), Blanks::Whole, room);
        let mut at = 0;
        for line in command.lines(room) {
            let gap = command.text.get(at..line.at.start).unwrap_or_default();
            assert!(gap.trim().is_empty(), "{gap:?} is missing");
            at = line.at.end;
        }
        assert_eq!(at, command.text.len());
    });
}
