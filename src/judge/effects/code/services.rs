//! Calls of services' client libraries, by one grammar: a client is made of a library that is known, things are reached
//! through it, and a method's name says what is done to them.
//!
//! The verb decides, so that a method nobody listed is understood like any other. What goes through a client that leads
//! to this machine, or through one that only plays a part in a test, is made again.

use super::Reader;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::judge::script::{Call, Value};
use crate::judge::verbs::{Harm, harm_of, words};
use crate::trail::{host_of, is_local_host};

/// What the names of services' libraries begin with, as code that loads them has it.
const LIBRARIES: &[&str] = &[
    "azure.",
    "@azure/",
    "Azure.",
    "gitlab.",
    "@gitbeaker/",
    "Gitlab.",
    "github.",
    "@octokit/",
    "octokit",
    "Octokit.",
    "cloudflare",
    "Cloudflare",
    "CloudFlare",
    "slack_sdk",
    "slack",
    "@slack/",
    "Slack.",
    "@supabase/",
    "supabase",
    "firebase-admin",
    "firebase_admin",
    "firebase.",
    "@google-cloud/",
    "google.cloud.",
    "googleapiclient.",
    "googleapis",
    "Google.Cloud.",
    "@aws-sdk/",
    "aws-sdk",
    "Aws.",
    "elasticsearch",
    "@elastic/",
    "opensearchpy",
    "@opensearch-project/",
    "Elasticsearch.",
    "meilisearch",
    "algoliasearch",
    "typesense",
    "pinecone",
    "@pinecone-database/",
    "qdrant_client",
    "@qdrant/",
    "weaviate",
    "chromadb",
    "pymilvus",
    "twilio",
    "Twilio.",
    "sendgrid",
    "@sendgrid/",
    "heroku3",
    "heroku-client",
    "digitalocean",
    "hcloud",
    "linode_api4",
    "vultr",
    "ovh",
    "openstack",
    "kafka",
    "kafkajs",
    "confluent_kafka",
    "Kafka.",
    "pika",
    "amqplib",
    "minio",
    "Minio.",
    "b2sdk",
    "influxdb_client",
    "@influxdata/",
    "neo4j",
    "cassandra",
    "shopify",
    "@shopify/",
    "ShopifyAPI.",
    "notion_client",
    "@notionhq/",
    "openai",
    "auth0",
    "okta",
    "@clerk/",
    "vercel",
    "@vercel/",
    "netlify",
    "@netlify/",
    "discord",
    "hvac",
    "node-vault",
    "consul",
    "etcd3",
    "pulumi",
    "airtable",
    "contentful",
    "contentful-management",
    "@sanity/",
    "datadog",
    "@datadog/",
    "pagerduty",
    "mailchimp",
    "@mailchimp/",
    "paypal",
    "square",
    "braintree",
    "plaid",
    "hubspot",
    "@hubspot/",
    "simple_salesforce",
    "jsforce",
    "jira",
    "atlassian.",
    "zenpy",
    "asana",
    "trello",
    "linear",
    "@linear/",
    "huggingface_hub",
    "wandb",
    "mlflow",
    "snowflake.",
    "databricks.",
];

/// What a client may lose without anybody missing it, or what only this process has.
const SOFT: &[&str] = &[
    "message",
    "messages",
    "chat",
    "reaction",
    "reactions",
    "comment",
    "comments",
    "label",
    "labels",
    "draft",
    "cache",
    "timer",
    "listener",
    "listeners",
    "handler",
    "interceptor",
    "session",
    "typing",
    "presence",
    "lock",
    "lease",
    "scroll",
];

/// Methods that narrow down what a request is about, where they come before it or after it.
const NARROWS: &[&str] =
    &["eq", "match", "in", "in_", "contains", "filter", "or", "like", "ilike", "lt", "lte", "gt", "is"];

/// Methods that give a secret's value, and the command line that does the same.
const SECRETS: &[(&str, &[&str])] = &[
    ("get_secret", &["az", "keyvault", "secret", "show", "--name"]),
    ("getSecret", &["az", "keyvault", "secret", "show", "--name"]),
    ("access_secret_version", &["gcloud", "secrets", "versions", "access", "latest", "--secret"]),
    ("accessSecretVersion", &["gcloud", "secrets", "versions", "access", "latest", "--secret"]),
    ("read_secret_version", &["vault", "kv", "get"]),
];

pub(super) fn one(reader: &mut Reader, call: &Call, all: &[Call]) -> bool {
    if !LIBRARIES.iter().any(|library| begins(&call.name, library)) || leads_here(call) {
        return false;
    }
    let (last, about) = (call.last(), target(call));
    if let Some((_, words)) = SECRETS.iter().find(|(name, _)| *name == last) {
        let words = words.iter().map(|word| (*word).to_owned()).chain(std::iter::once(about));
        reader.stands_for(words.collect());
        return true;
    }
    let Some(deed) = taken(call, all) else { return false };
    let span = reader.span;
    reader.collect.deed(deed, &about, Ground::Outside, span);
    true
}

/// Whether a name is one of a library: `azure.` has all below it, `gitlab` is a whole part.
fn begins(name: &str, library: &str) -> bool {
    let rest = name.strip_prefix(library);
    rest.is_some_and(|rest| {
        library.ends_with(['.', '/']) || rest.is_empty() || rest.starts_with(['.', '/', '-', '(', '_'])
    })
}

/// What is taken away, where the method's name says that something is.
fn taken(call: &Call, all: &[Call]) -> Option<Deed> {
    let last = call.last();
    // `conversations.archive`: what is archived is named before.
    let whole = format!("{}.{last}", call.name.rsplit('.').nth(1).unwrap_or_default());
    let (harm, _) = harm_of(if last == "archive" { &whole } else { last })?;
    let is_plain = matches!(last, "delete" | "del" | "destroy" | "remove" | "drop" | "purge" | "begin_delete");
    let about = if is_plain {
        // `client.zones.delete`: the thing is named before the verb.
        words(call.name.rsplit('.').nth(1).unwrap_or_default())
    } else {
        words(last)
    };
    if about.iter().any(|word| SOFT.contains(&word.as_str())) || last == "remove_from_cart" {
        return None;
    }
    let first = words(last).into_iter().next().unwrap_or_default();
    let is_removed =
        matches!(first.as_str(), "remove" | "revoke" | "cancel" | "empty" | "deregister" | "archive" | "uninstall");
    let takes = match harm {
        Harm::Destroys => true,
        Harm::Removes => is_removed || last.contains("archive"),
        Harm::Suspends => false,
    };
    // Rows and documents that are named one by one are what work is about.
    let is_row = call.name.contains(".from()") || call.name.contains(".from_()") || call.name.contains(".table()");
    let is_document = call.name.contains(".doc()") || call.name.contains(".document()");
    let is_by_id = is_plain && call.option("id").is_some() && call.option("index").is_some();
    let narrowed = is_row && is_narrowed(call, all);
    let is_one = narrowed || is_by_id || is_plain && is_document;
    (takes && !is_one).then_some(Deed::RemoteRemove)
}

/// Whether a later call of the chain, or an earlier one, says which.
fn is_narrowed(call: &Call, all: &[Call]) -> bool {
    let narrows = |call: &Call| NARROWS.contains(&call.last());
    let later =
        all.iter().any(|other| narrows(other) && other.on.as_ref().is_some_and(|on| on.origins().contains(&call)));
    later || call.on.as_ref().is_some_and(|on| on.origins().iter().any(|origin| narrows(origin)))
}

/// Whether the client that is used was made for a server of this machine.
fn leads_here(call: &Call) -> bool {
    let is_here = |value: &Value| {
        value.is_text() && {
            let (text, _) = value.shape();
            text.contains("://") && is_local_host(host_of(&text).unwrap_or_default()) || is_local_host(&text)
        }
    };
    call.on.iter().flat_map(|on| on.origins()).any(|origin| {
        let fields = origin.arguments.iter().filter_map(|value| match value {
            Value::Map(fields) => Some(fields),
            _ => None,
        });
        origin.arguments.iter().any(is_here)
            || origin.named.iter().any(|(_, value)| is_here(value))
            || fields.flatten().any(|(_, value)| is_here(value))
    })
}

/// What it is done to: the first name that is given to it, else the one that was given on the way, else the thing.
fn target(call: &Call) -> String {
    let given = |call: &Call| {
        let named = call.named.iter().map(|(_, value)| value);
        let fields = call.arguments.iter().filter_map(|value| match value {
            Value::Map(fields) => fields.first().map(|(_, value)| value),
            other => Some(other),
        });
        fields.chain(named).find(|value| value.is_text()).map(|value| value.shape().0)
    };
    let on_the_way = || call.on.iter().flat_map(|on| on.origins()).find_map(given);
    let thing = || call.name.rsplit('.').nth(1).unwrap_or(call.last()).trim_end_matches("()").to_owned();
    given(call).or_else(on_the_way).filter(|text| !text.is_empty() && text.len() < 200).unwrap_or_else(thing)
}
