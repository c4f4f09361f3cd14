//! Whether statements, requests and one-liners of databases change anything.

use crate::judge::graphql;
use crate::judge::http::{Body, Request};

/// First words of statements that only read.
const READS: &[&str] = &[
    "SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "PRAGMA", "USE", "SET", "BEGIN", "START", "COMMIT", "ROLLBACK",
    "END", "WITH", "VALUES", "TABLE", "LIST", "HELP", "ANALYZE", "FETCH", "DECLARE", "CLOSE", "PRINT", "RESET",
];
/// Words that make a statement one that writes, wherever they stand in it.
const WRITES: &[&str] =
    &["INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "DROP", "TRUNCATE", "ALTER", "CREATE", "GRANT", "REVOKE"];

/// Whether one of these SQL statements writes.
pub(super) fn sql_writes(text: &str) -> bool {
    bare(text).split(';').any(|statement| {
        let words: Vec<String> = statement
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_uppercase)
            .collect();
        let Some(first) = words.first() else { return false };
        // `FOR UPDATE` locks rows and writes none.
        let writes = words.windows(2).any(|pair| match pair {
            [before, word] => WRITES.contains(&word.as_str()) && !(before == "FOR" && word == "UPDATE"),
            _ => false,
        });
        !READS.contains(&first.as_str())
            || (matches!(first.as_str(), "SELECT" | "WITH" | "EXPLAIN" | "VALUES") && writes)
    })
}

/// The text without comments and without what stands in quotes.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let cut = match c {
            '\'' | '"' | '`' => rest.get(1..).and_then(|more| more.find(c)).map(|end| end + 2),
            '-' if rest.starts_with("--") => Some(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
            _ => None,
        };
        match cut {
            Some(cut) => {
                out.push(' ');
                rest = rest.get(cut..).unwrap_or_default();
            }
            None => {
                out.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

/// The ends of paths at which a sent question only reads.
const QUESTIONS: &[&str] = &["_search", "_msearch", "_count", "_analyze", "_explain", "_validate", "_mget", "query"];

/// Whether whoever gets this request changes anything for it.
pub(super) fn request_changes(request: &Request) -> bool {
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "") {
        return matches!(request.body, Body::Upload { .. });
    }
    let path = request.url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    if request.method == "POST" && QUESTIONS.iter().any(|end| path.ends_with(end)) {
        return false;
    }
    let text = match &request.body {
        Body::Text(text) => Some(text.as_str()),
        Body::File { content, .. } => content.as_deref(),
        Body::None | Body::Upload { .. } | Body::Unseen => None,
    };
    !text.is_some_and(only_asks)
}

/// Whether a body is a GraphQL document of queries alone.
fn only_asks(body: &str) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let named = json.as_ref().and_then(|json| json.get("query")).and_then(|query| query.as_str());
    let document = named.unwrap_or(body).trim_start();
    let looks = (document.starts_with('{') && named.is_some()) || document.starts_with("query");
    looks && graphql::operations(document, None, None).is_some_and(|all| all.iter().all(|each| !each.is_mutation))
}

/// Commands of Redis that only read.
const REDIS_READS: &str = "get mget exists keys scan type ttl pttl strlen hget hmget hgetall hkeys hvals hlen hscan hexists llen \
    lrange lindex scard smembers sismember sscan srandmember zcard zcount zrange zrevrange zrangebyscore zscore zrank zscan info \
    ping echo dbsize time lastsave memory monitor slowlog command client config object randomkey xrange xlen xinfo pubsub role \
    acl latency dump bitcount getbit getrange subscribe psubscribe select auth hello";

/// Whether words for `redis-cli` change anything.
pub(super) fn redis_changes(first: &str, second: &str) -> bool {
    let first = first.to_ascii_lowercase();
    let second = second.to_ascii_lowercase();
    let is_setting = matches!(first.as_str(), "config" | "acl" | "client" | "memory" | "slowlog")
        && matches!(
            second.as_str(),
            "set" | "rewrite" | "resetstat" | "setuser" | "deluser" | "kill" | "purge" | "reset"
        );
    is_setting || !REDIS_READS.split_whitespace().any(|known| known == first)
}

/// Calls of the MongoDB shell that write.
const MONGO_WRITES: &[&str] = &[
    ".insert",
    ".update",
    ".delete",
    ".remove",
    ".drop",
    ".create",
    ".replace",
    ".bulkWrite",
    ".rename",
    ".findOneAnd",
    ".findAndModify",
    ".save(",
    "$out",
    "$merge",
    ".ensureIndex",
    ".grant",
    ".revoke",
    ".shutdown",
    ".kill",
];

/// Whether code for the MongoDB shell writes.
pub(super) fn mongo_writes(code: &str) -> bool {
    MONGO_WRITES.iter().any(|call| code.contains(call))
}
