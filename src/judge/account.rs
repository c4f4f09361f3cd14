//! What a text was understood to do, as a tree that a person can read.
//!
//! It is the same look that the rules get: nothing in here decides anything.

use std::cell::OnceCell;

use serde::Serialize;

use super::act::Act;
use super::effect::{Deed, Effect, Reach};
use super::effects::{Inner, Scene};
use super::engine::{INNER_DEPTH_MAX, Judge, Look, NOWHERE};
use super::ground::Ground;
use super::http::{Body, Request};
use super::past::Past;
use super::{graphql, http};
use crate::model::{Action, ActionKind, Oracle, Span, Text, TextKind, Untrusted};
use crate::shell::{self, Invocation, LayerKind, Limit, Place, Reading, Word};
use crate::trail::Environment;

/// How many steps one account holds.
const STEPS_MAX: usize = 4096;

/// What an action was understood to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Account {
    /// Its steps, in the order of the text.
    pub steps: Vec<Step>,
}

/// One thing that was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A program starts.
    Program {
        /// Its words, wrappers peeled off; what is not known stands as it was written.
        words: Vec<Untrusted>,
        /// What was peeled off, the outermost first.
        behind: Vec<Wrapper>,
        /// The folder it runs in, where that is known.
        cwd: Option<Untrusted>,
        /// What it acts on: `production`, `staging`, … or `unknown`.
        environment: &'static str,
        /// Whether it only says what it would do.
        dry: bool,
        /// Where it stands.
        span: Span,
        /// What it does.
        does: Vec<Step>,
    },
    /// Something happens to a file, a process or a variable.
    Effect {
        /// What is done.
        deed: Deed,
        /// To what: a path as it ends up, or what is known of it.
        target: Untrusted,
        /// What that is to the project.
        ground: Ground,
        /// Whether all that lies below it is meant as well.
        reach: Reach,
        /// Where it stands.
        span: Span,
    },
    /// A request is sent.
    Request {
        /// The method.
        method: Untrusted,
        /// Where it goes.
        url: Untrusted,
        /// The GraphQL fields it runs, mutations first written as such: `mutation volumeDelete`.
        operations: Vec<Untrusted>,
        /// Where it stands.
        span: Span,
    },
    /// Statements run on a database.
    Statement {
        /// The statements.
        text: Untrusted,
        /// What the database is.
        environment: &'static str,
        /// Where they stand.
        span: Span,
    },
    /// Code or a script starts programs of its own.
    Code {
        /// Where it stands.
        span: Span,
        /// What it does.
        does: Vec<Step>,
    },
    /// A part was not read.
    Unread {
        /// Why not.
        why: &'static str,
    },
}

/// A wrapper that was peeled off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrapper {
    /// Its own words.
    pub words: Vec<Untrusted>,
    /// What it adds: `rights`, `remote`, `container`, `item`, `shell`, `runner`, or `nothing`.
    pub adds: &'static str,
    /// The machine or the container, where it has a name.
    pub name: Option<Untrusted>,
}

impl Judge {
    /// What `action` was understood to do. Pure and total, as [`Judge::judge`] is.
    #[must_use]
    pub fn account(&self, action: &Action, past: &dyn Past, oracle: &dyn Oracle) -> Account {
        let steps = match &action.kind {
            ActionKind::Exec(exec) => {
                let (reading, cwd) = self.exec_reading(exec, oracle);
                self.steps_of(&reading, &cwd, past, oracle)
            }
            ActionKind::Text(text) => self.text_steps(text, past, oracle),
            ActionKind::Tool(tool) => match tool.text() {
                Some(text) => self.text_steps(&text, past, oracle),
                None => vec![Step::Unread { why: "a tool call without a text of its own" }],
            },
            ActionKind::File(_) | ActionKind::Connect(_) | ActionKind::Kill(_) => {
                vec![Step::Unread { why: "a system call, which has no text" }]
            }
        };
        Account { steps }
    }

    fn text_steps(&self, text: &Text, past: &dyn Past, oracle: &dyn Oracle) -> Vec<Step> {
        let whole = text.text.lossy().into_owned();
        let cwd = text.cwd.as_ref().map_or_else(|| NOWHERE.to_owned(), |cwd| cwd.lossy().into_owned());
        let span = Span(0, whole.len());
        match text.kind {
            TextKind::Shell => {
                let reading = shell::read(&whole, &self.place(&cwd));
                self.steps_of(&reading, &cwd, past, oracle)
            }
            TextKind::FileRead => {
                let words = vec![Word::literal("cat", Span(0, 0)), Word::literal(whole, span)];
                self.steps_of(&shell::peel(words, &self.place(&cwd)), &cwd, past, oracle)
            }
            TextKind::Sql => vec![statement(&whole, Environment::Unknown, span)],
            TextKind::Http => vec![request(&http::parse(&whole))],
            TextKind::Prose | TextKind::Output => Vec::new(),
        }
    }

    fn steps_of(&self, reading: &Reading, cwd: &str, past: &dyn Past, oracle: &dyn Oracle) -> Vec<Step> {
        self.with_scene(reading, cwd, past, oracle, |scene| {
            let mut left = STEPS_MAX;
            self.scene_steps(scene, 0, &mut left)
        })
    }

    fn scene_steps(&self, scene: &Scene, depth: usize, left: &mut usize) -> Vec<Step> {
        let mut steps = Vec::new();
        for invocation in &scene.reading.invocations {
            if *left == 0 {
                steps.push(Step::Unread { why: "there is more than is shown" });
                return steps;
            }
            *left -= 1;
            steps.extend(self.program(invocation, scene, depth, left));
        }
        match scene.reading.limit {
            Some(Limit::Length) => steps.push(Step::Unread { why: "the text is longer than what is read" }),
            Some(Limit::Nesting) => steps.push(Step::Unread { why: "the text nests deeper than what is read" }),
            None if scene.reading.has_error => steps.push(Step::Unread { why: "a part of it is no shell text" }),
            None => {}
        }
        steps
    }

    fn program(&self, invocation: &Invocation, scene: &Scene, depth: usize, left: &mut usize) -> Option<Step> {
        let Look { act, request: sent, inner } = self.look(invocation, scene);
        let mut does: Vec<Step> = act.effects.iter().map(effect).collect();
        does.extend(sent.as_ref().map(request));
        for each in inner {
            does.extend(self.within_steps(each, &act, scene, depth, left));
        }
        if invocation.words.is_empty() && does.is_empty() {
            return None;
        }
        Some(Step::Program {
            words: shown_words(&invocation.words),
            behind: invocation.layers.iter().map(wrapper).collect(),
            cwd: invocation.cwd.as_deref().map(Untrusted::from),
            environment: act.environment.word(),
            dry: act.is_dry,
            span: invocation.span,
            does,
        })
    }

    fn within_steps(&self, inner: Inner, act: &Act, scene: &Scene, depth: usize, left: &mut usize) -> Vec<Step> {
        if depth >= INNER_DEPTH_MAX {
            return vec![Step::Unread { why: "texts within texts, deeper than what is read" }];
        }
        let place = Place { cwd: act.invocation.cwd.clone(), home: Some(scene.land.home.to_owned()) };
        let (reading, span) = match inner {
            Inner::Sql { text, span } => return vec![statement(&text, act.environment, span)],
            Inner::Statements { text, on, span } => {
                return vec![statement(&text, self.environment_of(on.as_deref(), act), span)];
            }
            Inner::Request { request: sent } => return vec![request(&sent)],
            Inner::Unread { why, .. } => return vec![Step::Unread { why }],
            Inner::Start { words, span } => (shell::peel(words, &place), span),
            Inner::Shell { text, span } | Inner::Later { text, span } => (shell::read(&text, &place), span),
            Inner::Words { words, span } => {
                (shell::peel(words.into_iter().map(|word| Word::literal(word, span)).collect(), &place), span)
            }
        };
        let does = self.scene_steps(&Scene { reading: &reading, works: &OnceCell::new(), ..*scene }, depth + 1, left);
        vec![Step::Code { span, does }]
    }
}

fn shown_words(words: &[Word]) -> Vec<Untrusted> {
    words.iter().map(|word| Untrusted::from(word.text.as_str())).collect()
}

fn effect(effect: &Effect) -> Step {
    let Effect { deed, target, ground, reach, span } = effect;
    let target = Untrusted::from(target.as_str());
    Step::Effect { deed: *deed, target, ground: *ground, reach: *reach, span: *span }
}

fn statement(text: &str, environment: Environment, span: Span) -> Step {
    Step::Statement { text: Untrusted::from(text), environment: environment.word(), span }
}

fn request(request: &Request) -> Step {
    Step::Request {
        method: Untrusted::from(request.method.as_str()),
        url: Untrusted::from(request.url.as_str()),
        operations: operations(&request.body),
        span: request.span,
    }
}

/// The GraphQL fields that a body runs.
fn operations(body: &Body) -> Vec<Untrusted> {
    let text = match body {
        Body::Text(text) | Body::File { content: Some(text), .. } => text.as_str(),
        Body::None | Body::File { content: None, .. } | Body::Upload { .. } | Body::Unseen => return Vec::new(),
    };
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let field = |name: &str| json.as_ref().and_then(|json| json.get(name));
    let document = field("query").and_then(|query| query.as_str()).unwrap_or(text);
    let chosen = field("operationName").and_then(|name| name.as_str());
    let found = graphql::operations(document, field("variables"), chosen).unwrap_or_default();
    let shown = |operation: graphql::Operation| {
        let kind = if operation.is_mutation { "mutation " } else { "" };
        let target = operation.target.map(|target| format!(" {target}")).unwrap_or_default();
        Untrusted::from(format!("{kind}{}{target}", operation.name))
    };
    found.into_iter().map(shown).collect()
}

fn wrapper(layer: &shell::Layer) -> Wrapper {
    let named = |name: &str| Some(Untrusted::from(name)).filter(|name| !name.is_empty());
    let (adds, name) = match &layer.kind {
        LayerKind::Privilege => ("rights", None),
        LayerKind::Remote { host } => ("remote", named(host)),
        LayerKind::Container { name } => ("container", named(name)),
        LayerKind::PerItem => ("item", None),
        LayerKind::Shell => ("shell", None),
        LayerKind::Runner => ("runner", None),
        LayerKind::Plain => ("nothing", None),
    };
    Wrapper { words: shown_words(&layer.words), adds, name }
}
