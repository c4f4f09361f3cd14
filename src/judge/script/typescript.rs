//! TypeScript as the JavaScript that is left of it: types are blanked out, so that places stay what they are.
//!
//! A reader by words: it knows strings, templates and comments, and where a colon or a word begins a type. What it does
//! not recognise stays, and the grammar recovers from it.

/// What is known of the code before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A name or a keyword, from and to.
    Word(usize, usize),
    /// A string, a template, a number.
    Value,
    /// Any other sign.
    Sign(u8),
}

/// How many parts of a text are looked at.
const PARTS_MAX: usize = 40_000;

/// How many parts a type is followed for: what never closes is not searched to its end from each of its beginnings.
const TYPE_PARTS_MAX: usize = 1024;

/// Words that declare something that is no code.
const DECLARES: [&str; 2] = ["interface", "type"];

/// Words that may stand before a parameter's name.
const MODIFIERS: [&str; 4] = ["public", "private", "protected", "readonly"];

/// The code with its types blanked out.
pub(super) fn without_types(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    let parts = parts(code);
    let mut brackets: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        let part = parts.get(at).map_or(Part::Value, |(part, _)| *part);
        let blanked = blank_to(code, &parts, at, &brackets);
        if let Some((from, to, next)) = blanked {
            bytes.iter_mut().take(to).skip(from).filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
            at = next.max(at + 1);
            continue;
        }
        match part {
            Part::Sign(open @ (b'(' | b'[' | b'{')) => brackets.push(open),
            Part::Sign(b')' | b']' | b'}') => drop(brackets.pop()),
            Part::Sign(_) | Part::Word(..) | Part::Value => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| code.to_owned())
}

/// What is to be blanked at a part: from, to, and the part after it.
fn blank_to(code: &str, parts: &[(Part, usize)], at: usize, brackets: &[u8]) -> Option<(usize, usize, usize)> {
    let (part, start) = *parts.get(at)?;
    let word = |at: Option<usize>| at.and_then(|at| parts.get(at)).and_then(|(part, _)| text(code, *part));
    let sign = |at: Option<usize>| match at.and_then(|at| parts.get(at)) {
        Some((Part::Sign(sign), _)) => Some(*sign),
        _ => None,
    };
    let before = at.checked_sub(1);
    let to_end = |next: usize| parts.get(next).map_or(code.len(), |(_, start)| *start);
    match part {
        Part::Word(..) => {
            let name = text(code, part)?;
            let begins = || {
                before.is_none()
                    || matches!(sign(before), Some(b';' | b'}'))
                    || word(before) == Some("export")
                    || is_line_start(code, start)
            };
            if DECLARES.contains(&name) && word(Some(at + 1)).is_some() && begins() {
                let next = declaration(parts, at + 1, name)?;
                return Some((start, to_end(next), next));
            }
            // `import { a as b }` is no type.
            let renames = brackets.last() == Some(&b'{') && matches!(sign(at.checked_sub(2)), Some(b'{' | b','));
            if matches!(name, "as" | "satisfies")
                && before.is_some()
                && !renames
                && !matches!(sign(before), Some(b'{' | b',' | b'*' | b';'))
            {
                let next = a_type(code, parts, at + 1)?;
                return Some((start, to_end(next), next));
            }
            (MODIFIERS.contains(&name) && word(Some(at + 1)).is_some() && matches!(sign(before), Some(b'(' | b',')))
                .then(|| (start, to_end(at + 1), at + 1))
        }
        // `value!.part`
        Part::Sign(b'!') => {
            let follows = matches!(parts.get(before?)?.0, Part::Word(..) | Part::Sign(b')' | b']'));
            let is_close =
                start.checked_sub(1).is_some_and(|end| !code.as_bytes().get(end).is_some_and(u8::is_ascii_whitespace));
            let is_word = word(before).is_some_and(|word| matches!(word, "return" | "typeof" | "await" | "case"));
            let is_unequal = sign(Some(at + 1)) == Some(b'=');
            (follows && is_close && !is_word && !is_unequal).then_some((start, start + 1, at + 1))
        }
        // `name?: Type`
        Part::Sign(b'?') if sign(Some(at + 1)) == Some(b':') => Some((start, start + 1, at + 1)),
        Part::Sign(b':') => {
            let declared =
                |back: usize| word(at.checked_sub(back)).is_some_and(|word| matches!(word, "const" | "let" | "var"));
            let in_list = brackets.last() == Some(&b'(');
            let named = matches!(parts.get(before?)?.0, Part::Word(..))
                && matches!(sign(at.checked_sub(2)), Some(b'(' | b',' | b'.'))
                || sign(before) == Some(b'?')
                || sign(before) == Some(b' ');
            let is_parameter = in_list && (named || matches!(sign(before), Some(b'}' | b']')));
            let is_result = sign(before) == Some(b')');
            if !(declared(2) || is_parameter || is_result) {
                return None;
            }
            let next = a_type(code, parts, at + 1)?;
            let ends = match sign(Some(next)) {
                Some(b'{') => is_result,
                Some(b'=') => true,
                Some(b')' | b',' | b';') => !is_result,
                _ => declared(2),
            };
            ends.then(|| (start, to_end(next), next))
        }
        // `call<Type>(…)`, `function f<T>(…)`
        Part::Sign(b'<') if matches!(parts.get(before?)?.0, Part::Word(_, end) if end == start) => {
            let next = angle(parts, at)?;
            (sign(Some(next)) == Some(b'(')).then(|| (start, to_end(next), next))
        }
        Part::Sign(_) | Part::Value => None,
    }
}

fn text(code: &str, part: Part) -> Option<&str> {
    match part {
        Part::Word(from, to) => code.get(from..to),
        Part::Value | Part::Sign(_) => None,
    }
}

fn is_line_start(code: &str, at: usize) -> bool {
    code.get(..at).is_some_and(|before| {
        let before = before.trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    })
}

/// Where a declaration ends whose name is at `at`: after its body, or with its line.
fn declaration(parts: &[(Part, usize)], at: usize, kind: &str) -> Option<usize> {
    let is = |at: usize, sign: u8| parts.get(at).is_some_and(|(part, _)| *part == Part::Sign(sign));
    let mut here = at;
    while here < parts.len() && !is(here, b'{') && !is(here, b'=') && here < at + 24 {
        here += 1;
    }
    if is(here, b'{') && kind == "interface" {
        return balanced(parts, here);
    }
    if !is(here, b'=') || kind != "type" {
        return None;
    }
    let mut here = here + 1;
    while here < parts.len() && !is(here, b';') {
        let open = parts.get(here).is_some_and(|(part, _)| matches!(part, Part::Sign(b'{' | b'(' | b'[')));
        here = if open { balanced(parts, here)? } else { here + 1 };
        let ends = parts.get(here).is_some_and(|(part, _)| matches!(part, Part::Word(..)));
        let follows = parts.get(here.checked_sub(1)?).is_some_and(|(part, _)| {
            !matches!(part, Part::Sign(b'|' | b'&' | b'=' | b'<' | b',' | b'.' | b':' | b'>'))
        });
        if ends && follows {
            return Some(here);
        }
    }
    Some((here + 1).min(parts.len()))
}

/// The part after the bracket that closes the one at `at`.
fn balanced(parts: &[(Part, usize)], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (here, (part, _)) in parts.iter().enumerate().skip(at).take(TYPE_PARTS_MAX) {
        match part {
            Part::Sign(b'{' | b'(' | b'[') => depth += 1,
            Part::Sign(b'}' | b')' | b']') => depth = depth.checked_sub(1)?,
            Part::Sign(_) | Part::Word(..) | Part::Value => {}
        }
        if depth == 0 {
            return Some(here + 1);
        }
    }
    None
}

/// The part after the bracket that closes a list of types.
fn angle(parts: &[(Part, usize)], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut here = at;
    while let Some((part, _)) = parts.get(here).filter(|_| here < at + TYPE_PARTS_MAX) {
        match part {
            Part::Sign(b'<') => depth += 1,
            Part::Sign(b'>') => depth = depth.checked_sub(1)?,
            Part::Sign(b'{' | b'[' | b'(') => {
                here = balanced(parts, here)?;
                continue;
            }
            Part::Sign(b'.' | b',' | b'|' | b'&' | b'?' | b':' | b';') | Part::Word(..) | Part::Value => {}
            Part::Sign(_) => return None,
        }
        here += 1;
        if depth == 0 {
            return Some(here);
        }
    }
    None
}

/// The part after a type: names with what is in angles, lists, objects, functions, one or the other of them.
fn a_type(code: &str, parts: &[(Part, usize)], at: usize) -> Option<usize> {
    let mut here = at;
    loop {
        while parts
            .get(here)
            .and_then(|(part, _)| text(code, *part))
            .is_some_and(|word| matches!(word, "keyof" | "typeof" | "readonly" | "asserts"))
        {
            here += 1;
        }
        match parts.get(here)?.0 {
            Part::Word(..) | Part::Value => here += 1,
            Part::Sign(b'{' | b'(' | b'[') => here = balanced(parts, here)?,
            Part::Sign(_) => return None,
        }
        loop {
            let sign = match parts.get(here) {
                Some((Part::Sign(sign), _)) => *sign,
                _ => return Some(here),
            };
            let next_is = |sign: u8| parts.get(here + 1).is_some_and(|(part, _)| *part == Part::Sign(sign));
            match sign {
                b'.' => here += 2,
                b'<' => here = angle(parts, here)?,
                b'[' => here = balanced(parts, here)?,
                b'|' | b'&' if !next_is(sign) => {
                    here += 1;
                    break;
                }
                b'=' if next_is(b'>')
                    && matches!(parts.get(here.checked_sub(1)?), Some((Part::Sign(b')'), _)))
                    && parts.get(at).is_some_and(|(part, _)| *part == Part::Sign(b'(')) =>
                {
                    here += 2;
                    break;
                }
                _ => return Some(here),
            }
        }
    }
}

/// The parts of the code, each with where it starts; comments are none.
fn parts(code: &str) -> Vec<(Part, usize)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied().filter(|_| found.len() < PARTS_MAX) {
        let next = bytes.get(at + 1).copied();
        let start = at;
        match byte {
            b'/' if next == Some(b'/') => {
                at = code.get(at..).and_then(|rest| rest.find('\n')).map_or(bytes.len(), |end| at + end);
            }
            b'/' if next == Some(b'*') => {
                at = code.get(at..).and_then(|rest| rest.find("*/")).map_or(bytes.len(), |end| at + end + 2);
            }
            b'\'' | b'"' | b'`' => {
                at = closed(bytes, at);
                found.push((Part::Value, start));
            }
            _ if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$') || byte >= 0x80 => {
                while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || *b >= 0x80)
                {
                    at += 1;
                }
                found.push((Part::Word(start, at), start));
            }
            _ if byte.is_ascii_digit() => {
                while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
                    at += 1;
                }
                found.push((Part::Value, start));
            }
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => {
                found.push((Part::Sign(byte), start));
                at += 1;
            }
        }
    }
    found
}

/// The place after the string or the template that opens at `at`.
fn closed(bytes: &[u8], at: usize) -> usize {
    let quote = bytes.get(at).copied();
    let mut here = at + 1;
    while let Some(byte) = bytes.get(here) {
        if *byte == b'\\' {
            here += 2;
        } else if Some(*byte) == quote {
            return here + 1;
        } else {
            here += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_blanked_out_and_code_stays_in_its_place() {
        let squeezed = |code: &str| {
            let plain = without_types(code);
            assert_eq!(plain.len(), code.len(), "{code}");
            plain.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        for (code, expected) in [
            ("const rds: RDS = new RDS({});", "const rds = new RDS({});"),
            ("await connect(process.env.URL!);", "await connect(process.env.URL );"),
            ("const a = b as unknown as string[];", "const a = b ;"),
            ("function f(a: string, b?: Map<string, number>): Promise<void> { g(a) }", "function f(a , b ) { g(a) }"),
            ("const f = async (x: { a: number }): Promise<void> => { g(x) }", "const f = async (x ) => { g(x) }"),
            ("interface A { b: string; c(): void }\nf({a: 1})", "f({a: 1})"),
            ("type A = { b: string } | null;\nf(1)", "f(1)"),
            ("const x = useState<string[]>([]);", "const x = useState ([]);"),
            ("f(a ? b : c)", "f(a ? b : c)"),
            ("const o = {a: b, c: d}", "const o = {a: b, c: d}"),
            ("if (a !== b && !c) { d() }", "if (a !== b && !c) { d() }"),
            ("import { a as b } from 'x'", "import { a as b } from 'x'"),
            ("if (a < b && c > (d)) {}", "if (a < b && c > (d)) {}"),
            ("switch (x) { case 'a': f(); }", "switch (x) { case 'a': f(); }"),
            ("for (const u of users ?? []) {}", "for (const u of users ?? []) {}"),
        ] {
            assert_eq!(squeezed(code), expected, "{code}");
        }
    }
}
