//! A second opinion: what another grammar of the same shell makes of a text, in our own model.
//!
//! It reads every valid text, and fast, but nothing of one that is not valid. Its words are taken apart by the first
//! grammar, which sees each alone.

use std::collections::HashMap;

use rable::{Node as Tree, NodeKind};

use super::RedirectKind;
use super::expand;
use super::parse;
use super::syntax::{Argument, Assign, Node, Part, Simple, Target};
use crate::model::Span;

/// How many words are taken apart.
const WORDS_MAX: usize = 1024;

/// How deep statements nest, in levels.
const DEPTH_MAX: usize = 200;

/// The deepest nesting of statements that the other grammar is given, in levels: it goes down as deep as they nest.
const NESTING_MAX: usize = 64;

/// How deep a text's statements may nest: an upper bound that needs no parser. A word that only looks like the beginning
/// of a statement counts as one.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut prefixes) = (0usize, 0usize, 0usize);
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '`')) {
        match word {
            "if" | "while" | "until" | "for" | "case" | "select" | "{" | "function" => depth += 1,
            "fi" | "done" | "esac" | "}" => depth = depth.saturating_sub(1),
            "!" | "time" | "coproc" => prefixes += 1,
            "" => {}
            _ => prefixes = 0,
        }
        deepest = deepest.max(depth + prefixes);
    }
    let mut brackets = 0usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' | b'[' => brackets += 1,
            b')' | b'}' | b']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(brackets);
    }
    deepest
}

/// How deep backquotes may stand in what is opened within others: one that the other grammar cannot read it skips, and reads
/// what follows again, at each level.
const BACKQUOTES_MAX: usize = 8;

/// How deep backquotes stand in brackets and double quotes within other backquotes: an upper bound that needs no parser.
fn backquotes(text: &str) -> usize {
    let (mut open, mut depth, mut deepest) = (Vec::new(), 0usize, 0usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let top = open.last().copied();
        match byte {
            b'\\' => drop(bytes.next()),
            b'`' | b'"' if top == Some(byte) => {
                open.pop();
                depth -= usize::from(byte == b'`');
            }
            b'(' | b'{' | b'[' | b'`' | b'"' => {
                open.push(byte);
                depth += usize::from(byte == b'`');
            }
            b')' if top == Some(b'(') => drop(open.pop()),
            b'}' if top == Some(b'{') => drop(open.pop()),
            b']' if top == Some(b'[') => drop(open.pop()),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The text's statements; `None` where it is no text of that grammar either, or is too much of it.
pub(super) fn read(text: &str) -> Option<Vec<Node>> {
    // It knows no NUL, which a shell drops.
    if text.contains('\0') || nesting(text) > NESTING_MAX || backquotes(text) > BACKQUOTES_MAX {
        return None;
    }
    let trees = rable::parse(text, true).ok()?;
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut reader = Reader { starts, words: 0, known: HashMap::new(), depth: 0, is_whole: true };
    let nodes = trees.iter().filter_map(|tree| reader.statement(tree)).collect();
    reader.is_whole.then_some(nodes)
}

struct Reader {
    /// The byte at which each character starts.
    starts: Vec<usize>,
    words: usize,
    /// The words that were taken apart, with their parts.
    known: HashMap<String, Vec<Part>>,
    depth: usize,
    /// Whether everything was understood.
    is_whole: bool,
}

impl Reader {
    fn span(&self, span: &rable::Span) -> Span {
        let at = |place: usize| self.starts.get(place).copied().unwrap_or_default();
        Span(at(span.start), at(span.end))
    }

    fn body(&mut self, tree: &Tree) -> Vec<Node> {
        self.statement(tree).into_iter().collect()
    }

    fn group(&mut self, trees: &[Option<&Tree>]) -> Option<Node> {
        Some(Node::Group(trees.iter().flatten().filter_map(|tree| self.statement(tree)).collect()))
    }

    fn statement(&mut self, tree: &Tree) -> Option<Node> {
        if self.depth >= DEPTH_MAX {
            self.is_whole = false;
            return None;
        }
        self.depth += 1;
        let node = self.statement_here(tree);
        self.depth -= 1;
        node
    }

    fn statement_here(&mut self, tree: &Tree) -> Option<Node> {
        match &tree.kind {
            NodeKind::Command { assignments, words, redirects } => {
                Some(Node::Simple(self.simple(tree, assignments, words, redirects)))
            }
            NodeKind::Pipeline { commands, .. } => {
                Some(Node::Pipeline(commands.iter().filter_map(|command| self.statement(command)).collect()))
            }
            NodeKind::List { items } => {
                Some(Node::Group(items.iter().filter_map(|item| self.statement(&item.command)).collect()))
            }
            NodeKind::If { condition, then_body, else_body, redirects } => {
                let node = self.group(&[Some(condition), Some(then_body), else_body.as_deref()]);
                self.around(node, redirects)
            }
            NodeKind::While { condition, body, redirects } | NodeKind::Until { condition, body, redirects } => {
                let node = self.group(&[Some(condition), Some(body)]);
                self.around(node, redirects)
            }
            NodeKind::For { var, words, body, redirects } | NodeKind::Select { var, words, body, redirects } => {
                let values = words.iter().flatten().map(|word| self.argument(word)).collect();
                let node = Node::Each { variable: var.clone(), values, body: self.body(body) };
                self.around(Some(node), redirects)
            }
            NodeKind::ForArith { init, cond, incr, body, redirects } => {
                let mut nodes: Vec<Node> = [init, cond, incr].iter().map(|text| self.arithmetic(text)).collect();
                nodes.extend(self.body(body));
                self.around(Some(Node::Group(nodes)), redirects)
            }
            NodeKind::Case { word, patterns, redirects } => {
                let mut nodes = vec![self.no_command(word)];
                nodes.extend(
                    patterns.iter().filter_map(|each| each.body.as_ref()).filter_map(|body| self.statement(body)),
                );
                self.around(Some(Node::Group(nodes)), redirects)
            }
            NodeKind::Function { name, body } => {
                Some(Node::Function { name: name.clone(), body: self.body(body).into() })
            }
            NodeKind::Subshell { body, redirects } => {
                let node = Node::Scope(self.body(body));
                self.around(Some(node), redirects)
            }
            NodeKind::BraceGroup { body, redirects } => {
                let node = Node::Group(self.body(body));
                self.around(Some(node), redirects)
            }
            NodeKind::Coproc { command: inner, .. }
            | NodeKind::Negation { pipeline: inner }
            | NodeKind::Time { pipeline: inner, .. } => self.statement(inner),
            NodeKind::ConditionalExpr { body, redirects } => {
                let mut nodes = Vec::new();
                self.condition(body, &mut nodes);
                self.around(Some(Node::Group(nodes)), redirects)
            }
            NodeKind::ArithmeticCommand { raw_content, redirects, .. } => {
                let node = self.arithmetic(raw_content);
                self.around(Some(node), redirects)
            }
            NodeKind::Comment { .. } | NodeKind::Empty => None,
            _ => {
                self.is_whole = false;
                None
            }
        }
    }

    fn around(&mut self, node: Option<Node>, redirects: &[Tree]) -> Option<Node> {
        let node = node?;
        if redirects.is_empty() {
            return Some(node);
        }
        let redirects = redirects.iter().map(|redirect| self.redirect(redirect)).collect();
        Some(Node::Redirected { body: Box::new(node), redirects })
    }

    fn simple(&mut self, tree: &Tree, assignments: &[Tree], words: &[Tree], redirects: &[Tree]) -> Simple {
        let mut simple = Simple { span: self.span(&tree.span), ..Simple::default() };
        for assignment in assignments {
            simple.assigns.extend(self.assign(assignment));
        }
        simple.words = words.iter().map(|word| self.argument(word)).collect();
        let is_declaration = words.first().is_some_and(|first| {
            matches!(&first.kind, NodeKind::Word { value, .. } if matches!(value.as_str(), "export" | "declare" | "local" | "readonly" | "typeset"))
        });
        if is_declaration {
            simple.words.truncate(1);
            for word in words.iter().skip(1) {
                match self.assign(word) {
                    Some(assign) => simple.assigns.push(assign),
                    None => simple.words.push(self.argument(word)),
                }
            }
        }
        simple.redirects = redirects.iter().map(|redirect| self.redirect(redirect)).collect();
        simple
    }

    /// An assignment as the first grammar reads it.
    fn assign(&mut self, word: &Tree) -> Option<Assign> {
        let NodeKind::Word { value, .. } = &word.kind else { return None };
        let name = value.split('=').next().filter(|name| name.len() < value.len())?;
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_[]+".contains(&b));
        if !is_name {
            return None;
        }
        let script = self.apart(value)?;
        let span = self.span(&word.span);
        script.into_iter().find_map(|node| match node {
            Node::Simple(simple) => simple.assigns.into_iter().next().map(|mut assign| {
                assign.values.iter_mut().for_each(|value| value.span = span);
                assign
            }),
            _ => None,
        })
    }

    fn argument(&mut self, word: &Tree) -> Argument {
        let span = self.span(&word.span);
        let parts = match &word.kind {
            NodeKind::Word { value, .. } | NodeKind::CondTerm { value, .. } | NodeKind::WordLiteral { value } => {
                self.parts(value)
            }
            _ => {
                self.is_whole = false;
                Vec::new()
            }
        };
        Argument { span, parts }
    }

    /// A word alone, taken apart by the first grammar. What it does not know is a pattern of the extended kind.
    fn parts(&mut self, word: &str) -> Vec<Part> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:,@%+=~^*?[]{}".contains(&b) || b >= 0x80;
        if word.bytes().all(is_plain) && !word.is_empty() {
            return expand::bare(word);
        }
        if self.words < WORDS_MAX
            && let Some(known) = self.known.get(word)
        {
            self.words += 1;
            return known.clone();
        }
        let parts = self.parts_apart(word);
        if self.is_whole {
            self.known.insert(word.to_owned(), parts.clone());
        }
        parts
    }

    fn parts_apart(&mut self, word: &str) -> Vec<Part> {
        let first = self.apart(&format!(": {word}")).and_then(|nodes| match nodes.into_iter().next() {
            Some(Node::Simple(simple)) if simple.words.len() == 2 => simple.words.into_iter().nth(1),
            _ => None,
        });
        if let Some(argument) = first {
            return argument.parts;
        }
        if let Some(pattern) = extended(word) {
            return self.parts(&pattern);
        }
        self.is_whole = false;
        vec![Part::Open(word.to_owned())]
    }

    fn apart(&mut self, text: &str) -> Option<Vec<Node>> {
        self.words += 1;
        if self.words > WORDS_MAX {
            self.is_whole = false;
            return None;
        }
        let script = parse::first(text);
        (!script.has_error && script.limit.is_none()).then_some(script.nodes)
    }

    /// The commands that an arithmetic text runs on its way.
    fn arithmetic(&mut self, text: &str) -> Node {
        let parts = if text.contains(['$', '`']) { self.parts(&format!("\"{text}\"")) } else { Vec::new() };
        let word = Argument { span: Span::default(), parts };
        Node::Simple(Simple { assigns: vec![Assign { name: "_".to_owned(), values: vec![word] }], ..Simple::default() })
    }

    /// A word that is only looked at: the commands in it run.
    fn no_command(&mut self, word: &Tree) -> Node {
        let values = vec![self.argument(word)];
        Node::Simple(Simple { assigns: vec![Assign { name: "_".to_owned(), values }], ..Simple::default() })
    }

    fn condition(&mut self, tree: &Tree, nodes: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX {
            self.is_whole = false;
            return;
        }
        self.depth += 1;
        match &tree.kind {
            NodeKind::UnaryTest { operand, .. } | NodeKind::CondNot { operand } => self.condition(operand, nodes),
            NodeKind::BinaryTest { left, right, .. }
            | NodeKind::CondAnd { left, right }
            | NodeKind::CondOr { left, right } => {
                self.condition(left, nodes);
                self.condition(right, nodes);
            }
            NodeKind::CondParen { inner } => self.condition(inner, nodes),
            NodeKind::CondTerm { value, .. } if !value.contains(['$', '`']) => {}
            NodeKind::Word { .. } | NodeKind::CondTerm { .. } => nodes.push(self.no_command(tree)),
            _ => {}
        }
        self.depth -= 1;
    }

    fn redirect(&mut self, tree: &Tree) -> Target {
        let span = self.span(&tree.span);
        match &tree.kind {
            NodeKind::HereDoc { content, quoted, .. } => {
                let parts = if *quoted || !content.contains(['$', '`', '\\']) {
                    vec![Part::Literal(content.clone())]
                } else {
                    // Within a here-document a double quote means itself.
                    self.parts(&format!("\"{}\"", content.replace('"', "\\\"")))
                };
                Target { kind: RedirectKind::Text, to: Argument { span, parts }, span }
            }
            NodeKind::Redirect { op, target, .. } => {
                let to = self.argument(target);
                let is_number = matches!(&target.kind, NodeKind::Word { value, .. } if value.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
                let kind = match op.trim_start_matches(|c: char| c.is_ascii_digit()) {
                    "<<<" => RedirectKind::Text,
                    "<" => RedirectKind::Read,
                    "<>" => RedirectKind::Both,
                    ">>" | "&>>" => RedirectKind::Append,
                    ">&" | "<&" | ">&-" | "<&-" if is_number || op.contains('<') => RedirectKind::Duplicate,
                    _ => RedirectKind::Write,
                };
                Target { kind, to, span }
            }
            _ => {
                self.is_whole = false;
                Target { kind: RedirectKind::Duplicate, to: Argument::default(), span }
            }
        }
    }
}

/// A word with its extended patterns, such as `!(a|b)`, written as the plain pattern that finds at least as much.
fn extended(word: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = word;
    let mut is_found = false;
    while let Some(at) = rest.find("(") {
        let before = rest.get(..at)?;
        let sign = before.chars().last().filter(|c| "!@?*+".contains(*c))?;
        let inner = rest.get(at + 1..)?;
        let mut depth = 1usize;
        let end = inner.char_indices().find_map(|(at, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        })?;
        let text = inner.get(..end)?;
        if text.contains(['$', '`', '\'', '"']) {
            return None;
        }
        out.push_str(before.strip_suffix(sign)?);
        out.push('*');
        is_found = true;
        rest = inner.get(end + 1..)?;
    }
    out.push_str(rest);
    is_found.then_some(out)
}
