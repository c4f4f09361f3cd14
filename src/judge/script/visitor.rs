//! Goes through a tree of Python or JavaScript in the order of its text, and notes every call with what is known of it.

use std::collections::{BTreeSet, HashMap};

use tree_sitter::Node;

use super::grammar::{self, fields, named};
use super::value::Value;
use super::{Call, Code, Language, known};

/// How many nodes are gone through, those of functions each time.
const STEPS_MAX: usize = 60_000;

/// How deep expressions and calls of the code's own functions are followed, in levels.
const DEPTH_MAX: usize = 120;

/// How many calls are noted.
const CALLS_MAX: usize = 4096;

/// How many rounds of a loop over known values are followed.
const ROUNDS_MAX: usize = 32;

/// How many parts a dotted name or a chain of calls keeps.
const CHAIN_MAX: usize = 24;

pub(super) struct Visitor<'c, 't> {
    language: Language,
    code: &'c str,
    within: usize,
    scope: HashMap<String, Value>,
    functions: Vec<Node<'t>>,
    /// Functions that run now, or ran.
    running: Vec<usize>,
    ran: BTreeSet<usize>,
    calls: Vec<Call>,
    steps: usize,
    depth: usize,
    is_cut: bool,
}

impl<'c, 't> Visitor<'c, 't> {
    pub(super) fn new(language: Language, code: &'c str, within: usize, scope: HashMap<String, Value>) -> Self {
        Self {
            language,
            code,
            within,
            scope,
            functions: Vec::new(),
            running: Vec::new(),
            ran: BTreeSet::new(),
            calls: Vec::new(),
            steps: 0,
            depth: 0,
            is_cut: false,
        }
    }

    /// Goes through the whole code, and then through the functions that nothing called: somebody may.
    pub(super) fn run(&mut self, root: Node<'t>) {
        self.value(root);
        let mut at = 0;
        while at < self.functions.len() {
            if !self.ran.contains(&at) {
                self.function(at, &[], &[]);
            }
            at += 1;
        }
    }

    pub(super) fn finish(self) -> Code {
        Code { calls: self.calls, is_cut: self.is_cut }
    }

    fn source(&self, node: Node) -> &'c str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    fn child(&mut self, node: Node<'t>, field: &str) -> Value {
        node.child_by_field_name(field).map(|child| self.value(child)).unwrap_or_default()
    }

    fn each(&mut self, node: Node<'t>) -> Vec<Value> {
        named(node).into_iter().map(|child| self.value(child)).collect()
    }

    /// What a node's value is; what it calls on the way is noted.
    fn value(&mut self, node: Node<'t>) -> Value {
        self.steps += 1;
        if self.steps > STEPS_MAX || self.depth >= DEPTH_MAX {
            self.is_cut = true;
            return Value::Unknown;
        }
        self.depth += 1;
        let value = self.value_here(node);
        self.depth -= 1;
        value
    }

    fn value_here(&mut self, node: Node<'t>) -> Value {
        match node.kind() {
            "identifier" | "property_identifier" | "shorthand_property_identifier" | "this" | "super" | "import" => {
                self.lookup(self.source(node))
            }
            "string" | "template_string" => self.string(node),
            "concatenated_string" => self.each(node).iter().fold(Value::known(""), |before, part| before.joined(part)),
            "integer" | "float" | "number" | "true" | "false" | "none" | "null" => Value::known(self.source(node)),
            "list" | "tuple" | "set" | "array" | "expression_list" | "pattern_list" => {
                let mut items = Vec::new();
                for child in named(node) {
                    match (self.value(child), child.kind()) {
                        (Value::List(more), "list_splat" | "spread_element") => items.extend(more),
                        (value, _) => items.push(value),
                    }
                }
                Value::List(items).bounded()
            }
            "dictionary" | "object" => self.map(node),
            "attribute" => self.member(node, "object", "attribute"),
            "member_expression" => self.member(node, "object", "property"),
            "subscript" => self.item(node, "value", "subscript"),
            "subscript_expression" => self.item(node, "object", "index"),
            "call" => self.call(node, "function"),
            "call_expression" => self.call(node, "function"),
            "new_expression" => self.call(node, "constructor"),
            "binary_operator" | "binary_expression" => self.operator(node),
            "boolean_operator" => self.operator(node),
            "parenthesized_expression"
            | "await"
            | "await_expression"
            | "expression_statement"
            | "as_pattern"
            | "return_statement"
            | "spread_element"
            | "list_splat"
            | "non_null_expression"
            | "sequence_expression" => self.each(node).into_iter().next().unwrap_or_default(),
            "conditional_expression" | "ternary_expression" => {
                self.each(node);
                Value::Unknown
            }
            "lambda" | "arrow_function" | "function_expression" => self.define(node),
            _ => {
                self.statement(node);
                Value::Unknown
            }
        }
    }

    fn statement(&mut self, node: Node<'t>) {
        match node.kind() {
            "assignment" | "assignment_expression" => self.assign(node, "left", "right"),
            "named_expression" | "variable_declarator" => self.assign(node, "name", "value"),
            "augmented_assignment" | "augmented_assignment_expression" => {
                let (before, more) = (self.child(node, "left"), self.child(node, "right"));
                if let Some(left) = node.child_by_field_name("left") {
                    self.bind(left, before.joined(&more));
                }
            }
            "import_statement" if self.language == Language::Python => self.import(node, None),
            "import_from_statement" => {
                let module = node.child_by_field_name("module_name").map(|name| self.source(name).to_owned());
                self.import(node, module);
            }
            "import_statement" => self.import_js(node),
            "for_statement" if self.language == Language::Python => self.each_of(node),
            "for_in_statement" => self.each_of(node),
            "list_comprehension" | "set_comprehension" | "generator_expression" | "dictionary_comprehension" => {
                self.comprehension(node);
            }
            "with_item" => self.with_item(node),
            "function_definition" | "function_declaration" | "method_definition" | "generator_function_declaration" => {
                let function = self.define(node);
                if let Some(name) = node.child_by_field_name("name") {
                    self.scope.insert(self.source(name).to_owned(), function);
                }
            }
            "comment" => {}
            _ => {
                self.each(node);
            }
        }
    }

    fn lookup(&mut self, name: &str) -> Value {
        let Some(value) = self.scope.get(name) else { return Value::Name(name.to_owned()) };
        // A large value takes longer to hand out.
        self.steps += value.size() / 8;
        value.clone()
    }

    fn assign(&mut self, node: Node<'t>, left: &str, right: &str) {
        let value = self.child(node, right);
        if let Some(left) = node.child_by_field_name(left) {
            self.bind(left, value);
        }
    }

    /// Gives names their values: one, several, or those that a pattern takes out of an object.
    fn bind(&mut self, left: Node<'t>, value: Value) {
        match left.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                self.scope.insert(self.source(left).to_owned(), value);
            }
            "pattern_list" | "tuple_pattern" | "list_pattern" | "array_pattern" | "expression_list" | "tuple" => {
                for (at, part) in named(left).into_iter().enumerate() {
                    let value = match &value {
                        Value::List(items) => items.get(at).cloned().unwrap_or_default(),
                        other if other.is_text() => other.clone(),
                        _ => Value::Unknown,
                    };
                    self.bind(part, value);
                }
            }
            "object_pattern" => {
                for part in named(left) {
                    let (name, target) = match part.kind() {
                        "pair_pattern" => (part.child_by_field_name("key"), part.child_by_field_name("value")),
                        "object_assignment_pattern" => {
                            (part.child_by_field_name("left"), part.child_by_field_name("left"))
                        }
                        _ => (Some(part), Some(part)),
                    };
                    if let (Some(name), Some(target)) = (name, target) {
                        let taken = self.part_of(value.clone(), self.source(name));
                        self.bind(target, taken);
                    }
                }
            }
            "as_pattern_target" | "assignment_pattern" | "typed_parameter" | "default_parameter" => {
                if let Some(inner) = left.child_by_field_name("left").or_else(|| left.named_child(0)) {
                    self.bind(inner, value);
                }
            }
            "attribute" | "member_expression" => {
                let name = self.source(left).to_owned();
                self.scope.insert(name, value);
            }
            _ => {}
        }
    }

    fn import(&mut self, node: Node<'t>, module: Option<String>) {
        for name in fields(node, "name") {
            let is_alias = name.kind() == "aliased_import";
            let whole = if is_alias { name.child_by_field_name("name") } else { Some(name) };
            let Some(whole) = whole.map(|node| self.source(node).to_owned()) else { continue };
            let alias = name.child_by_field_name("alias").map(|node| self.source(node).to_owned());
            let (called, means) = match (&module, alias) {
                (Some(module), alias) => (alias.unwrap_or_else(|| whole.clone()), format!("{module}.{whole}")),
                (None, Some(alias)) => (alias, whole),
                (None, None) => {
                    let first = whole.split('.').next().unwrap_or_default().to_owned();
                    (first.clone(), first)
                }
            };
            self.scope.insert(called, Value::Name(means));
        }
    }

    fn import_js(&mut self, node: Node<'t>) {
        let Some(source) = node.child_by_field_name("source") else { return };
        let module = known::module(self.source(source).trim_matches(['\'', '"', '`']));
        for clause in named(node).into_iter().filter(|child| child.kind() == "import_clause") {
            for part in named(clause) {
                match part.kind() {
                    "identifier" => {
                        self.scope.insert(self.source(part).to_owned(), Value::Name(module.clone()));
                    }
                    "namespace_import" => {
                        if let Some(name) = part.named_child(0) {
                            self.scope.insert(self.source(name).to_owned(), Value::Name(module.clone()));
                        }
                    }
                    _ => {
                        for specifier in named(part) {
                            let Some(name) = specifier.child_by_field_name("name") else { continue };
                            let called = specifier.child_by_field_name("alias").unwrap_or(name);
                            let means = format!("{module}.{}", self.source(name));
                            self.scope.insert(self.source(called).to_owned(), Value::Name(means));
                        }
                    }
                }
            }
        }
    }

    fn each_of(&mut self, node: Node<'t>) {
        let over = self.child(node, "right");
        let (left, body) = (node.child_by_field_name("left"), node.child_by_field_name("body"));
        let (Some(left), Some(body)) = (left, body) else { return };
        let rounds = over.each();
        if rounds.is_empty() || rounds.len() > ROUNDS_MAX {
            self.bind(left, over.one());
            self.value(body);
        }
        for value in rounds.into_iter().take(ROUNDS_MAX) {
            self.bind(left, value);
            self.value(body);
        }
    }

    fn comprehension(&mut self, node: Node<'t>) {
        for clause in named(node).into_iter().filter(|child| child.kind() == "for_in_clause") {
            let over = self.child(clause, "right");
            if let Some(left) = clause.child_by_field_name("left") {
                let one = over.each().into_iter().next().unwrap_or_else(|| over.one());
                self.bind(left, one);
            }
        }
        for part in named(node).into_iter().filter(|child| child.kind() != "for_in_clause") {
            self.value(part);
        }
    }

    /// `with open(x) as f`.
    fn with_item(&mut self, node: Node<'t>) {
        let Some(item) = node.child_by_field_name("value") else { return };
        let value = match item.kind() {
            "as_pattern" => item.named_child(0).map(|inner| self.value(inner)).unwrap_or_default(),
            _ => self.value(item),
        };
        if let Some(target) = item.child_by_field_name("alias").and_then(|alias| alias.named_child(0)) {
            self.bind(target, value);
        }
    }

    fn define(&mut self, node: Node<'t>) -> Value {
        self.functions.push(node);
        Value::Function(self.functions.len() - 1)
    }

    /// Runs one of the code's own functions.
    fn function(&mut self, number: usize, arguments: &[Value], by_name: &[(String, Value)]) {
        let Some(node) = self.functions.get(number).copied() else { return };
        if self.running.contains(&number) {
            return;
        }
        self.ran.insert(number);
        let parameters = match node.child_by_field_name("parameter") {
            Some(only) => vec![only],
            None => node.child_by_field_name("parameters").map(named).unwrap_or_default(),
        };
        let is_method = parameters.first().is_some_and(|first| matches!(self.source(*first), "self" | "cls"));
        for (at, parameter) in parameters.into_iter().skip(usize::from(is_method)).enumerate() {
            let name = parameter.child_by_field_name("name").unwrap_or(parameter);
            let given = by_name.iter().find(|(named, _)| named == self.source(name)).map(|(_, value)| value.clone());
            let standing = parameter.child_by_field_name("value").or_else(|| parameter.child_by_field_name("right"));
            let value = match arguments.get(at).cloned().or(given) {
                Some(value) => value,
                None => standing.map(|value| self.value(value)).unwrap_or_default(),
            };
            self.bind(name, value);
        }
        self.running.push(number);
        if let Some(body) = node.child_by_field_name("body") {
            self.value(body);
        }
        self.running.pop();
    }

    fn string(&mut self, node: Node<'t>) -> Value {
        let is_raw = named(node)
            .first()
            .filter(|first| first.kind() == "string_start")
            .is_some_and(|first| self.source(*first).to_ascii_lowercase().contains('r'));
        let mut whole = Value::known("");
        for part in named(node) {
            let value = match part.kind() {
                "string_content" | "string_fragment" | "escape_sequence" if is_raw => Value::known(self.source(part)),
                "string_content" | "string_fragment" | "escape_sequence" => {
                    Value::known(known::unescaped(self.source(part)))
                }
                "interpolation" | "template_substitution" => {
                    let value = part.named_child(0).map(|inner| self.value(inner)).unwrap_or_default();
                    if value.is_text() { value } else { Value::open(value.shape().0) }
                }
                _ => continue,
            };
            whole = whole.joined(&value);
        }
        whole
    }

    fn map(&mut self, node: Node<'t>) -> Value {
        let mut fields = Vec::new();
        for part in named(node) {
            match part.kind() {
                "pair" => {
                    let Some(key) = part.child_by_field_name("key") else { continue };
                    let name = match key.kind() {
                        "property_identifier" | "identifier" if self.language == Language::JavaScript => {
                            self.source(key).to_owned()
                        }
                        _ => self.value(key).shape().0,
                    };
                    let value = self.child(part, "value");
                    fields.push((name, value));
                }
                "shorthand_property_identifier" => {
                    let name = self.source(part);
                    let value = self.lookup(name);
                    fields.push((name.to_owned(), value));
                }
                "spread_element" | "dictionary_splat" => {
                    if let Some(Value::Map(more)) = part.named_child(0).map(|inner| self.value(inner)) {
                        fields.extend(more);
                    }
                }
                _ => {
                    self.value(part);
                }
            }
        }
        Value::Map(fields).bounded()
    }

    fn member(&mut self, node: Node<'t>, of: &str, part: &str) -> Value {
        if self.scope.contains_key(self.source(node)) {
            return self.lookup(self.source(node));
        }
        let object = self.child(node, of);
        let name = node.child_by_field_name(part).map_or("", |part| self.source(part));
        self.part_of(object, name)
    }

    fn part_of(&self, object: Value, name: &str) -> Value {
        if let Some(value) = object.field(name) {
            return value.clone();
        }
        if let Some(value) = known::part(&object, name) {
            return value;
        }
        match object {
            Value::Name(before) if before.matches('.').count() < CHAIN_MAX => Value::Name(format!("{before}.{name}")),
            other if other.origins().len() < CHAIN_MAX => Value::Member(Box::new(other), name.to_owned()).bounded(),
            _ => Value::Member(Box::default(), name.to_owned()),
        }
    }

    fn item(&mut self, node: Node<'t>, of: &str, index: &str) -> Value {
        let object = self.child(node, of);
        let slice = node.child_by_field_name(index);
        if slice.is_some_and(|slice| slice.kind() == "slice") {
            if let Some(slice) = slice {
                self.each(slice);
            }
            let is_reversed = slice.is_some_and(|slice| self.source(slice) == "::-1");
            return match object.text() {
                Some(text) if is_reversed => Value::known(text.chars().rev().collect::<String>()),
                _ if object.is_text() => Value::open(object.shape().0),
                _ => object,
            };
        }
        let index = self.child(node, index);
        match (&object, index.text()) {
            (Value::List(items), Some(at)) => {
                let at = at.parse::<isize>().unwrap_or_default();
                let at = if at < 0 { items.len().checked_add_signed(at) } else { usize::try_from(at).ok() };
                at.and_then(|at| items.get(at).cloned()).unwrap_or_default()
            }
            (_, Some(name)) => self.part_of(object, name),
            (_, None) => Value::Member(Box::new(object), "item".to_owned()).bounded(),
        }
    }

    fn operator(&mut self, node: Node<'t>) -> Value {
        let (left, right) = (self.child(node, "left"), self.child(node, "right"));
        match node.child_by_field_name("operator").map_or("", |operator| operator.kind()) {
            "+" => left.joined(&right),
            "/" if matches!(left, Value::Path { .. }) || matches!(right, Value::Path { .. }) => left.below(&right),
            "%" if left.is_text() => known::formatted(&left, &right),
            "or" | "||" | "??" if !left.is_text() && right.is_text() => Value::open(right.shape().0),
            "or" | "||" | "??" => left,
            _ => Value::Unknown,
        }
    }

    fn call(&mut self, node: Node<'t>, function: &str) -> Value {
        let function = self.child(node, function);
        let (arguments, by_name) = self.arguments(node);
        if let Value::Function(number) = function {
            self.function(number, &arguments, &by_name);
            return Value::Unknown;
        }
        let on = match &function {
            Value::Member(of, _) => Some(of.clone()),
            _ => None,
        };
        let name = known::canonical(&function.name());
        let call = Call { name, arguments, named: by_name, on };
        self.callbacks(&call);
        if let Some(value) = known::value(&call, self.language) {
            return value.bounded();
        }
        self.within(&call);
        if self.calls.len() < CALLS_MAX {
            self.calls.push(call.clone());
        } else {
            self.is_cut = true;
        }
        Value::Made(Box::new(call)).bounded()
    }

    fn arguments(&mut self, node: Node<'t>) -> (Vec<Value>, Vec<(String, Value)>) {
        let (mut arguments, mut by_name) = (Vec::new(), Vec::new());
        let Some(list) = node.child_by_field_name("arguments") else { return (arguments, by_name) };
        if !matches!(list.kind(), "argument_list" | "arguments") {
            // A template as the only argument, or a comprehension.
            return (vec![self.value(list)], by_name);
        }
        for argument in named(list) {
            match argument.kind() {
                "keyword_argument" => {
                    let name = argument.child_by_field_name("name").map_or("", |name| self.source(name)).to_owned();
                    let value = self.child(argument, "value");
                    by_name.push((name, value));
                }
                "dictionary_splat" => {
                    if let Some(Value::Map(more)) = argument.named_child(0).map(|inner| self.value(inner)) {
                        by_name.extend(more);
                    }
                }
                "list_splat" | "spread_element" => match argument.named_child(0).map(|inner| self.value(inner)) {
                    Some(Value::List(items)) => arguments.extend(items),
                    Some(other) => arguments.push(other),
                    None => {}
                },
                _ => {
                    let value = self.value(argument);
                    arguments.push(value);
                }
            }
        }
        (arguments, by_name)
    }

    /// Functions that are handed to a call run with one of what it goes through.
    fn callbacks(&mut self, call: &Call) {
        let goes_through =
            matches!(call.last(), "forEach" | "map" | "filter" | "each" | "flatMap" | "submit" | "apply");
        let over = call.on.as_ref().map(|on| on.each()).unwrap_or_default();
        // `map(f, items)` has them the other way round.
        // What a promise holds is what it was made of.
        let promised = (call.last() == "then").then(|| match &call.on {
            Some(on) => on.as_ref().clone(),
            None => Value::Name(call.name.trim_end_matches(".then").to_owned()),
        });
        let over = if over.is_empty() { call.arguments.iter().flat_map(Value::each).collect() } else { over };
        let all = call.arguments.iter().chain(call.named.iter().map(|(_, value)| value));
        let functions: Vec<usize> = all
            .filter_map(|value| match value {
                Value::Function(number) => Some(*number),
                _ => None,
            })
            .collect();
        for number in functions {
            if let Some(value) = &promised {
                self.function(number, std::slice::from_ref(value), &[]);
            } else if goes_through && !over.is_empty() {
                for value in over.iter().take(ROUNDS_MAX) {
                    self.function(number, std::slice::from_ref(value), &[]);
                }
            } else {
                self.function(number, &[], &[]);
            }
        }
    }

    /// Code that the code makes and runs.
    fn within(&mut self, call: &Call) {
        let runs = match self.language {
            Language::Python => matches!(call.name.as_str(), "exec" | "eval" | "builtins.exec" | "builtins.eval"),
            Language::JavaScript | Language::Other => {
                matches!(
                    call.name.as_str(),
                    "eval" | "Function" | "globalThis.eval" | "vm.runInThisContext" | "vm.runInNewContext"
                )
            }
        };
        let text = if call.name == "Function" { call.arguments.last() } else { call.arguments.first() };
        let Some(text) = text.and_then(Value::text).filter(|_| runs) else { return };
        let inner = grammar::read(self.language, text, self.within + 1);
        self.is_cut |= inner.is_cut;
        self.calls.extend(inner.calls);
        self.is_cut |= self.calls.len() > CALLS_MAX;
        self.calls.truncate(CALLS_MAX);
    }
}
