//! Libraries that play a service or a database in a test: what is done to them is done to nobody.

/// Their names, as code loads them.
const MOCKS: &[&str] = &[
    "moto",
    "fakeredis",
    "mongomock",
    "responses",
    "respx",
    "requests_mock",
    "pytest_httpx",
    "vcr",
    "testcontainers",
    "ioredis-mock",
    "redis-mock",
    "redis-memory-server",
    "mongodb-memory-server",
    "mongodb-memory-server-core",
    "aws-sdk-client-mock",
    "aws-sdk-mock",
    "nock",
    "msw",
    "msw/node",
    "pg-mem",
    "prisma-mock",
    "jest-mock-extended",
    "webmock",
    "fakes3",
    "localstack",
    "go-sqlmock",
    "miniredis",
];

/// Words that a line begins with that loads a library.
const LOADS: &[&str] = &["import", "from", "require", "const", "let", "var", "use", "\""];

/// Whether the code loads one of them.
pub(super) fn are_used(code: &str) -> bool {
    code.lines().any(|line| {
        let line = line.trim_start();
        let loads = LOADS.iter().any(|word| line.starts_with(word)) && !line.starts_with("from .");
        loads && MOCKS.iter().any(|name| names(line, name))
    })
}

/// Whether a line that loads something names this: between quotes, or as a word after `import` or `from`.
fn names(line: &str, name: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'));
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + name.len()..).unwrap_or_default();
        let is_word = is_edge(before.chars().last()) && is_edge(after.chars().next());
        let is_quoted = before.ends_with(['\'', '"', '/']);
        let is_module = before.trim_end() == "import" || before.trim_end() == "from";
        is_word && (is_quoted || is_module)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_plays_a_service_is_known_where_it_is_loaded_and_not_where_it_is_named() {
        for (code, expected) in [
            ("from moto import mock_aws", true),
            ("import fakeredis", true),
            ("const Redis = require('ioredis-mock');", true),
            ("import { MongoMemoryServer } from 'mongodb-memory-server'", true),
            ("import boto3  # moto", false),
            ("print('moto')", false),
            ("import motor.motor_asyncio", false),
            ("x = responses.pop()", false),
        ] {
            assert_eq!(are_used(code), expected, "{code}");
        }
    }
}
