//! The grammar's tree to our own command model.

use tree_sitter::Node as Tree;

use super::syntax::{Argument, Assign, Limit, Node, Part, Script, Simple, Target};
use super::{RedirectKind, expand, grammar, second};
use crate::model::Span;

/// The longest text that is read, in bytes; longer ones are held unread.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The longest joined words of a program start that spans are kept for, in bytes.
pub(super) const WORDS_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The deepest nesting that is read, in levels.
pub const NESTING_MAX: usize = 200;

/// The longest text that a reading with errors is recovered from, in bytes; of a longer one each line is read apart.
pub(super) const RECOVERED_BYTES_MAX: usize = 8 * 1024;

/// Reads a text. Never fails: what it cannot read it says in the Script.
#[must_use]
pub fn parse(text: &str) -> Script {
    // What the first grammar makes of an error in a long text is not looked at, and where there is none both say the same.
    if (RECOVERED_BYTES_MAX..=TEXT_BYTES_MAX).contains(&text.len())
        && nesting(text) <= NESTING_MAX
        && let Some(nodes) = second::read(text)
        && !nodes.iter().any(is_stray)
    {
        return Script { nodes, ..Script::default() };
    }
    let script = first(text);
    if !script.has_error && !script.nodes.iter().any(is_stray) {
        return script;
    }
    let second = if text.len() < RECOVERED_BYTES_MAX { second::read(text) } else { None };
    match second {
        Some(nodes) => Script { nodes, has_error: false, limit: script.limit },
        None => Script { has_error: true, ..script },
    }
}

/// Whether a statement is the end of one that never began, which the grammar takes for a command.
fn is_stray(node: &Node) -> bool {
    let is_end = |argument: &Argument| match argument.parts.as_slice() {
        [Part::Bare(word)] => matches!(word.as_str(), "}" | "fi" | "done" | "esac" | "then" | "do" | "else" | "elif"),
        _ => false,
    };
    match node {
        Node::Simple(simple) => simple.assigns.is_empty() && simple.words.first().is_some_and(is_end),
        Node::Group(nodes) | Node::Pipeline(nodes) => nodes.iter().any(is_stray),
        Node::Redirected { body, .. } => is_stray(body),
        Node::Scope(_) | Node::Each { .. } | Node::Function { .. } => false,
    }
}

/// What the first grammar alone makes of a text.
pub(super) fn first(text: &str) -> Script {
    if text.len() > TEXT_BYTES_MAX {
        return Script { limit: Some(Limit::Length), ..Script::default() };
    }
    if nesting(text) > NESTING_MAX {
        return Script { limit: Some(Limit::Nesting), ..Script::default() };
    }
    let Some(tree) = grammar::tree(text) else { return Script { has_error: true, ..Script::default() } };
    let has_error = tree.root_node().has_error();
    if has_error && text.len() >= RECOVERED_BYTES_MAX {
        return Script { has_error, ..Script::default() };
    }
    let mut reader = Reader { text, depth: 0, is_too_deep: false, is_misread: false };
    let nodes = reader.children(tree.root_node());
    let limit = reader.is_too_deep.then_some(Limit::Nesting);
    Script { nodes, has_error: has_error || reader.is_misread, limit }
}

/// How deep brackets nest, those in quotes among them: an upper bound that needs no parser.
#[must_use]
pub fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

struct Reader<'t> {
    text: &'t str,
    depth: usize,
    is_too_deep: bool,
    /// Whether the tree says what the text does not.
    is_misread: bool,
}

fn span(tree: Tree) -> Span {
    Span(tree.start_byte(), tree.end_byte())
}

fn named(tree: Tree) -> Vec<Tree> {
    let mut cursor = tree.walk();
    tree.named_children(&mut cursor).collect()
}

fn fields<'t>(tree: Tree<'t>, field: &str) -> Vec<Tree<'t>> {
    let mut cursor = tree.walk();
    tree.children_by_field_name(field, &mut cursor).collect()
}

impl Reader<'_> {
    fn source(&self, tree: Tree) -> &str {
        self.text.get(tree.byte_range()).unwrap_or_default()
    }

    fn slice(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn children(&mut self, tree: Tree) -> Vec<Node> {
        named(tree).into_iter().filter_map(|child| self.statement(child)).collect()
    }

    /// Goes one level down, unless that is too deep.
    fn deeper<T: Default>(&mut self, go: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= NESTING_MAX {
            self.is_too_deep = true;
            return T::default();
        }
        self.depth += 1;
        let result = go(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, tree: Tree) -> Option<Node> {
        self.deeper(|reader| reader.statement_here(tree))
    }

    fn statement_here(&mut self, tree: Tree) -> Option<Node> {
        Some(match tree.kind() {
            "comment" | "heredoc_start" | "heredoc_end" | "heredoc_content" => return None,
            "command" => self.command(tree),
            "declaration_command" | "unset_command" => self.declaration(tree),
            "variable_assignment" => Node::Simple(Simple {
                span: span(tree),
                assigns: self.assign(tree).into_iter().collect(),
                ..Simple::default()
            }),
            "variable_assignments" => {
                let assigns = named(tree).into_iter().filter_map(|child| self.assign(child)).collect();
                Node::Simple(Simple { span: span(tree), assigns, ..Simple::default() })
            }
            "list" => Node::Group(self.list(tree)),
            "pipeline" => Node::Pipeline(self.children(tree)),
            "subshell" => Node::Scope(self.children(tree)),
            "redirected_statement" => self.redirected(tree),
            "function_definition" => {
                let name = tree.child_by_field_name("name").map(|name| self.source(name).to_owned())?;
                let body = fields(tree, "body").into_iter().filter_map(|body| self.statement(body)).collect();
                Node::Function { name, body }
            }
            "for_statement" => {
                let variable = tree.child_by_field_name("variable")?;
                let variable = self.source(variable).to_owned();
                let values = fields(tree, "value").into_iter().map(|value| self.argument(value)).collect();
                let body = fields(tree, "body").into_iter().filter_map(|body| self.statement(body)).collect();
                Node::Each { variable, values, body }
            }
            "command_substitution" | "process_substitution" => Node::Scope(self.children(tree)),
            _ => {
                let inner = self.children(tree);
                if inner.is_empty() {
                    return None;
                }
                Node::Group(inner)
            }
        })
    }

    /// `a && b && c` leans left in the tree, as deep as it is long: walked without going down.
    fn list(&mut self, tree: Tree) -> Vec<Node> {
        let mut right_to_left = Vec::new();
        let mut spine = Some(tree);
        while let Some(node) = spine.take() {
            for child in named(node).into_iter().rev() {
                if child.kind() == "list" && spine.is_none() && child.start_byte() == node.start_byte() {
                    spine = Some(child);
                } else {
                    right_to_left.extend(self.statement(child));
                }
            }
        }
        right_to_left.reverse();
        right_to_left
    }

    fn command(&mut self, tree: Tree) -> Node {
        let mut simple = Simple { span: span(tree), ..Simple::default() };
        let mut extra = Vec::new();
        for child in named(tree) {
            match child.kind() {
                "variable_assignment" => simple.assigns.extend(self.assign(child)),
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                    self.redirect(child, &mut simple, &mut extra);
                }
                "comment" => {}
                "command_name" => {
                    let inner = child.named_child(0).unwrap_or(child);
                    simple.words.push(self.argument(inner));
                }
                "subshell" => extra.extend(self.statement(child)),
                _ => simple.words.push(self.argument(child)),
            }
        }
        wrap(Node::Simple(simple), extra)
    }

    fn declaration(&mut self, tree: Tree) -> Node {
        let mut simple = Simple { span: span(tree), ..Simple::default() };
        let word = tree.child(0).map(|first| (self.source(first).to_owned(), span(first)));
        if let Some((word, at)) = word {
            simple.words.push(Argument { span: at, parts: vec![Part::Literal(word)] });
        }
        for child in named(tree) {
            if child.kind() == "variable_assignment" {
                simple.assigns.extend(self.assign(child));
            } else {
                simple.words.push(self.argument(child));
            }
        }
        Node::Simple(simple)
    }

    fn assign(&mut self, tree: Tree) -> Option<Assign> {
        let name = tree.child_by_field_name("name")?;
        let name = self.source(name).split('[').next().unwrap_or_default().to_owned();
        let values = match tree.child_by_field_name("value") {
            Some(value) if value.kind() == "array" => {
                named(value).into_iter().map(|item| self.argument(item)).collect()
            }
            Some(value) => vec![self.argument(value)],
            None => vec![Argument { span: span(tree), parts: vec![Part::Literal(String::new())] }],
        };
        Some(Assign { name, values })
    }

    fn redirected(&mut self, tree: Tree) -> Node {
        let mut around = Simple::default();
        let mut after = Vec::new();
        let inner = tree.child_by_field_name("body");
        let is_list = inner.is_some_and(|body| body.kind() == "list");
        let body = inner.and_then(|body| self.statement(body));
        for child in named(tree) {
            if matches!(child.kind(), "file_redirect" | "herestring_redirect" | "heredoc_redirect") {
                self.redirect(child, &mut around, &mut after);
            }
        }
        let node = match body {
            Some(body) => redirected_last(body, around, is_list),
            None => Node::Simple(Simple { span: span(tree), redirects: around.redirects, ..Simple::default() }),
        };
        wrap(node, after)
    }

    /// A here-document's first line may go on with words, a pipe or another command: they land in `simple` and `after`.
    fn redirect(&mut self, tree: Tree, simple: &mut Simple, after: &mut Vec<Node>) {
        match tree.kind() {
            "herestring_redirect" => {
                let to = named(tree).into_iter().rfind(|child| child.kind() != "file_descriptor");
                let to = to.map(|child| self.argument(child)).unwrap_or_default();
                simple.redirects.push(Target { kind: RedirectKind::Text, to, span: span(tree) });
            }
            "heredoc_redirect" => self.heredoc(tree, simple, after),
            _ => {
                let kind = self.redirect_kind(tree);
                let mut destinations = fields(tree, "destination").into_iter();
                let to = destinations.next().map(|child| self.argument(child)).unwrap_or_default();
                simple.redirects.push(Target { kind, to, span: span(tree) });
                // The grammar takes words that follow the target for further targets.
                for more in destinations {
                    let word = self.argument(more);
                    simple.words.push(word);
                }
            }
        }
    }

    fn redirect_kind(&self, tree: Tree) -> RedirectKind {
        let mut cursor = tree.walk();
        let operator = tree.children(&mut cursor).find(|child| !child.is_named()).map_or("", |child| child.kind());
        match operator {
            ">" | ">|" | "&>" => RedirectKind::Write,
            ">>" | "&>>" => RedirectKind::Append,
            "<" => RedirectKind::Read,
            "<>" => RedirectKind::Both,
            ">&" | "<&" | ">&-" | "<&-" => {
                let to = tree.child_by_field_name("destination").map_or("", |child| self.source(child));
                let is_file =
                    operator == ">&" && !to.is_empty() && !to.bytes().all(|b| b.is_ascii_digit() || b == b'-');
                if is_file { RedirectKind::Write } else { RedirectKind::Duplicate }
            }
            _ => RedirectKind::Write,
        }
    }

    fn heredoc(&mut self, tree: Tree, simple: &mut Simple, after: &mut Vec<Node>) {
        let (mut is_quoted, mut delimiter, mut is_ended) = (false, String::new(), false);
        let mut body = Argument { span: span(tree), parts: Vec::new() };
        for child in named(tree) {
            match child.kind() {
                "heredoc_start" => {
                    is_quoted = self.source(child).contains(['\'', '"', '\\']);
                    delimiter = self.source(child).replace(['\'', '"', '\\'], "");
                }
                "heredoc_body" => {
                    body.span = span(child);
                    body.parts = if is_quoted {
                        vec![Part::Literal(self.source(child).to_owned())]
                    } else {
                        self.quoted_parts(child, child.start_byte(), child.end_byte())
                    };
                }
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => self.redirect(child, simple, after),
                "heredoc_end" => is_ended = grammar::is_end(self.text, tree, child, &delimiter),
                "file_descriptor" | "comment" => {}
                "pipeline" => {
                    let stages = self.children(child);
                    after.push(Node::Pipeline(stages));
                }
                "word" | "string" | "raw_string" | "concatenation" | "number" | "expansion" | "simple_expansion" => {
                    let word = self.argument(child);
                    simple.words.push(word);
                }
                _ => after.extend(self.statement(child).map(|node| Node::Group(vec![node]))),
            }
        }
        self.is_misread |= !is_ended;
        simple.redirects.push(Target { kind: RedirectKind::Text, to: body, span: span(tree) });
    }

    fn argument(&mut self, tree: Tree) -> Argument {
        let parts = self.deeper(|reader| reader.parts(tree, false));
        Argument { span: span(tree), parts }
    }

    fn parts(&mut self, tree: Tree, is_quoted: bool) -> Vec<Part> {
        match tree.kind() {
            "word"
            | "number"
            | "test_operator"
            | "extglob_pattern"
            | "regex"
            | "brace_expression"
            | "variable_name"
            | "special_variable_name" => {
                if named(tree).is_empty() || tree.kind() == "brace_expression" {
                    expand::bare(self.source(tree))
                } else {
                    named(tree).into_iter().flat_map(|child| self.parts(child, is_quoted)).collect()
                }
            }
            "raw_string" => vec![Part::Literal(self.source(tree).trim_matches('\'').to_owned())],
            "ansi_c_string" => vec![Part::Literal(expand::ansi_c(self.source(tree)))],
            "string" => {
                let source = self.source(tree);
                let ends_closed = source.len() > 1 && source.ends_with('"');
                let (from, to) = (tree.start_byte() + 1, tree.end_byte() - usize::from(ends_closed));
                let mut parts = self.quoted_parts(tree, from, to.max(from));
                if parts.is_empty() {
                    parts.push(Part::Literal(String::new()));
                }
                parts
            }
            "translated_string" | "concatenation" | "array" => {
                let mut parts = Vec::new();
                for child in named(tree) {
                    for part in self.deeper(|reader| reader.parts(child, is_quoted)) {
                        // The grammar cuts `{a,b}` at its braces.
                        match (parts.last_mut(), part) {
                            (Some(Part::Bare(before)), Part::Bare(more)) => before.push_str(&more),
                            (_, part) => parts.push(part),
                        }
                    }
                }
                parts
            }
            "simple_expansion" => {
                let name = self.source(tree).trim_start_matches('$').to_owned();
                vec![Part::Variable { name, is_quoted, default: None, change: String::new() }]
            }
            "expansion" => vec![self.expansion(tree, is_quoted)],
            "command_substitution" => {
                let mut nodes = self.children(tree);
                if let Some(redirect) = tree.child_by_field_name("redirect") {
                    let mut simple = Simple { span: span(tree), ..Simple::default() };
                    simple.words.push(Argument { span: span(tree), parts: vec![Part::Literal("cat".into())] });
                    self.redirect(redirect, &mut simple, &mut Vec::new());
                    nodes = vec![Node::Simple(simple)];
                }
                vec![Part::Output { nodes, is_quoted }]
            }
            "process_substitution" => vec![Part::Process(self.children(tree))],
            _ => {
                let nodes = self.children(tree);
                if nodes.is_empty() {
                    vec![Part::Open(self.source(tree).to_owned())]
                } else {
                    vec![Part::Output { nodes, is_quoted: true }]
                }
            }
        }
    }

    /// `${X}`, `${X:-word}`, `${X%suffix}`: the plain one and the one with a default are understood.
    fn expansion(&mut self, tree: Tree, is_quoted: bool) -> Part {
        let source = self.source(tree).to_owned();
        let inner = source.trim_start_matches("${").trim_end_matches('}');
        let mut name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.is_empty() {
            name.extend(inner.chars().next().filter(|c| "@*#?!$-".contains(*c)));
        }
        let rest = inner.get(name.len()..).unwrap_or_default();
        let has_default =
            rest.starts_with(":-") || rest.starts_with('-') || rest.starts_with(":=") || rest.starts_with('=');
        let is_guarded = rest.starts_with(":?") || rest.starts_with('?');
        let is_indexed = rest.starts_with("[@]") || rest.starts_with("[*]");
        if rest.is_empty() || is_guarded || is_indexed {
            // Each element stays a word of its own, quoted or not.
            let is_quoted = is_quoted && !rest.starts_with("[@]");
            return Part::Variable { name, is_quoted, default: None, change: String::new() };
        }
        if has_default {
            let mut word = Argument { span: span(tree), parts: Vec::new() };
            for child in named(tree).into_iter().skip(1) {
                word.parts.extend(self.deeper(|reader| reader.parts(child, is_quoted)));
            }
            // The grammar passes over backquotes here.
            if rest.contains('`') && !word.parts.iter().any(|part| matches!(part, Part::Output { .. })) {
                let text = format!(": \"{}\"", rest.trim_start_matches([':', '-', '=']).replace('"', ""));
                if let Some(Node::Simple(simple)) = first(&text).nodes.into_iter().next() {
                    word.parts = simple.words.into_iter().nth(1).map(|argument| argument.parts).unwrap_or_default();
                }
            }
            return Part::Variable { name, is_quoted, default: Some(Box::new(word)), change: String::new() };
        }
        let inner = expansion_nodes(tree);
        if inner.is_empty() && !name.is_empty() && !rest.contains(['$', '`']) {
            return Part::Variable { name, is_quoted, default: None, change: rest.to_owned() };
        }
        // What runs inside it runs, whatever comes of it.
        let nodes: Vec<Node> = inner.into_iter().filter_map(|child| self.statement(child)).collect();
        if nodes.is_empty() { Part::Open(source) } else { Part::Output { nodes, is_quoted: true } }
    }

    /// What stands between `from` and `to`: the node's children, and literal text in the gaps between them.
    fn quoted_parts(&mut self, tree: Tree, from: usize, to: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = from;
        for child in named(tree) {
            if child.start_byte() < at || matches!(child.kind(), "string_content" | "heredoc_content") {
                continue;
            }
            push_literal(&mut parts, self.slice(at, child.start_byte()));
            parts.extend(self.deeper(|reader| reader.parts(child, true)));
            at = child.end_byte();
        }
        push_literal(&mut parts, self.slice(at, to));
        parts
    }
}

/// The substitutions inside `${…}`.
fn expansion_nodes(tree: Tree) -> Vec<Tree> {
    let mut found = Vec::new();
    let mut todo = named(tree);
    while let Some(node) = todo.pop() {
        if matches!(node.kind(), "command_substitution" | "process_substitution") {
            found.push(node);
        } else {
            todo.extend(named(node));
        }
    }
    found.reverse();
    found
}

fn push_literal(parts: &mut Vec<Part>, source: &str) {
    if !source.is_empty() {
        parts.push(Part::Literal(expand::double_quoted(source)));
    }
}

/// `cd x && cat > y <<EOF`, `a | b > y`: a redirect belongs to the last command, whatever the tree says.
fn redirected_last(body: Node, mut around: Simple, is_list: bool) -> Node {
    match body {
        Node::Simple(mut simple) => {
            simple.words.append(&mut around.words);
            simple.redirects.append(&mut around.redirects);
            Node::Simple(simple)
        }
        Node::Group(mut nodes) if is_list => {
            if let Some(last) = nodes.pop() {
                nodes.push(redirected_last(last, around, false));
            }
            Node::Group(nodes)
        }
        Node::Pipeline(mut stages) => {
            if let Some(last) = stages.pop() {
                stages.push(redirected_last(last, around, false));
            }
            Node::Pipeline(stages)
        }
        other => Node::Redirected { body: Box::new(other), redirects: around.redirects },
    }
}

/// A statement that a here-document's first line continues: `cat <<X | sh` is a pipeline, `cat <<X && ls` a list.
fn wrap(node: Node, after: Vec<Node>) -> Node {
    let mut nodes = vec![node];
    for next in after {
        match next {
            Node::Pipeline(stages) => {
                let before = std::mem::take(&mut nodes);
                let first = if before.len() == 1 { before } else { vec![Node::Group(before)] };
                nodes = vec![Node::Pipeline(first.into_iter().chain(stages).collect())];
            }
            other => nodes.push(other),
        }
    }
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            Node::Group(nodes)
        }
        None => Node::Group(nodes),
    }
}
