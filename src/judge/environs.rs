//! Which environment an invocation acts on, told by its targets.

mod here;
mod words;

use here::is_local_cluster;
pub use here::lands_here;
use words::{ACTING, CHOICES, FAMILIES, OPTIONS, REMOTE, SETTINGS, SHORT, TASKS, VARIABLES};

use super::effects::Scene;
use super::listed::Listed;
use crate::shell::{Invocation, LayerKind, Word};
use crate::trail::{Environment, host_of, is_local_host};

/// Whether a variable of this name chooses an environment. Asked for each of a text's variables at each of its programs.
fn chooses_environment(name: &str) -> bool {
    VARIABLES.has(name)
}

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
            let words = without_variables(&layer.words.iter().skip(1).collect::<Vec<_>>());
            of_options(layer.words.first().map_or("", |word| crate::shell::base_name(&word.text)), &words, &mut found);
        }
    }
    for (name, value) in &invocation.assigns {
        if chooses_environment(name) {
            found.push(of_word(value));
        }
    }
    if lands_here(invocation, program, args) {
        return Environment::Local;
    }
    if matches!(program, "docker" | "docker compose" | "podman" | "nerdctl") {
        of_options(program, &without_variables(args), &mut found);
    } else {
        of_options(program, args, &mut found);
    }
    if TASKS.has(program) {
        of_task(args, &mut found);
    }
    if program != "stripe" && (REMOTE.has(program) || super::remote::is_tool(program)) {
        // `aws SERVICE OPERATION`: neither names anything, whatever it sounds like.
        let own = usize::from(matches!(program, "aws" | "awslocal")) * 2;
        let operands: Vec<&Word> = args.iter().filter(|word| !word.is_flag()).copied().collect();
        let is_command = |word: &&&Word| operands.iter().take(own).any(|other| std::ptr::eq(*other, **word));
        let named = args.iter().filter(|word| !is_command(word) && !is_file(program, &word.text));
        of_operands(&named.copied().collect::<Vec<_>>(), &mut found);
    }
    let worst = if found.contains(&Environment::Production) { Some(Environment::Production) } else { None };
    worst
        .or_else(|| found.into_iter().find(|each| *each != Environment::Unknown))
        .unwrap_or_else(|| without_a_name(program, invocation))
}

/// The environment that the last choice before `invocation`, in the same text or the session, leaves it in.
#[must_use]
pub fn chosen_before(invocation: &Invocation, scene: &Scene) -> Environment {
    let family_of = |program: &str| FAMILIES.iter().position(|names| names.contains(&program));
    let Some(family) = family_of(invocation.program()) else { return Environment::Unknown };
    let before = scene.before(invocation).iter();
    let by_past = FAMILIES.get(family).and_then(|names| names.first()).and_then(|tool| scene.land.past.chosen(tool));
    let mut chosen = by_past.map_or(Environment::Unknown, |name| match is_local_cluster(&name) && family == 0 {
        true => Environment::Local,
        false => Environment::of_name(&name),
    });
    for other in before.filter(|other| family_of(other.program()) == Some(family)) {
        let words: Vec<&Word> = other.args().iter().filter(|word| !word.is_flag()).collect();
        let is_choice = matches!(other.program(), "kubectx" | "kubens")
            || CHOICES.iter().any(|choice| {
                words.len() > choice.len() && choice.iter().zip(&words).all(|(wanted, word)| word.text == *wanted)
            })
            || other.args().iter().any(|word| word.text == "set-context" || word.text == "select");
        if is_choice {
            let named = of(other, other.program(), &other.args().iter().collect::<Vec<_>>());
            let is_here = words.iter().any(|word| is_local_cluster(&word.text)) && family == 0;
            chosen = if is_here { Environment::Local } else { named };
        }
    }
    chosen
}

/// Whether a variable that the session exported before leads this program to production.
#[must_use]
pub fn is_exported(program: &str, land: &super::ground::Land) -> bool {
    static APPS: Listed = Listed::of(
        "\
        npx npm pnpm yarn bun node prisma drizzle-kit typeorm sequelize sequelize-cli knex rails rake bundle python python3 \
        django-admin alembic flask php artisan mix dotnet psql pg_restore dropdb createdb migrate dbmate goose atlas",
    );
    let names: &[&str] = match program {
        "aws" | "sam" | "cdk" | "eb" | "sls" | "serverless" | "copilot" => &["AWS_PROFILE"],
        "kubectl" | "oc" | "helm" | "helmfile" | "flux" | "velero" => &["KUBECONFIG"],
        "terraform" | "tofu" | "terragrunt" => &["TF_WORKSPACE", "AWS_PROFILE"],
        _ if APPS.has(program) => &["DATABASE_URL", "RAILS_ENV"],
        _ => return false,
    };
    names.iter().any(|name| {
        let value = land.past.chosen(&format!("env {name}")).unwrap_or_default();
        let value = if *name == "KUBECONFIG" { crate::shell::base_name(&value).to_owned() } else { value };
        of_word(&Word { text: value, ..Word::default() }) == Environment::Production
    })
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
    let files = |word: &&&Word| !is_file(invocation.program(), &word.text);
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
            .any(|word| matches!(word, "test" | "tests" | "testing" | "e2e"))
    };
    let by_variable = invocation.assigns.iter().any(|(name, value)| chooses_environment(name) && says(&value.text));
    let program = invocation.program();
    let by_name = args.iter().enumerate().any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|at| args.get(at)).map_or("", |before| before.text.as_str());
        let is_name = !word.is_flag() && !word.text.contains(char::is_whitespace) && !is_file(program, &word.text);
        let is_option = word.text.starts_with('-') && word.text.contains('=');
        let is_setting = SETTINGS.contains(&before) && says(crate::shell::base_name(&word.text));
        (is_name || is_option) && says(&word.text) || is_setting
    });
    by_variable || by_name || has_test_variables(invocation, &says)
}

/// Whether what starts it reads its variables from a file of a test: `dotenv -e .env.test -- …`.
fn has_test_variables(invocation: &Invocation, says: &dyn Fn(&str) -> bool) -> bool {
    const READERS: [&str; 4] = ["dotenv", "dotenvx", "dotenv-cli", "env-cmd"];
    let mut layers =
        invocation.layers.iter().filter(|layer| layer.words.iter().any(|w| READERS.contains(&w.text.as_str())));
    layers.any(|layer| {
        let mut files = layer.words.iter().map(|word| crate::shell::base_name(&word.text));
        files.any(|name| name.starts_with(".env") && says(name))
    })
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

/// The words without the variables that a container is started with: they say how it runs, not where.
fn without_variables<'a>(words: &[&'a Word]) -> Vec<&'a Word> {
    let mut is_value = false;
    let mut kept = Vec::new();
    for word in words {
        if !std::mem::take(&mut is_value) && !word.text.starts_with("--env=") {
            is_value = matches!(word.text.as_str(), "-e" | "--env");
            if !is_value {
                kept.push(*word);
            }
        }
    }
    kept
}

/// Clients of databases, whose short options name where they go.
fn is_client(program: &str) -> bool {
    static CLIENTS: Listed = Listed::of(
        "psql pgcli mysql mycli mysqladmin mysqldump pg_dump pg_restore dropdb createdb redis-cli valkey-cli mongosh mongo cqlsh",
    );
    CLIENTS.has(program)
}

fn of_options(program: &str, args: &[&Word], found: &mut Vec<Environment>) {
    let short = SHORT.iter().find(|(named, _)| *named == program).map_or(&[][..], |(_, options)| options);
    for (place, word) in args.iter().enumerate() {
        let text = word.text.as_str();
        // Elsewhere `--live` is how a machine is moved, or what is read while it runs.
        let is_live = text == "--live" && matches!(program, "stripe" | "shopify" | "wrangler" | "paddle");
        if is_live || matches!(text, "--prod" | "--production" | "-prod") {
            found.push(Environment::Production);
        }
        // `-hHOST`, `-DNAME`: the value of a short option may be joined to it.
        let joined = short.iter().find_map(|option| text.strip_prefix(option)).filter(|rest| !rest.is_empty());
        if let Some(value) = joined.filter(|_| is_client(program)) {
            found.push(of_word(&Word { text: value.to_owned(), ..Word::default() }));
        }
        if program == "netlify" && text == "-p" {
            found.push(Environment::Production);
        }
        // `rails db:drop RAILS_ENV=production`, and the parts of `"host=db dbname=shop"`.
        for pair in text.split_whitespace().filter(|_| !text.starts_with('-')) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let is_place = matches!(name, "host" | "dbname" | "service" | "hostaddr") && is_client(program);
            if is_place || chooses_environment(name) {
                found.push(of_word(&Word { text: value.to_owned(), ..Word::default() }));
            }
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, args.get(place + 1).map(|next| next.text.clone())),
        };
        // Some tools write long options with one dash.
        let is_long = name.len() > 2 && name.starts_with('-') && OPTIONS.has(name.trim_start_matches('-'));
        if (is_long || short.contains(&name))
            && let Some(value) = value
        {
            let value = if name.ends_with("kubeconfig") { crate::shell::base_name(&value).to_owned() } else { value };
            found.push(of_word(&Word {
                text: value,
                variables: args.get(place + 1).map(|w| w.variables.clone()).unwrap_or_default(),
                ..Word::default()
            }));
        }
    }
}

/// `npm run deploy:prod`, `just deploy production`: the environment that the name of a task, or the word after it, says.
fn of_task(args: &[&Word], found: &mut Vec<Environment>) {
    let words: Vec<&str> = args.iter().filter(|word| !word.is_flag()).map(|word| word.text.as_str()).collect();
    let parts = |text: &str| text.split([':', '-', '_', '.', '/']).map(str::to_owned).collect::<Vec<_>>();
    let acts = |text: &str| parts(text).iter().any(|part| ACTING.contains(&part.as_str()));
    let Some(at) = words.iter().position(|word| acts(word)) else { return };
    let own = words.get(at).into_iter().flat_map(|word| parts(word));
    let next = words.get(at + 1).filter(|word| !word.contains(['=', '/'])).map(|word| (*word).to_owned());
    found.extend(own.chain(next).map(|part| Environment::of_name(&part)));
}

fn of_operands(args: &[&Word], found: &mut Vec<Environment>) {
    for word in args.iter().filter(|word| !word.is_flag() && !word.text.contains(char::is_whitespace)) {
        // `helm uninstall redis` names a release: only an address says that it is on this machine.
        let named = of_word(word);
        let is_address = || word.text.contains([':', '.']) || word.text.contains("localhost");
        if named != Environment::Local || is_address() {
            found.push(named);
        }
    }
}

/// Whether a word is a file of this machine to this program: its name says nothing about where an act lands.
fn is_file(program: &str, text: &str) -> bool {
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
    // `mongosh localhost/shop`: the server and its database, without a scheme.
    let is_address = || matches!(program, "mongosh" | "mongo") && text.matches('/').count() == 1;
    !text.contains(':') && (is_known || text.starts_with(['/', '.', '~']) || text.contains('/') && !is_address())
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
