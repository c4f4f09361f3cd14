//! What a GraphQL document would do, told by the names of its mutations.

use apollo_parser::Parser;
use apollo_parser::cst::{CstNode, Definition, Selection, SelectionSet, Value};

use super::verbs::{Harm, harm_of, is_grave};
use crate::model::{Class, Finding, Span, Tier, Undo};

/// The longest document that is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// How deep selections may be nested, in levels.
const DEPTH_MAX: usize = 64;

/// One field that a document runs at its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Whether it changes something.
    pub is_mutation: bool,
    /// The field's name, such as `volumeDelete`.
    pub name: String,
    /// The first value of its arguments that names something, variables filled in.
    pub target: Option<String>,
}

/// The top fields of a document's operations; `None` where it cannot be read.
///
/// `variables` are the request's, as JSON; `chosen` is the operation it names, if it names one.
#[must_use]
pub fn operations(
    document: &str,
    variables: Option<&serde_json::Value>,
    chosen: Option<&str>,
) -> Option<Vec<Operation>> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return None;
    }
    let tree = Parser::new(document).recursion_limit(DEPTH_MAX).parse();
    if tree.errors().len() > 0 {
        return None;
    }
    let mut found = Vec::new();
    let mut seen = 0;
    for definition in tree.document().definitions() {
        let (is_mutation, set) = match &definition {
            Definition::OperationDefinition(operation) => {
                let name = operation.name().map(|name| name.text().to_string());
                if chosen.is_some() && name.as_deref() != chosen {
                    continue;
                }
                let is_mutation = operation.operation_type().is_some_and(|kind| kind.mutation_token().is_some());
                (is_mutation, operation.selection_set())
            }
            Definition::FragmentDefinition(fragment) => {
                let on = fragment.type_condition().and_then(|on| on.named_type()).and_then(|on| on.name());
                let is_mutation = on.is_some_and(|name| name.text().to_string().contains("Mutation"));
                if !is_mutation {
                    continue;
                }
                (true, fragment.selection_set())
            }
            _ => continue,
        };
        seen += 1;
        fields(set, is_mutation, variables, &mut found);
    }
    (seen > 0).then_some(found)
}

fn fields(
    set: Option<SelectionSet>,
    is_mutation: bool,
    variables: Option<&serde_json::Value>,
    found: &mut Vec<Operation>,
) {
    for selection in set.iter().flat_map(SelectionSet::selections) {
        match selection {
            Selection::Field(field) => {
                let Some(name) = field.name() else { continue };
                let arguments = field.arguments();
                let target = arguments
                    .iter()
                    .flat_map(|list| list.arguments())
                    .find_map(|argument| argument.value().and_then(|value| named(&value, variables)));
                found.push(Operation { is_mutation, name: name.text().to_string(), target });
            }
            Selection::InlineFragment(inner) => fields(inner.selection_set(), is_mutation, variables, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// What an argument names: a string, a number, a variable's value, the first of an input object.
fn named(value: &Value, variables: Option<&serde_json::Value>) -> Option<String> {
    match value {
        Value::StringValue(text) => Some(text.syntax().text().to_string().trim_matches('"').to_owned()),
        Value::IntValue(number) => Some(number.syntax().text().to_string()),
        Value::Variable(variable) => {
            let name = variable.name()?.text().to_string();
            match variables.and_then(|all| all.get(&name)) {
                Some(value) => first_text(value),
                None => Some(format!("${name}")),
            }
        }
        Value::ObjectValue(object) => {
            object.object_fields().find_map(|field| field.value().and_then(|value| named(&value, variables)))
        }
        Value::ListValue(list) => list.values().find_map(|value| named(&value, variables)),
        _ => None,
    }
}

fn first_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Object(map) => map.values().find_map(first_text),
        serde_json::Value::Array(list) => list.iter().find_map(first_text),
        serde_json::Value::Null | serde_json::Value::Bool(_) => None,
    }
}

/// What a document would do. Queries give nothing; what cannot be read is held when it may be a mutation.
#[must_use]
pub fn judge(document: &str, variables: Option<&serde_json::Value>, chosen: Option<&str>, span: Span) -> Vec<Finding> {
    let Some(operations) = operations(document, variables, chosen) else {
        let is_mutation = document.contains("mutation");
        let tier = if is_mutation { Tier::Medium } else { Tier::Low };
        let mut found = vec![unread(span, tier)];
        if let Some((harm, _)) = harm_of(document).filter(|_| is_mutation) {
            found.push(hit(harm, "that cannot be read", None, span));
        }
        return found;
    };
    operations.iter().filter(|operation| operation.is_mutation).map(|operation| of(operation, span)).collect()
}

/// What a name alone says, where the document is not sent along (a persisted query).
#[must_use]
pub fn judge_name(name: &str, span: Span) -> Vec<Finding> {
    match harm_of(name) {
        Some((harm, _)) => vec![hit(harm, name, None, span)],
        None => Vec::new(),
    }
}

fn of(operation: &Operation, span: Span) -> Finding {
    match harm_of(&operation.name) {
        Some((harm, _)) => hit(harm, &operation.name, operation.target.as_deref(), span),
        None => {
            let title = "sends a GraphQL mutation";
            let found = Finding::new(
                "http/graphql-write",
                Class::Delete,
                Tier::Low,
                span,
                title,
                "It changes something remote.",
            );
            found.target(operation.name.clone())
        }
    }
}

fn hit(harm: Harm, name: &str, target: Option<&str>, span: Span) -> Finding {
    let tier = match harm {
        Harm::Destroys if is_grave(name) => Tier::Critical,
        Harm::Destroys => Tier::High,
        Harm::Removes => Tier::Medium,
        Harm::Suspends => Tier::Low,
    };
    let title = format!("runs the mutation {name}");
    let why = "A provider carries it out at once, whatever the project's own tools would ask.";
    let found = Finding::new("http/graphql-delete", Class::Delete, tier, span, &title, why)
        .instead("query the same object first, with the environment it belongs to")
        .target(target.unwrap_or(name));
    if tier >= Tier::High { found.undo(Undo::None) } else { found }
}

fn unread(span: Span, tier: Tier) -> Finding {
    let title = "a GraphQL document that cannot be read";
    Finding::new("http/graphql-unparsed", Class::Unparsed, tier, span, title, "What cannot be read is never harmless.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, variables: &str, tier: Option<Tier>, target: Option<&str>) {
        let variables: Option<serde_json::Value> = serde_json::from_str(variables).ok();
        let found = judge(document, variables.as_ref(), None, Span(0, 1));
        assert_eq!(found.iter().map(|f| f.tier).max(), tier, "{document}: {found:#?}");
        if target.is_some() {
            assert_eq!(found[0].target.as_ref().map(crate::model::Untrusted::shown).as_deref(), target, "{document}");
        }
    }

    #[test]
    fn a_mutation_is_judged_by_its_verb_and_a_query_never() {
        check("query { deletedItems { id } }", "", None, None);
        check("{ deleteCandidates { id } }", "", None, None);
        check("mutation { createItem(name: \"delete me\") { id } }", "", Some(Tier::Low), None);
        check("mutation($id: ID!) { projectDelete(id: $id) }", r#"{"id":"p1"}"#, Some(Tier::High), Some("p1"));
        check("mutation { volumeDelete(volumeId: \"3d2c\") }", "", Some(Tier::Critical), Some("3d2c"));
        check(
            "mutation { a: createItem { id } b: deleteDatabase(input: {id: \"db_1\"}) { ok } }",
            "",
            Some(Tier::High),
            None,
        );
        check("mutation M { ...F } fragment F on Mutation { serviceDelete(id: 7) }", "", Some(Tier::High), Some("7"));
        check("mutation { updateItem(id: 3, deletedAt: null) { id } }", "", Some(Tier::Low), None);
        check("mutation { removeMember(id: 3) }", "", Some(Tier::Medium), Some("3"));
        check("mutation { undeleteItem(id: 3) }", "", Some(Tier::Low), None);
    }

    #[test]
    fn a_document_that_cannot_be_read_is_never_harmless() {
        check("mutation { volumeDelete(", "", Some(Tier::High), None);
        check("query {", "", Some(Tier::Low), None);
        check("mutation", "", Some(Tier::Medium), None);
    }

    #[test]
    fn only_the_chosen_operation_runs() {
        let document = "query A { me { id } } mutation B { deleteUser(id: 1) }";
        assert_eq!(judge(document, None, Some("A"), Span(0, 1)), Vec::new());
        assert_eq!(judge(document, None, Some("B"), Span(0, 1)).len(), 1);
    }
}
