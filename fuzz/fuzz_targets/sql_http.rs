//! Statements, requests and GraphQL documents: never a panic.
#![no_main]

use holdpoint::judge::{graphql, http, sql};
use holdpoint::model::Span;
use holdpoint::trail::Environment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = sql::judge(text, Environment::Production);
    let _ = http::judge(&http::parse(text));
    let _ = graphql::judge(text, None, None, Span(0, text.len()));
    let body = format!("POST https://api.example.com/graphql\nContent-Type: application/json\n\n{text}");
    let _ = http::judge(&http::parse(&body));
});
