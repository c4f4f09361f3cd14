//! Calls of the libraries of clouds and services, as the command line that does the same.

use super::{Inner, Reader};
use crate::judge::http::Request;
use crate::judge::script::{Call, Value};
use crate::judge::verbs::{Harm, harm_of};

/// The first words of calls that take something away, or change who may do what.
const GRAVE: &[&str] = &[
    "delete",
    "terminate",
    "purge",
    "deregister",
    "destroy",
    "remove",
    "disable",
    "revoke",
    "cancel",
    "schedule",
    "reset",
    "release",
    "detach",
    "stop",
    "drop",
];

pub(super) fn one(reader: &mut Reader, call: &Call) -> bool {
    let words = aws(call)
        .or_else(|| aws_by_name(call))
        .or_else(|| aws_commands(call))
        .or_else(|| kubernetes(call))
        .or_else(|| containers(call));
    if let Some(words) = words.or_else(|| forge(call)).or_else(|| google(call)) {
        reader.stands_for(words);
        return true;
    }
    stripe(reader, call)
}

/// Whether a method's name starts with a word that takes something away.
fn is_grave(method: &str) -> bool {
    let lower = method.to_ascii_lowercase();
    GRAVE.iter().any(|word| lower.starts_with(word)) || harm_of(method).is_some_and(|(harm, _)| harm >= Harm::Removes)
}

/// `deleteDBInstance`, `delete_db_instance` as `delete-db-instance`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || after.is_some_and(|after| after.is_lowercase()) && before.is_uppercase()
            });
        if starts {
            out.push('-');
        }
        out.push(if *c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    out
}

/// The options of a call as those of the command line.
fn options(fields: &[(String, Value)]) -> Vec<String> {
    let mut words = Vec::new();
    for (name, value) in fields {
        let text = match value {
            Value::List(items) => items.iter().map(|item| item.shape().0).collect::<Vec<_>>().join(" "),
            Value::Map(_) => value.json().to_string(),
            other => other.shape().0,
        };
        match text.as_str() {
            "True" | "true" => words.push(format!("--{}", kebab(name))),
            "False" | "false" => words.push(format!("--no-{}", kebab(name))),
            _ => words.extend([format!("--{}", kebab(name)), text]),
        }
    }
    words
}

fn service(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "s3" => "s3api".to_owned(),
        other => other.to_owned(),
    }
}

/// `boto3.client('s3').delete_bucket(Bucket='x')` and `boto3.resource('s3').Bucket('x').objects.all().delete()`.
fn aws(call: &Call) -> Option<Vec<String>> {
    let origins = call.on.as_ref()?.origins();
    let made = origins.iter().find(|origin| {
        matches!(origin.name.as_str(), "boto3.client" | "boto3.resource")
            || origin.name.starts_with("boto3.") && matches!(origin.last(), "client" | "resource")
            || origin.name.contains("aws-sdk.")
            || origin.name.starts_with("AWS.")
    })?;
    let profile = origins.iter().find_map(|origin| origin.option("profile_name")).and_then(Value::text);
    let mut words = vec!["aws".to_owned()];
    words.extend(profile.iter().flat_map(|profile| ["--profile".to_owned(), (*profile).to_owned()]));
    let endpoint =
        origins.iter().find_map(|origin| origin.option("endpoint_url").or_else(|| origin.option("endpoint")));
    let endpoint = endpoint.filter(|endpoint| endpoint.is_text()).map(|endpoint| endpoint.shape().0);
    words.extend(endpoint.into_iter().flat_map(|endpoint| ["--endpoint-url".to_owned(), endpoint]));
    let of = if made.last() == "client" || made.last() == "resource" {
        made.first_text()?.to_owned()
    } else {
        made.last().to_owned()
    };
    if made.last() == "resource" && of == "s3" {
        // `for bucket in s3.buckets.all()`
        let is_each = origins.iter().any(|origin| origin.name.contains(".buckets."));
        let named = origins.iter().find(|origin| origin.last() == "Bucket").and_then(|made| made.arguments.first());
        let bucket = named.map(|name| name.shape().0).or_else(|| is_each.then(|| "$bucket".to_owned()))?;
        return match call.last() {
            "delete" if call.name.contains(".objects") || call.name.contains(".object_versions") => {
                words.extend(["s3".to_owned(), "rm".to_owned(), format!("s3://{bucket}"), "--recursive".to_owned()]);
                Some(words)
            }
            "delete" => {
                words.extend(["s3api".to_owned(), "delete-bucket".to_owned(), "--bucket".to_owned(), bucket]);
                Some(words)
            }
            _ => None,
        };
    }
    if made.last() == "resource" {
        let thing = origins.first().filter(|first| first.name != made.name)?;
        let name = thing.arguments.first().map(|value| value.shape().0).unwrap_or_default();
        // `for volume in ec2.volumes.all()`
        let of_all = thing.name.rsplit('.').nth(1).filter(|_| matches!(thing.last(), "all" | "filter" | "limit"));
        let kind = kebab(of_all.map_or(thing.last(), |kind| kind.trim_end_matches('s')));
        let verb = match call.last() {
            "terminate" => "terminate-instances".to_owned(),
            verb => format!("{}-{kind}", kebab(verb)),
        };
        let name = if of_all.is_some() { format!("${kind}") } else { name };
        words.extend([service(&of), verb, format!("--{kind}-name"), name]);
        return is_grave(call.last()).then_some(words);
    }
    words.extend([service(&of), kebab(call.last())]);
    words.extend(options(&call.named));
    if let Some(Value::Map(fields)) = call.arguments.first() {
        words.extend(options(fields));
    }
    Some(words)
}

/// `Aws::S3::Client.new.delete_bucket(bucket: 'x')`, `$s3->deleteBucket(['Bucket' => 'x'])`: clients of languages that are
/// read by their words.
fn aws_by_name(call: &Call) -> Option<Vec<String>> {
    let mut parts = call.name.strip_prefix("Aws.")?.split('.');
    let of = parts.next().filter(|of| *of != "Credentials")?;
    let last = call.last().trim_end_matches('!');
    if !is_grave(last) && !last.starts_with("get_secret") && !last.starts_with("getSecret") {
        return None;
    }
    let mut words = vec!["aws".to_owned()];
    let is_bucket = of == "S3" && (call.name.contains(".bucket()") || call.name.contains(".Bucket.new"));
    if is_bucket && matches!(last, "clear" | "delete" | "batch_delete") {
        words.extend(["s3".to_owned(), "rm".to_owned(), "s3://$bucket".to_owned(), "--recursive".to_owned()]);
        return Some(words);
    }
    if kebab(last).split('-').count() < 2 {
        return None;
    }
    words.extend([service(&kebab(of).replace('-', "")), kebab(last)]);
    words.extend(options(&call.named));
    Some(words)
}

/// `new DeleteBucketCommand({Bucket: 'x'})` of `@aws-sdk/client-s3`.
fn aws_commands(call: &Call) -> Option<Vec<String>> {
    let verb = call.last().strip_suffix("Command").filter(|verb| is_grave(verb))?;
    let package = call.name.split("client-").nth(1).and_then(|rest| rest.split('.').next());
    let mut words = vec!["aws".to_owned(), service(package.unwrap_or("service")), kebab(verb)];
    if let Some(Value::Map(fields)) = call.arguments.first() {
        words.extend(options(fields));
    }
    Some(words)
}

/// `client.CoreV1Api().delete_namespace('x')`.
fn kubernetes(call: &Call) -> Option<Vec<String>> {
    let is_api = call.name.contains("V1Api()") || call.name.contains("V1Api.") || call.name.contains("k8s");
    let kind = call.last().strip_prefix("delete_").or_else(|| call.last().strip_prefix("deleteNamespaced"))?;
    if !is_api {
        return None;
    }
    let kind = kind.trim_start_matches("collection_").trim_start_matches("namespaced_");
    let name = call.argument(0, "name").map(|name| name.shape().0);
    let space = call.argument(1, "namespace").map(|name| name.shape().0);
    let mut words = vec!["kubectl".to_owned(), "delete".to_owned(), kebab(kind).replace('-', "")];
    words.push(name.unwrap_or_else(|| "--all".to_owned()));
    words.extend(space.iter().flat_map(|space| ["-n".to_owned(), space.clone()]));
    Some(words)
}

/// `docker.from_env().volumes.get('x').remove()`.
fn containers(call: &Call) -> Option<Vec<String>> {
    let is_docker = call.name.contains("docker.from_env()")
        || call.name.contains("DockerClient()")
        || call.name.contains("Docker()");
    if !is_docker {
        return None;
    }
    let kind =
        ["volumes", "images", "containers", "networks"].iter().find(|kind| call.name.contains(&format!(".{kind}")))?;
    let kind = kind.trim_end_matches('s');
    let got = call.on.iter().flat_map(|on| on.origins()).find(|origin| origin.last() == "get");
    let name = got.and_then(|got| got.arguments.first()).or_else(|| call.arguments.first()).map(|name| name.shape().0);
    match call.last() {
        "remove" => Some(vec!["docker".into(), kind.into(), "rm".into(), name.unwrap_or_else(|| "$name".into())]),
        "prune" => Some(vec!["docker".into(), kind.into(), "prune".into(), "-f".into()]),
        "exec_run" => {
            let text = call.arguments.first().map(|text| text.shape().0)?;
            Some(vec!["docker".into(), "exec".into(), "$container".into(), "sh".into(), "-c".into(), text])
        }
        _ => None,
    }
}

/// `Github(token).get_repo('x').delete()`, `octokit.repos.delete({owner, repo})`.
fn forge(call: &Call) -> Option<Vec<String>> {
    let field = |name: &str| call.option(name).map(|value| value.shape().0).unwrap_or_default();
    // `octokit.request('DELETE /repos/{owner}/{repo}', {owner, repo})`
    if call.last() == "request" && call.name.to_ascii_lowercase().contains("octokit") {
        let (method, path) = call.first_text()?.split_once(' ')?;
        let mut path = path.trim_start_matches('/').to_owned();
        if let Some(Value::Map(fields)) = call.arguments.get(1) {
            for (name, value) in fields {
                path = path.replace(&format!("{{{name}}}"), &value.shape().0);
            }
        }
        return Some(["gh", "api", "-X", method, &path].map(str::to_owned).to_vec());
    }
    if call.name.ends_with("repos.delete") && call.option("repo").is_some() {
        let repo = format!("{}/{}", field("owner"), field("repo"));
        return Some(["gh", "repo", "delete", &repo, "--yes"].map(str::to_owned).to_vec());
    }
    if call.last() == "delete" {
        let on = call.on.as_ref()?;
        let made = on.origins().into_iter().next().filter(|made| matches!(made.last(), "get_repo" | "get_repos"))?;
        let is_each = made.last() == "get_repos" && matches!(on.as_ref(), Value::Member(..));
        let named = made.arguments.first().filter(|_| made.last() == "get_repo").map(|name| name.shape().0);
        let repo = named.or_else(|| is_each.then(|| "$repo".to_owned()))?;
        return Some(["gh", "repo", "delete", &repo, "--yes"].map(str::to_owned).to_vec());
    }
    None
}

/// `storage.Client().bucket('x').delete()`, `bigquery.Client().delete_dataset('x')`, `compute…delete(project=…)`.
fn google(call: &Call) -> Option<Vec<String>> {
    let is_google = call.name.starts_with("google.cloud.")
        || call.name.starts_with("googleapiclient.")
        || call.name.contains("@google-cloud/");
    if !is_google || !is_grave(call.last()) {
        return None;
    }
    let named = call
        .on
        .iter()
        .flat_map(|on| on.origins())
        .find(|origin| matches!(origin.last(), "bucket" | "get_bucket" | "lookup_bucket"));
    let name =
        named.and_then(|origin| origin.arguments.first()).or_else(|| call.arguments.first()).map(|name| name.shape().0);
    let name = name.unwrap_or_else(|| "$name".to_owned());
    if call.name.contains("storage") {
        let all = format!("gs://{name}");
        return Some(["gcloud", "storage", "rm", "--recursive", &all].map(str::to_owned).to_vec());
    }
    if call.name.contains("bigquery") {
        return Some(vec!["bq".into(), "rm".into(), "-r".into(), "-f".into(), name]);
    }
    let kind = call.name.rsplit('.').nth(1).unwrap_or_default().trim_end_matches("()").to_owned();
    let mut words = vec!["gcloud".to_owned(), "compute".to_owned(), kebab(&kind), "delete".to_owned()];
    words.extend(options(&call.named));
    Some(words)
}

/// `stripe.Customer.delete('cus_x')`, `stripe.customers.del('cus_x')`: the request that the library sends.
fn stripe(reader: &mut Reader, call: &Call) -> bool {
    let lower = call.name.to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("stripe.").or_else(|| lower.strip_prefix("stripe().")) else { return false };
    let Some((thing, verb)) = rest.rsplit_once('.') else { return false };
    let is_test = |origin: &&Call| origin.first_text().is_some_and(|key| key.starts_with("sk_test"));
    let is_played = call.on.iter().flat_map(|on| on.origins()).any(|origin| is_test(&origin));
    if !matches!(verb, "delete" | "del" | "cancel" | "refund" | "create") || is_played {
        return false;
    }
    // `for one in stripe.Subscription.list().auto_paging_iter()`
    let thing =
        thing.split_once("()").map_or(thing, |(list, _)| list.rsplit_once('.').map_or(list, |(thing, _)| thing));
    let thing = thing.trim_end_matches('s').to_owned() + "s";
    let id = call.arguments.first().filter(|id| id.is_text()).map(|id| id.shape().0).unwrap_or_default();
    let is_ended = verb == "cancel" && thing == "subscriptions";
    let method = if verb == "delete" || verb == "del" || is_ended { "DELETE" } else { "POST" };
    let url = format!("https://api.stripe.com/v1/{thing}/{id}");
    let request = Request { method: method.to_owned(), url, span: reader.span, ..Request::default() };
    reader.collect.inner.push(Inner::Request { request: Box::new(request) });
    true
}
