//! Python and JavaScript through their grammars.

use tree_sitter::{Node, Parser};

use super::visitor::Visitor;
use super::{Code, Language};

/// The longest code that is read, in bytes.
const CODE_BYTES_MAX: usize = 64 * 1024;

/// How deep code within code (`exec`, `eval`) is followed, in levels.
const WITHIN_MAX: usize = 4;

/// The deepest nesting of brackets that a grammar sees, in levels.
const NESTING_MAX: usize = 200;

/// Reads code that stands `within` other code so many levels deep.
pub(super) fn read(language: Language, code: &str, within: usize) -> Code {
    let cut = Code { calls: Vec::new(), is_cut: true };
    if code.len() > CODE_BYTES_MAX || within > WITHIN_MAX || crate::shell::nesting(code) > NESTING_MAX {
        return cut;
    }
    let grammar = match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript | Language::Other => tree_sitter_javascript::LANGUAGE.into(),
    };
    let mut parser = Parser::new();
    if parser.set_language(&grammar).is_err() {
        return cut;
    }
    let Some(tree) = crate::shell::tree_in_steps(&mut parser, code) else { return cut };
    let mut visitor = Visitor::new(language, code, within);
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
