//! Whether code only asks if a variable is there, without showing what is in it.

/// Whether the value read between `start` and `end` of `text` is only asked after: whether it is there, or how long.
pub(super) fn is_only_asked(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let before = before.trim_end_matches("os.").trim_end();
    let after = text.get(end..).unwrap_or_default();
    let after = after.trim_start_matches(['\'', '"', ']', ' ']);
    // The closing bracket of `getenv(…)` and a default in it belong to the reading.
    let after = match after.strip_prefix(',') {
        Some(rest) => rest.find(')').and_then(|at| rest.get(at + 1..)).unwrap_or_default(),
        None => after.strip_prefix(')').unwrap_or(after),
    };
    if is_question(before, after) {
        return true;
    }
    assigned(before).is_some_and(|name| {
        let rest = text.get(end..).unwrap_or_default();
        let mut uses = uses(rest, name).peekable();
        uses.peek().is_some() && uses.all(|(before, after)| is_question(before, after))
    })
}

/// Whether what stands around a value makes it a yes, a no or a number.
fn is_question(before: &str, after: &str) -> bool {
    let before = before.trim_end();
    let after = after.trim_start();
    let asks_before = ["bool(", "!!", "Boolean(", "len(", "not ", "not", "typeof", "isset(", "empty(", "defined("]
        .iter()
        .any(|word| before.ends_with(word))
        || before.ends_with('!');
    let is_choice = after.starts_with('?') && !after.starts_with("??") && !after.starts_with("?.")
        || after.starts_with("?.length")
        || after.starts_with(".length")
        || after.starts_with("is not None")
        || after.starts_with("is None")
        || after.starts_with("!=")
        || after.starts_with("== null")
        || after.starts_with("=== undefined")
        || after.starts_with(".nil?")
        || after.starts_with(".present?")
        || after.starts_with(".empty?");
    let is_condition = (before.ends_with(" if") || before.ends_with("if (") || before.ends_with("if("))
        && (after.starts_with("else") || after.starts_with(')') || after.starts_with(':'));
    asks_before || is_choice || is_condition
}

/// The variable that the value is given to, where that is all that is done with it.
fn assigned(before: &str) -> Option<&str> {
    let before = before.trim_end().strip_suffix('=')?.trim_end();
    let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    before.get(start..).filter(|name| !name.is_empty())
}

/// What stands before and after each use of `name` in `text`.
fn uses<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(name).filter_map(move |(at, _)| {
        let before = text.get(..at)?;
        let after = text.get(at + name.len()..)?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        is_whole.then_some((before, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, access: &str, wanted: bool) {
        let at = text.find(access).expect("the access is in the text");
        let end = at + access.len();
        assert_eq!(is_only_asked(text, at, end), wanted, "{text}");
    }

    #[test]
    fn asking_whether_a_variable_is_there_shows_nothing() {
        for (text, access) in [
            ("print(bool(os.getenv('KEY')))", "getenv('KEY"),
            ("print('set' if os.environ.get('KEY') else 'missing')", "environ.get('KEY"),
            ("print(len(os.environ['KEY']))", "environ['KEY"),
            ("print(os.getenv('KEY') is not None)", "getenv('KEY"),
            ("console.log(process.env.KEY ? 'set' : 'missing')", "process.env.KEY"),
            ("console.log(!!process.env.KEY)", "process.env.KEY"),
            ("console.log(process.env.KEY?.length)", "process.env.KEY"),
            ("const k=process.env.KEY; console.log(k ? 'set' : 'missing')", "process.env.KEY"),
        ] {
            check(text, access, true);
        }
    }

    #[test]
    fn showing_it_shows_it() {
        for (text, access) in [
            ("print(os.getenv('KEY'))", "getenv('KEY"),
            ("console.log(process.env.KEY)", "process.env.KEY"),
            ("console.log(process.env.KEY || 'x')", "process.env.KEY"),
            ("console.log(process.env.KEY ?? 'x')", "process.env.KEY"),
            ("console.log(process.env.KEY?.slice(0, 9))", "process.env.KEY"),
            ("const k=process.env.KEY; console.log(k ? k : 'missing')", "process.env.KEY"),
            ("const k=process.env.KEY; console.log(k)", "process.env.KEY"),
        ] {
            check(text, access, false);
        }
    }
}
