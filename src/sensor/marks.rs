//! What each agent's rows are, told by the signs it puts before them.
//!
//! One function for each dialect, for the version that is named beside it. What has no sign is left to the generic
//! reader: only what is known to be trimming is dropped.

use super::drawn::Row;
use crate::model::Dialect;

/// A row as its dialect reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark<'r> {
    /// Nothing.
    Blank,
    /// A frame, a hint, a spinner, a status: it says nothing.
    Trim,
    /// The agent begins to say something; its further rows are indented like its text, so many columns.
    Says(&'r str, usize),
    /// It calls its shell with this command, which goes on in rows indented so far.
    Runs(&'r str, usize),
    /// It calls its shell; the command stands in the rows below, indented so far.
    RunsBelow(usize),
    /// The command above goes on.
    More(&'r str),
    /// It reads this file with its own tool.
    Reads(&'r str),
    /// What a call gave back.
    Gave(&'r str),
    /// What the operator asked.
    Asked(&'r str),
    /// A mode that it says it is in.
    Mode(&'r str),
    /// Which version it is; the rows below, up to a blank one, belong to its head.
    Version(&'r str),
    /// A note of the program's, not of the model's; its further rows are indented so far.
    Note(usize),
    /// A row without a sign.
    Plain,
}

/// The versions whose screens were recorded.
pub(super) fn known_version(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Claude => Some("2.1"),
        Dialect::Codex => Some("0.169"),
        Dialect::Gemini => Some("0.61"),
        Dialect::Qwen => Some("0.24"),
        Dialect::Copilot => Some("1.0"),
        Dialect::Opencode => Some("1.18"),
        Dialect::Aider => Some("0.86"),
        Dialect::Cursor | Dialect::Generic => None,
    }
}

/// Reads all rows of a screen: what each is, and its text without what stands at the screen's edge.
pub(super) fn read(dialect: Dialect, rows: &[Row]) -> Vec<(Mark<'_>, &str)> {
    let texts: Vec<&str> = rows.iter().map(|row| without_scrollbar(dialect, &row.text)).collect();
    let inputs = inputs(dialect, &texts);
    let mut dialog = Dialog::None;
    let marks = texts.iter().enumerate().map(|(number, text)| {
        if text.trim().is_empty() {
            return Mark::Blank;
        }
        let mark = match dialect {
            Dialect::Claude => claude(text, &mut dialog),
            Dialect::Codex => codex(text),
            Dialect::Gemini => gemini(text, 1),
            Dialect::Qwen => qwen(text),
            Dialect::Copilot => copilot(text),
            Dialect::Opencode => opencode(text),
            Dialect::Aider => aider(text),
            Dialect::Cursor | Dialect::Generic => Mark::Plain,
        };
        // Modes stand in the status as well as above.
        if inputs.is_some_and(|from| number >= from) && !matches!(mark, Mark::Mode(_) | Mark::Version(_)) {
            return Mark::Trim;
        }
        mark
    });
    let mut marks: Vec<Mark<'_>> = marks.collect();
    match dialect {
        Dialect::Opencode => boxes(&texts, &mut marks),
        Dialect::Aider => offers(&texts, &mut marks),
        _ => {}
    }
    marks.into_iter().zip(texts).collect()
}

/// Where the line begins that the operator types into; below it stands the status.
fn inputs(dialect: Dialect, texts: &[&str]) -> Option<usize> {
    let is_below = |at: usize, is_rule: fn(&str) -> bool| {
        at.checked_sub(1).and_then(|above| texts.get(above)).is_some_and(|above| is_rule(above))
    };
    let is_input = |at: usize, text: &str| match dialect {
        Dialect::Claude | Dialect::Copilot => text.starts_with('❯') && is_below(at, is_rule),
        Dialect::Codex => text.starts_with('›'),
        Dialect::Gemini => text.starts_with(' ') && is_below(at, |above| above.starts_with("▄▄▄▄")),
        Dialect::Qwen => text.starts_with(['>', '*', '!']) && is_below(at, is_rule),
        Dialect::Opencode | Dialect::Aider | Dialect::Cursor | Dialect::Generic => false,
    };
    let at = (0..texts.len()).rev().find(|at| texts.get(*at).is_some_and(|text| is_input(*at, text)))?;
    // Gemini draws what was asked like what is typed, and hides the latter while it asks something itself.
    let is_asked = |text: &&str| dialect == Dialect::Gemini && text.trim_start().starts_with(['✦', '│', '╭']);
    let is_last = !texts.get(at..).unwrap_or_default().iter().any(is_asked);
    is_last.then_some(at)
}

/// Takes a bar at the right edge off, with the blanks before it.
fn without_scrollbar(dialect: Dialect, text: &str) -> &str {
    let bars: &[char] = match dialect {
        Dialect::Qwen => &['│', '█'],
        Dialect::Copilot => &['┃'],
        _ => return text,
    };
    let bare = text.strip_suffix(bars).map(str::trim_end);
    bare.filter(|bare| !bare.trim_start().starts_with(['│', '╭', '╰', '┃']) || bare.ends_with(['│', '╮', '╯']))
        .unwrap_or(text)
}

fn is_rule(text: &str) -> bool {
    let text = text.trim();
    text.chars().count() >= 8 && text.chars().all(|c| matches!(c, '─' | '━' | '╌' | '═' | '▄' | '▀' | '-'))
}

/// Whether a row is a picture or a frame: hardly a letter in it.
fn is_drawing(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// How many columns stand before the text.
fn indent(text: &str) -> usize {
    text.chars().take_while(|c| *c == ' ').count()
}

/// Where a claude's question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialog {
    None,
    /// A question about a command, before the command.
    Bash,
    /// Between the lines that the command stands between.
    Command,
    /// Behind the command, or a question about something else.
    Rest,
}

/// Claude Code 2.1.
fn claude<'r>(text: &'r str, dialog: &mut Dialog) -> Mark<'r> {
    let bare = text.trim();
    match (*dialog, bare) {
        (Dialog::None, "Bash command") => {
            *dialog = Dialog::Bash;
            return Mark::Trim;
        }
        (Dialog::Bash, _) if bare.starts_with('╌') => {
            *dialog = Dialog::Command;
            return Mark::Trim;
        }
        (Dialog::Command, _) if bare.starts_with('╌') => {
            *dialog = Dialog::Rest;
            return Mark::Trim;
        }
        (Dialog::Command, _) => return Mark::Runs(bare, indent(text)),
        (Dialog::None, _) => {}
        (Dialog::Bash | Dialog::Rest, _) => {
            if bare.starts_with("Esc to cancel") {
                *dialog = Dialog::None;
            }
            return Mark::Trim;
        }
    }
    if let Some(version) = after(text, "Claude Code v") {
        return Mark::Version(version);
    }
    if let Some(mode) = bare.strip_prefix("⏵⏵ ").or_else(|| bare.strip_prefix("⏸ ")) {
        let mode = mode.split(" on").next().unwrap_or_default();
        return Mark::Mode(mode.strip_suffix(" mode").unwrap_or(mode));
    }
    if let Some(said) = text.strip_prefix("● ").or_else(|| text.strip_prefix("⏺ ")) {
        return claude_said(said);
    }
    if let Some(asked) = text.strip_prefix("❯ ") {
        return Mark::Asked(asked.trim());
    }
    if let Some(given) = bare.strip_prefix('⎿') {
        let given = given.trim_start();
        return given.strip_prefix("$ ").map_or(Mark::Gave(given), |command| Mark::Runs(command, 7));
    }
    if bare.starts_with('▎') {
        return Mark::Trim;
    }
    let is_spinner = text.starts_with(['✻', '✽', '✢', '✶', '✳', '·', '*', '∗']);
    let is_hint = ["? for shortcuts", "esc to interrupt", "Press Ctrl-C again", "· /effort", "ctrl+o to expand"];
    let is_count = bare.starts_with("Ran ") || bare.starts_with("Running ");
    let is_trim = is_spinner
        || bare.starts_with(['▐', '▝', '▘', '▗', '▜'])
        || (is_count && indent(text) == 2)
        || is_hint.iter().any(|hint| bare.contains(hint));
    if is_trim || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

fn claude_said(said: &str) -> Mark<'_> {
    // The command itself stands below, behind a `⎿  $`.
    if said.starts_with("Running ") || said.starts_with("Ran ") {
        return Mark::Trim;
    }
    match said.split_once('(') {
        Some(("Bash", rest)) => Mark::Runs(rest.trim_end().trim_end_matches(')'), 2),
        Some(("Read", rest)) => Mark::Reads(rest.trim_end().trim_end_matches(')')),
        Some((name, _)) if !name.is_empty() && name.len() < 32 && name.chars().all(char::is_alphanumeric) => Mark::Trim,
        _ => Mark::Says(said, 2),
    }
}

/// Codex CLI 0.169.
fn codex(text: &str) -> Mark<'_> {
    let bare = text.trim();
    if let Some(version) = after(text, "OpenAI Codex (v") {
        return Mark::Version(version);
    }
    if let Some(said) = text.strip_prefix("• ") {
        return match said.split_once(' ') {
            Some(("Ran" | "Running", command)) => Mark::Runs(command, 4),
            Some(("Working", _)) => Mark::Trim,
            _ if said == "Explored" || said == "Exploring" => Mark::Trim,
            _ => Mark::Says(said, 2),
        };
    }
    if let Some(asked) = text.strip_prefix("› ") {
        return Mark::Asked(asked.trim());
    }
    if let Some(command) = text.strip_prefix("  │ ") {
        return Mark::More(command);
    }
    if let Some(given) = text.strip_prefix("  └ ") {
        return given.strip_prefix("Read ").map_or(Mark::Gave(given), Mark::Reads);
    }
    if let Some(command) = text.strip_prefix("  $ ") {
        return Mark::Runs(command, 4);
    }
    let is_trim = bare.starts_with("Worked for") || bare.starts_with("─ Worked for") || bare == "^C";
    let is_picture = bare.chars().any(|c| ('\u{2800}'..='\u{28ff}').contains(&c));
    if is_trim || is_picture || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

/// Signs of a call's state before the tool's name.
const STATES: [char; 10] = ['?', '✓', '✔', '⊶', '⊷', '✗', '✕', 'x', 'o', '-'];

/// The command in `✓  Shell rm -r x` or `? Shell  rm -r x ←`, or the file in `✓  ReadFile x`.
fn stated_call(text: &str) -> Option<Mark<'_>> {
    let rest = text.strip_prefix(STATES)?;
    let rest = rest.strip_prefix(' ')?.trim_start();
    let (tool, input) = rest.split_once(' ')?;
    let input = input.trim().trim_end_matches('←').trim_end();
    let input = input.split(" [current working directory").next().unwrap_or(input);
    match tool {
        // What stands below is what it printed.
        "Shell" | "ShellTool" => Some(Mark::Runs(input, usize::MAX)),
        "ReadFile" => Some(Mark::Reads(input)),
        _ if tool.chars().next().is_some_and(char::is_uppercase) && tool.len() > 3 => Some(Mark::Trim),
        _ => None,
    }
}

/// Gemini CLI 0.61; what it says begins in column `column` less one.
fn gemini(text: &str, column: usize) -> Mark<'_> {
    let bare = text.trim();
    if let Some(version) = after(text, "Gemini CLI v") {
        return Mark::Version(version);
    }
    if let Some(said) = bare.strip_prefix("✦ ") {
        return Mark::Says(said, column + 1);
    }
    if let Some(asked) = text.strip_prefix(" > ") {
        return Mark::Asked(asked.trim());
    }
    if let Some(inner) = bare.strip_prefix('│') {
        let inner = inner.trim_end_matches('│').trim();
        return stated_call(inner).unwrap_or(Mark::Gave(inner));
    }
    if bare.starts_with("YOLO") {
        return Mark::Mode("yolo");
    }
    let is_logo = bare.starts_with(['▝', '▗', '▜', '▟']);
    let is_spinner = bare.starts_with(|c: char| ('\u{2800}'..='\u{28ff}').contains(&c));
    let is_hint =
        ["? for shortcuts", "Tips for getting started", "(esc to cancel", "Press Ctrl+C again", "Shift+Tab to"];
    let is_trim =
        is_logo || is_spinner || bare.starts_with(['╭', '╰']) || is_hint.iter().any(|hint| bare.contains(hint));
    if is_trim || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

/// Qwen Code 0.24.
fn qwen(text: &str) -> Mark<'_> {
    let bare = text.trim();
    if let Some(version) = after(text, "Qwen Code (v") {
        return Mark::Version(version);
    }
    if let Some(said) =
        bare.strip_prefix("◆\u{fe0e} ").or_else(|| bare.strip_prefix("◆ ")).or_else(|| bare.strip_prefix("✦ "))
    {
        return Mark::Says(said, 4);
    }
    if let Some(asked) = text.strip_prefix("  > ") {
        return Mark::Asked(asked.trim());
    }
    if let Some(mode) = bare.split_once(" mode (shift + tab").map(|(before, _)| before) {
        return Mark::Mode(mode.rsplit(' ').next().unwrap_or(mode));
    }
    if indent(text) == 2
        && let Some(call) = stated_call(bare)
    {
        return call;
    }
    if bare.starts_with(['●', '⚠']) || bare.starts_with("Tips:") || bare.starts_with("Ripgrep not") {
        return Mark::Note(indent(text));
    }
    let is_note = bare.starts_with(['➜', '│', '╭', '╰', '┌', '└', '█']);
    let is_spinner = bare.starts_with(|c: char| ('\u{2800}'..='\u{28ff}').contains(&c));
    let is_logo = bare.contains(['╗', '╝', '╔', '╚']) || bare.contains("▄▄");
    let is_choice = bare.starts_with("› ") || is_numbered(bare) || bare.starts_with("Allow execution of");
    let is_hint = bare.contains("Press Ctrl+C again") || bare.starts_with("Enter to steer");
    let is_trim = is_note || is_spinner || is_logo || is_choice || is_hint;
    if is_trim || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

fn is_numbered(text: &str) -> bool {
    text.split_once(". ").is_some_and(|(number, _)| number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// GitHub Copilot CLI 1.0.
fn copilot(text: &str) -> Mark<'_> {
    let bare = text.trim();
    if let Some(version) = after(text, "Copilot v") {
        return Mark::Version(version);
    }
    if let Some(said) = text.strip_prefix(" ● ") {
        let is_status = ["Tip:", "Loading:", "Working"].iter().any(|word| said.starts_with(word));
        return if is_status { Mark::Note(3) } else { Mark::Says(said, 3) };
    }
    if [" $ Shell", " ✗ Shell", " ✓ Shell", " ✔ Shell"].iter().any(|sign| text.starts_with(sign)) {
        return Mark::RunsBelow(3);
    }
    if let Some(asked) = text.strip_prefix(" ❯ ") {
        // The time of day stands at the right edge.
        let asked = asked.trim_end();
        let cut = asked.rsplit_once("  ").filter(|(_, time)| time.len() == 5 && time.contains(':'));
        return Mark::Asked(cut.map_or(asked, |(asked, _)| asked).trim());
    }
    if let Some(inner) = bare.strip_prefix("│ │ ") {
        return Mark::Runs(inner.trim_end_matches(['│', ' ']), 0);
    }
    let is_frame = bare.starts_with(['│', '╭', '╰', '└', '█', '▔']);
    let is_status =
        bare.starts_with(['◉', '◎', '○', '◍']) || bare.contains("esc interrupt") || bare.starts_with("[Current]");
    if bare.starts_with("! ") {
        return Mark::Note(3);
    }
    let is_hint = bare.starts_with("← open sidebar") || bare.starts_with("ctrl+c again");
    if is_frame || is_status || is_hint || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

/// opencode 1.18.
fn opencode(text: &str) -> Mark<'_> {
    let bare = text.trim();
    if let Some(inner) = bare.strip_prefix('┃') {
        let inner = inner.trim();
        return match inner.strip_prefix("$ ") {
            Some(command) => Mark::Runs(command, 0),
            None if inner.is_empty() || inner.starts_with(['△', '#']) || inner.starts_with("Allow once") => {
                Mark::Trim
            }
            None => match inner.split_once(" · ") {
                Some((mode @ ("Build" | "Plan"), _)) => Mark::Mode(mode),
                // What it is depends on the box: see `boxes`.
                _ => Mark::Gave(inner),
            },
        };
    }
    if let Some(command) = bare.strip_prefix("$ ") {
        return Mark::Runs(command, 7);
    }
    if let Some(path) = bare.strip_prefix("→ Read ") {
        return Mark::Reads(path.split(" [").next().unwrap_or(path));
    }
    let is_status = bare.starts_with(['▣', '╹', '■', '⬝', '✱', '←', '⚙']) || bare.contains("ctrl+p commands");
    let is_logo = bare.contains('█') || is_drawing(text);
    if is_status || is_logo {
        Mark::Trim
    } else if indent(text) == 5 {
        Mark::Says(bare, 5)
    } else {
        Mark::Plain
    }
}

/// A box of opencode's holds what the operator asked, unless a command is in it, or it is the one that is typed into.
fn boxes<'r>(texts: &[&'r str], marks: &mut [Mark<'r>]) {
    let is_box = |number: usize| texts.get(number).is_some_and(|text| text.trim_start().starts_with('┃'));
    let mut from = 0;
    while from < texts.len() {
        let to = (from..texts.len()).find(|number| !is_box(*number)).unwrap_or(texts.len());
        let is_input = texts.get(to).is_some_and(|text| text.trim_start().starts_with('╹'));
        let is_call = (from..to).any(|number| {
            matches!(marks.get(number), Some(Mark::Runs(..)))
                || texts.get(number).is_some_and(|text| text.contains('△'))
        });
        for number in from..to {
            if let Some(mark @ Mark::Gave(_)) = marks.get_mut(number) {
                *mark = match *mark {
                    Mark::Gave(inner) if !is_call && !is_input => Mark::Asked(inner),
                    Mark::Gave(_) if is_input => Mark::Trim,
                    other => other,
                };
            }
        }
        from = to + 1;
    }
    // A paragraph's further rows begin in the same column as its first.
    for number in 1..marks.len() {
        if let (Some(Mark::Says(..) | Mark::Plain), Some(Mark::Says(..))) = (marks.get(number - 1), marks.get(number))
            && let Some(mark) = marks.get_mut(number)
        {
            *mark = Mark::Plain;
        }
    }
}

/// aider 0.86, which prints lines.
fn aider(text: &str) -> Mark<'_> {
    let bare = text.trim();
    if let Some(version) = text.strip_prefix("Aider v") {
        return Mark::Version(version);
    }
    if let Some((prompt, asked)) = text.split_once("> ")
        && ["", "diff", "whole", "ask", "code", "architect", "udiff", "multi"].contains(&prompt)
    {
        let is_answer = asked.trim().len() < 2;
        return if is_answer { Mark::Trim } else { Mark::Asked(asked.trim()) };
    }
    if let Some(command) = text.strip_prefix("Running ") {
        return Mark::Runs(command, 0);
    }
    let heads = ["Tokens:", "Model:", "Main model:", "Git repo:", "Repo-map:", "Analytics have been", "Cost:"];
    let is_question = bare.contains("(Y)es/(N)o");
    let is_head = heads.iter().any(|head| text.starts_with(head)) || text.trim_end().ends_with('>');
    if is_head || is_question || is_rule(text) || is_drawing(text) { Mark::Trim } else { Mark::Plain }
}

/// The commands that aider offers stand right above its question.
fn offers<'r>(texts: &[&'r str], marks: &mut [Mark<'r>]) {
    let questions = texts.iter().enumerate().filter(|(_, text)| text.starts_with("Run shell command"));
    for (at, _) in questions {
        for number in (0..at).rev() {
            match (texts.get(number), marks.get_mut(number)) {
                (Some(text), Some(mark @ Mark::Plain)) => *mark = Mark::Runs(text.trim(), 0),
                _ => break,
            }
        }
    }
}

/// The word after `sign`.
fn after<'r>(text: &'r str, sign: &str) -> Option<&'r str> {
    let (_, rest) = text.split_once(sign)?;
    rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).next().filter(|word| !word.is_empty())
}
