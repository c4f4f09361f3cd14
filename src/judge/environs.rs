//! Which environment an invocation acts on, told by its targets.

use crate::shell::{Invocation, LayerKind, Word};
use crate::trail::{Environment, host_of, is_local_host};

/// Variables that choose an environment for what is started.
const VARIABLES: &[&str] = &[
    "RAILS_ENV",
    "RACK_ENV",
    "NODE_ENV",
    "APP_ENV",
    "MIX_ENV",
    "FLASK_ENV",
    "DJANGO_ENV",
    "ENV",
    "ENVIRONMENT",
    "STAGE",
    "DEPLOY_ENV",
    "TARGET_ENV",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "TF_WORKSPACE",
    "DJANGO_SETTINGS_MODULE",
    "PGHOST",
    "PGDATABASE",
    "MYSQL_HOST",
    "KUBECONFIG",
    "KUBECONTEXT",
    "DATABASE_URL",
    "DB_URL",
    "POSTGRES_URL",
    "MONGO_URL",
    "MONGODB_URI",
    "REDIS_URL",
    "DIRECT_URL",
    "CLOUDSDK_CORE_PROJECT",
    "GOOGLE_CLOUD_PROJECT",
    "FLY_APP",
    "HEROKU_APP",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "RAILWAY_ENVIRONMENT",
    "PULUMI_STACK",
    "SUPABASE_PROJECT_ID",
    "VERCEL_ENV",
    "CONTEXT",
    "SPRING_PROFILES_ACTIVE",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
    "APP_ENVIRONMENT",
    "SYMFONY_ENV",
    "LARAVEL_ENV",
];

/// Options whose value names an environment, or something that lies in one.
const OPTIONS: &[&str] = &[
    "--environment",
    "--env",
    "--context",
    "--kube-context",
    "--profile",
    "--stage",
    "--target",
    "--project",
    "--app",
    "--cluster",
    "--namespace",
    "--host",
    "--hostname",
    "--db",
    "--database",
    "--dbname",
    "--remote",
    "-var-file",
    "--var-file",
    "--workspace",
    "--uri",
    "--url",
    "--account",
    "--subscription",
    "--resource-group",
    "--service",
    "--stack",
    "--settings",
    "--db-instance-identifier",
    "--db-cluster-identifier",
    "--bucket",
    "--table-name",
    "--name",
    "--instance",
    "--server",
    "--site",
    "--project-ref",
    "--db-url",
    "--database-url",
    "--connection",
    "--inventory",
    "--limit",
    "--endpoint",
    "--tag",
    "--function-name",
    "--stack-name",
    "--cluster-name",
    "--server-name",
    "--zone-name",
    "--deployment",
    "--branch-name",
    "--region-name",
    "--config-env",
    "-target",
    "-chdir",
    "--chdir",
    "--config",
];

/// Short options of the same kind, for the programs that have them.
const SHORT: &[(&str, &[&str])] = &[
    ("railway", &["-e", "-s", "-p", "-v"]),
    ("heroku", &["-a", "-r"]),
    ("fly", &["-a"]),
    ("kubectl", &["-n"]),
    ("helm", &["-n"]),
    ("oc", &["-n"]),
    ("psql", &["-h", "-d"]),
    ("pg_restore", &["-h", "-d"]),
    ("pg_dump", &["-h", "-d"]),
    ("dropdb", &["-h"]),
    ("mysql", &["-h", "-D"]),
    ("mysqladmin", &["-h"]),
    ("redis-cli", &["-h", "-u"]),
    ("pulumi", &["-s"]),
    ("ansible-playbook", &["-i", "-l"]),
    ("ansible", &["-i", "-l"]),
    ("az", &["-g", "-n"]),
    ("serverless", &["-s"]),
    ("sls", &["-s"]),
    ("mix", &["-e"]),
    ("sqlcmd", &["-S", "-d"]),
    ("cqlsh", &["-u"]),
    ("netlify", &["-s"]),
    ("wrangler", &["-e"]),
    ("firebase", &["-P"]),
    ("doppler", &["-c", "-p"]),
    ("eb", &["-e"]),
    ("copilot", &["-e"]),
    ("docker", &["-H"]),
    ("docker compose", &["-H"]),
    ("rails", &["-e"]),
];

/// Programs whose operands name things in an environment. A branch, a folder or a container of that name is nothing.
const REMOTE: &[&str] = &[
    "aws",
    "gcloud",
    "gsutil",
    "az",
    "kubectl",
    "oc",
    "helm",
    "railway",
    "fly",
    "heroku",
    "vercel",
    "supabase",
    "netlify",
    "render",
    "doctl",
    "hcloud",
    "wrangler",
    "neon",
    "neonctl",
    "pscale",
    "firebase",
    "stripe",
    "terraform",
    "tofu",
    "pulumi",
    "terragrunt",
    "psql",
    "mysql",
    "mysqladmin",
    "mongosh",
    "mongo",
    "mongodump",
    "mongorestore",
    "redis-cli",
    "dropdb",
    "createdb",
    "pg_restore",
    "ansible",
    "ansible-playbook",
    "eb",
    "cf",
    "serverless",
    "sls",
    "sam",
    "cdk",
    "atlas",
    "turso",
    "bq",
    "s3cmd",
    "mc",
    "rclone",
    "b2",
    "consul",
    "vault",
    "nomad",
    "argocd",
    "flux",
    "eksctl",
    "kops",
    "linode-cli",
    "oci",
    "cockroach",
    "clickhouse-client",
    "cqlsh",
    "etcdctl",
    "rabbitmqctl",
    "rabbitmqadmin",
    "kafka-topics",
    "kafka-topics.sh",
    "nats",
    "snow",
    "snowsql",
    "databricks",
    "scp",
    "rsync",
    "sftp",
    "cap",
    "fab",
    "dokku",
    "kubectx",
    "sqlcmd",
    "influx",
    "curl",
    "wget",
    "http",
    "https",
    "xh",
    "upsun",
    "platform",
    "azd",
    "nixops",
    "ssh",
    "deployctl",
    "up",
    "amplify",
    "copilot",
    "pm2",
    "kamal",
    "mosh",
    "autossh",
];

/// The environment that `invocation` acts on; [`Environment::Unknown`] where nothing says.
#[must_use]
pub fn of(invocation: &Invocation, program: &str, args: &[&Word]) -> Environment {
    let mut found: Vec<Environment> = Vec::new();
    for layer in &invocation.layers {
        if let LayerKind::Remote { host } = &layer.kind {
            let name = host.rsplit('@').next().unwrap_or_default();
            found.push(Environment::of_host(name));
        }
        // `heroku run X -a APP`: the runner's options may stand behind what it runs.
        if layer.words.first().is_some_and(|word| word.text == "heroku") {
            of_options("heroku", args, &mut found);
        }
        if let LayerKind::Remote { .. } | LayerKind::Container { .. } = &layer.kind {
            let words: Vec<&Word> = layer.words.iter().skip(1).collect();
            of_options(layer.words.first().map_or("", |word| crate::shell::base_name(&word.text)), &words, &mut found);
        }
    }
    for (name, value) in &invocation.assigns {
        if VARIABLES.contains(&name.as_str()) {
            found.push(of_word(value));
        }
    }
    of_options(program, args, &mut found);
    if REMOTE.contains(&program) {
        of_operands(args, &mut found);
    }
    let worst = if found.contains(&Environment::Production) { Some(Environment::Production) } else { None };
    worst
        .or_else(|| found.into_iter().find(|each| *each != Environment::Unknown))
        .unwrap_or_else(|| without_a_name(program, invocation))
}

/// Whether an act names something that the operator calls production: a host, a context, a database, a project.
#[must_use]
pub fn is_named(invocation: &Invocation, args: &[&Word], names: &[String]) -> bool {
    if names.is_empty() {
        return false;
    }
    let has = |text: &str| {
        text.split(['/', ':', '@', '=', '?', '&', ',', ' ']).any(|part| names.iter().any(|name| name == part))
    };
    let hosts = invocation.layers.iter().any(|layer| matches!(&layer.kind, LayerKind::Remote { host } if has(host)));
    let files = |word: &&&Word| !is_file(&word.text);
    hosts
        || args.iter().filter(files).any(|word| has(&word.text))
        || invocation.assigns.iter().any(|(_, value)| has(&value.text))
}

/// Whether an act lands in a test environment, where whatever is lost is made anew by the next test.
#[must_use]
pub fn is_test(invocation: &Invocation, args: &[&Word]) -> bool {
    let says = |text: &str| {
        text.to_ascii_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| matches!(word, "test" | "tests" | "testing"))
    };
    let by_variable =
        invocation.assigns.iter().any(|(name, value)| VARIABLES.contains(&name.as_str()) && says(&value.text));
    let by_name = args.iter().any(|word| {
        let is_name = !word.is_flag() && !word.text.contains(char::is_whitespace) && !is_file(&word.text);
        let is_option = word.text.starts_with("--") && word.text.contains('=');
        (is_name || is_option) && says(&word.text)
    });
    by_variable || by_name
}

/// Databases without a host are on this machine.
fn without_a_name(program: &str, invocation: &Invocation) -> Environment {
    let is_client =
        matches!(program, "sqlite3" | "duckdb" | "redis-cli" | "psql" | "mysql" | "mongosh" | "mongo" | "dropdb");
    let names_host = invocation.has_any(&["-h", "--host", "-u", "--uri"]);
    if is_client && !names_host && invocation.args().iter().all(|word| !word.is_open() && !word.text.contains("://")) {
        Environment::Local
    } else {
        Environment::Unknown
    }
}

fn of_options(program: &str, args: &[&Word], found: &mut Vec<Environment>) {
    let short = SHORT.iter().find(|(named, _)| *named == program).map_or(&[][..], |(_, options)| options);
    for (place, word) in args.iter().enumerate() {
        let text = word.text.as_str();
        if matches!(text, "--prod" | "--production" | "-prod" | "--live") {
            found.push(Environment::Production);
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, args.get(place + 1).map(|next| next.text.clone())),
        };
        if (OPTIONS.contains(&name) || short.contains(&name))
            && let Some(value) = value
        {
            found.push(of_word(&Word {
                text: value,
                variables: args.get(place + 1).map(|w| w.variables.clone()).unwrap_or_default(),
                ..Word::default()
            }));
        }
    }
}

fn of_operands(args: &[&Word], found: &mut Vec<Environment>) {
    for word in args.iter().filter(|word| !word.is_flag() && !word.text.contains(char::is_whitespace)) {
        if !is_file(&word.text) {
            found.push(of_word(word));
        }
    }
}

/// Whether a word is a file of this machine: its name says nothing about where an act lands.
fn is_file(text: &str) -> bool {
    let ending = text.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_known = matches!(
        ending,
        "yml"
            | "yaml"
            | "json"
            | "toml"
            | "sql"
            | "sh"
            | "py"
            | "js"
            | "ts"
            | "tf"
            | "tfvars"
            | "env"
            | "txt"
            | "md"
            | "conf"
            | "cfg"
            | "ini"
            | "dump"
            | "gz"
            | "tgz"
            | "zip"
            | "csv"
            | "out"
            | "log"
            | "pem"
            | "tar"
            | "xml"
            | "html"
            | "css"
    );
    !text.contains(':') && (is_known || text.starts_with(['/', '.', '~']) || text.contains('/'))
}

/// The environment that a word names: by its host if it is an address, by the variable it comes from, by its own name.
fn of_word(word: &Word) -> Environment {
    let text = word.text.as_str();
    if let Some((scheme, rest)) = text.split_once("://") {
        let is_bucket = matches!(scheme, "s3" | "gs" | "b2" | "r2" | "az");
        return if is_bucket {
            Environment::of_name(rest.split('/').next().unwrap_or_default())
        } else {
            Environment::of_url(text)
        };
    }
    for name in &word.variables {
        let named = Environment::of_name(name);
        if named != Environment::Unknown {
            return named;
        }
    }
    if is_local_host(host_of(text).unwrap_or_default()) {
        return Environment::Local;
    }
    Environment::of_name(text)
}
