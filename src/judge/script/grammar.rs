//! Python and JavaScript through their grammars.

use std::collections::{BTreeSet, HashMap};

use tree_sitter::{Node, Parser};

use super::visitor::Visitor;
use super::{Code, Language, Value, typescript};
use crate::shell::WordKind;

/// The longest code that is read, in bytes.
const CODE_BYTES_MAX: usize = 64 * 1024;

/// How deep code within code (`exec`, `eval`) is followed, in levels.
const WITHIN_MAX: usize = 4;

/// The deepest nesting of brackets that a grammar sees, in levels.
const NESTING_MAX: usize = 200;

/// How many different indentations the code that Python's grammar sees may have: its scanner keeps two bytes of each level
/// beside up to 257 others, and writes past the end of its 1,024 where they are more (tree-sitter-python 0.25, `serialize`).
const INDENTS_MAX: usize = 380;

/// How many different indentations the lines of Python code have, as the grammar's scanner counts them: no line is inside
/// more levels.
fn indents(code: &str) -> usize {
    let (mut seen, mut here) = (BTreeSet::new(), Some(0));
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        here = match (character, here) {
            ('\n' | '\r' | '\x0c', _) => Some(0),
            (' ', Some(indent)) => Some(indent + 1),
            ('\t', Some(indent)) => Some(indent + 8),
            // Behind a line that goes on the count does as well.
            ('\\', Some(indent)) => {
                characters.next_if_eq(&'\r');
                characters.next_if_eq(&'\n').map(|_| indent)
            }
            (_, Some(indent)) => {
                seen.insert(indent);
                None
            }
            (_, None) => None,
        };
    }
    seen.len()
}

/// Reads the code of a script that lies at `path`, or of none.
pub(super) fn read_at(language: Language, code: &str, path: Option<&str>) -> Code {
    let folder = path.and_then(|path| path.rsplit_once('/')).map(|(folder, _)| folder.to_owned());
    let known = |path: &str| Value::Path { text: path.to_owned(), kind: WordKind::Literal };
    let file = path.filter(|path| path.starts_with('/')).map(known);
    let folder = folder.filter(|folder| folder.starts_with('/')).map(|folder| known(&folder));
    let names =
        [("__file__", &file), ("__filename", &file), ("import.meta.url", &file), ("import.meta.filename", &file)];
    let folders = [("__dirname", &folder), ("import.meta.dirname", &folder)];
    let both = names.into_iter().chain(folders);
    let scope = both.filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect();
    read_with(language, code, 0, scope)
}

/// Reads code that stands `within` other code so many levels deep.
pub(super) fn read(language: Language, code: &str, within: usize) -> Code {
    read_with(language, code, within, HashMap::new())
}

fn read_with(language: Language, code: &str, within: usize, scope: HashMap<String, Value>) -> Code {
    let cut = Code { calls: Vec::new(), is_cut: true };
    if code.len() > CODE_BYTES_MAX || within > WITHIN_MAX || crate::shell::nesting(code) > NESTING_MAX {
        return cut;
    }
    let grammar = match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript | Language::Other => tree_sitter_javascript::LANGUAGE.into(),
    };
    if language == Language::Python && indents(code) > INDENTS_MAX {
        return cut;
    }
    let mut parser = Parser::new();
    if parser.set_language(&grammar).is_err() {
        return cut;
    }
    let Some(tree) = crate::shell::tree_in_steps(&mut parser, code) else { return cut };
    // What is not JavaScript may be TypeScript.
    let plain = (tree.root_node().has_error() && language != Language::Python).then(|| typescript::without_types(code));
    let (code, tree) = match &plain {
        Some(plain) => {
            let Some(tree) = crate::shell::tree_in_steps(&mut parser, plain) else { return cut };
            (plain.as_str(), tree)
        }
        None => (code, tree),
    };
    let mut visitor = Visitor::new(language, code, within, scope);
    visitor.run(tree.root_node());
    visitor.finish()
}

/// The named children of a node.
pub(super) fn named(node: Node) -> Vec<Node> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

/// The children of a node that have this field.
pub(super) fn fields<'t>(node: Node<'t>, field: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children_by_field_name(field, &mut cursor).collect()
}
