//! Names that say secret: of files, of variables, and the commands of providers that print values.

/// What reading a file means for the session's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretFile {
    /// It holds values: `.env`, `credentials`, `terraform.tfstate`.
    Values,
    /// It is a private key.
    Key,
    /// It is the environment of a process.
    Environment,
}

/// Files that hold values, by their whole name in lower case.
const VALUE_FILES: &[&str] = &[
    ".env",
    ".envrc",
    ".npmrc",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".git-credentials",
    ".dockercfg",
    ".vault-token",
    ".s3cfg",
    ".boto",
    ".htpasswd",
    ".terraformrc",
    "credentials.tfrc.json",
    "kubeconfig",
    "kubeconfig-prod.yaml",
    "appsettings.production.json",
    "vault_pass.txt",
    "deploy_key",
    "cookies",
    "terraform.tfstate",
    "terraform.tfstate.backup",
    "terraform.tfvars",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "credentials.yml",
    "credentials.yaml",
    "credentials.ini",
    "application_default_credentials.json",
    "access_tokens.db",
    "client_secret.json",
    "secrets.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.toml",
    "secrets.env",
    "secrets.ini",
    "secrets.txt",
    "secret.json",
    "secret.yml",
    "secret.yaml",
    "secret.txt",
    "secret.key",
    "master.key",
    "credentials.yml.enc",
    ".token",
    "token.txt",
    "tokens.json",
    "token.json",
    "api_key.txt",
    "apikey.txt",
    "passwords.txt",
    "password.txt",
    ".password",
    ".secret",
    ".secrets",
    ".dev.vars",
    ".flaskenv",
    "shadow",
    "gshadow",
    "logins.json",
    "key4.db",
    "login data",
    "cookies.sqlite",
    "rclone.conf",
    "wp-config.php",
    "auth.json",
    ".databrickscfg",
    ".sentryclirc",
    ".cargo-credentials",
    "firebase-adminsdk.json",
    "keystore.jks",
    "vault.json",
    ".vault_pass",
    "vault-password",
    "local.settings.json",
];

/// Files whose name alone does not say it, by the folder they lie in: a folder's name, then the file's.
const PLACED_FILES: &[(&str, &str)] = &[
    (".docker", "config.json"),
    (".kube", "config"),
    (".aws", "credentials"),
    ("gh", "hosts.yml"),
    ("glab-cli", "config.yml"),
    (".railway", "config.json"),
    (".fly", "config.yml"),
    ("flyctl", "config.yml"),
    (".config", "hub"),
    ("op", "config"),
    ("doctl", "config.yaml"),
    ("com.vercel.cli", "auth.json"),
    (".vercel", "auth.json"),
    (".netlify", "config.json"),
    ("netlify", "config.json"),
    (".supabase", "access-token"),
    ("gcloud", "credentials.db"),
    (".azure", "accesstokens.json"),
    (".azure", "msal_token_cache.json"),
    (".config", "hcloud"),
    ("hcloud", "cli.toml"),
    (".cargo", "credentials"),
    (".gem", "credentials"),
    (".composer", "auth.json"),
    ("stripe", "config.toml"),
    (".claude", ".credentials.json"),
    (".codex", "auth.json"),
    (".wrangler", "default.toml"),
    ("ngrok", "ngrok.yml"),
    (".terraform.d", "credentials.tfrc.json"),
    (".m2", "settings.xml"),
    (".gradle", "gradle.properties"),
    (".password-store", ""),
    ("secrets", ""),
    ("keyrings", ""),
    ("legacy_credentials", ""),
    (".config", "hub"),
    ("op", "config"),
];

/// Words in a name that make it a template, an example or documentation.
const TEMPLATES: &[&str] = &[
    "example",
    "sample",
    "template",
    "dist",
    "tmpl",
    "tpl",
    "defaults",
    "schema",
    "skeleton",
    "stub",
    "encrypted",
    "sealed",
    "external",
];

/// Folders of what tests and designers made up.
const MADE_UP_FOLDERS: &[&str] = &[
    "fixtures",
    "__fixtures__",
    "testdata",
    "test-data",
    "__mocks__",
    "mocks",
    "examples",
    "design",
    "styles",
    "themes",
];

/// Endings of code and documents: a file with such an ending is about secrets, it does not hold them.
const CODE_ENDINGS: &[&str] = &[
    "rs", "ts", "tsx", "js", "jsx", "mjs", "cjs", "py", "go", "java", "kt", "rb", "php", "c", "h", "cc", "cpp", "hpp",
    "cs", "swift", "scala", "ex", "exs", "erl", "clj", "hs", "lua", "dart", "vue", "svelte", "md", "mdx", "rst",
    "adoc", "html", "css", "scss", "proto", "graphql", "sql", "lock", "d.ts", "snap", "svg", "png", "pub", "crt",
    "cer", "gpg", "age", "asc", "sops", "tf", "hcl", "sh", "bash",
];

/// What reading `path` gives, if its name says that it holds a secret.
///
/// Templates (`.env.example`), public keys, code and documents about secrets are none.
#[must_use]
pub fn secret_file(path: &str) -> Option<SecretFile> {
    let lower = path.trim_end_matches('/').to_ascii_lowercase();
    let mut parts = lower.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default();
    if folder_is_process(&lower) && name == "environ" {
        return Some(SecretFile::Environment);
    }
    if name.is_empty() || name.split(['.', '-', '_']).any(|word| TEMPLATES.contains(&word)) {
        return None;
    }
    if is_private_key(name, folder) {
        let is_fixture = lower.split('/').rev().skip(1).any(|part| {
            matches!(
                part,
                "fixtures" | "fixture" | "testdata" | "__fixtures__" | "test-fixtures" | "mocks" | "__mocks__"
            )
        });
        return (!is_fixture).then_some(SecretFile::Key);
    }
    // What lies among fixtures was made up, and tokens of a design are colours.
    let is_made_up = lower.split('/').rev().skip(1).any(|part| MADE_UP_FOLDERS.contains(&part));
    if is_made_up && !name.contains(".env") {
        return None;
    }
    // `cat ~/.aws/*`: among all that lies there is what opens a door.
    const FOLDERS: [&str; 6] = [".aws", ".kube", ".azure", ".gnupg", ".password-store", "gcloud"];
    if name == "*" && FOLDERS.contains(&folder) {
        return Some(SecretFile::Values);
    }
    let is_value_file = VALUE_FILES.contains(&name) || PLACED_FILES.iter().any(|(f, n)| *f == folder && *n == name);
    if is_value_file {
        return Some(SecretFile::Values);
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    // `.env.d.ts` declares the names, `.env.md` explains them; `.env.sh` and `.env.js` hold values.
    let is_told = matches!(ending, "ts" | "md" | "mdx" | "rst" | "html" | "gpg" | "age" | "sops") && name != ".env.ts";
    if (name.starts_with(".env.") || name.ends_with(".env")) && !is_told {
        return Some(SecretFile::Values);
    }
    let is_placed =
        PLACED_FILES.iter().any(|(f, n)| n.is_empty() && lower.split('/').rev().skip(1).any(|part| part == *f));
    if CODE_ENDINGS.contains(&ending) && !(ending == "gpg" && lower.contains(".password-store/")) {
        return None;
    }
    // `~/.config/vercel/token`: in a folder of settings a bare name says enough.
    let is_bare =
        matches!(name, "token" | "access-token" | "access_token" | "api-token" | "api_token" | "secret" | "password");
    if is_bare && lower.contains("/.") {
        return Some(SecretFile::Values);
    }
    let is_state = name.ends_with(".tfstate") || name.ends_with(".tfvars") || name.ends_with(".kubeconfig");
    (is_placed || is_state || says_secret(name, ending)).then_some(SecretFile::Values)
}

fn folder_is_process(path: &str) -> bool {
    path.starts_with("/proc/")
}

fn is_private_key(name: &str, folder: &str) -> bool {
    let is_ssh = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"]
        .iter()
        .any(|key| name == *key || (name.starts_with(key) && !name.ends_with(".pub") && name.contains('.')));
    let is_public = || {
        let parts = ["ca", "cacert", "cert", "chain", "fullchain", "public", "pub", "bundle"];
        name.contains("cert") || name.split(['.', '-', '_']).any(|part| parts.contains(&part))
    };
    let ends =
        [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".ppk", ".p8"].iter().any(|end| name.ends_with(end));
    let is_ssh_folder = folder == ".ssh"
        && !name.ends_with(".pub")
        && !matches!(name, "known_hosts" | "known_hosts.old" | "config" | "authorized_keys" | "environment");
    is_ssh || is_ssh_folder || (ends && !is_public())
}

/// Whether the name of a data file says that it holds a secret: `.railway-token`, `service-account-3.json`.
fn says_secret(name: &str, ending: &str) -> bool {
    if name.starts_with("service-account") || name.starts_with("service_account") || name.starts_with("serviceaccount")
    {
        return ending == "json";
    }
    if name.contains("adminsdk") && ending == "json" {
        return true;
    }
    let is_data = matches!(
        ending,
        "" | "txt" | "json" | "yml" | "yaml" | "toml" | "ini" | "env" | "cfg" | "conf" | "properties" | "csv" | "xml"
    );
    let stem = name.trim_start_matches('.');
    let is_hidden_or_bare = name.starts_with('.') || ending == "txt" || !name.contains('.');
    let last = stem.split('.').next().unwrap_or_default().rsplit(['-', '_']).next().unwrap_or_default();
    let names_it = matches!(last, "token" | "secret" | "secrets" | "password" | "passwd" | "apikey" | "credentials");
    let is_dotted_token = name.starts_with('.') && (name.ends_with("-token") || name.ends_with("_token"))
        || matches!(ending, "token" | "secret" | "password" | "passwd" | "apikey" | "credentials")
            && name.len() > ending.len() + 1;
    is_dotted_token
        || (is_data && is_hidden_or_bare && names_it && stem.contains(['-', '_']))
        || (is_data && matches!(last, "secret" | "secrets" | "credentials") && stem.contains(['-', '_']))
}

/// Words that make a variable's name a secret's.
const SECRET_WORDS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "apikey",
    "credential",
    "credentials",
    "auth",
    "pat",
    "jwt",
    "bearer",
    "dsn",
];

/// Whether a variable of this name holds a secret: `RAILWAY_TOKEN`, `DB_PASSWORD`, `AWS_SECRET_ACCESS_KEY`.
///
/// Names of places and settings around a secret (`TOKEN_URL`, `SECRET_NAME`, `MAX_TOKENS`) do not.
#[must_use]
pub fn is_secret_variable(name: &str) -> bool {
    // The shell's own working folder; `pwd` in any other spelling is a password.
    if matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let spaced: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let words: Vec<&str> = spaced.split('_').filter(|word| !word.is_empty()).collect();
    let last = words.last().copied().unwrap_or_default();
    if matches!(
        last,
        "url"
            | "uri"
            | "file"
            | "path"
            | "dir"
            | "name"
            | "id"
            | "host"
            | "port"
            | "sock"
            | "socket"
            | "type"
            | "ttl"
            | "length"
            | "count"
            | "limit"
            | "expiry"
            | "expires"
            | "method"
            | "header"
            | "enabled"
            | "command"
            | "helper"
            | "askpass"
    ) {
        return matches!(
            spaced.as_str(),
            "database_url" | "redis_url" | "mongo_url" | "mongodb_uri" | "postgres_url" | "db_url"
        ) || (last == "id" && spaced.contains("secret"));
    }
    let pairs = words.windows(2).any(|pair| {
        matches!(
            pair,
            [
                "api" | "access" | "private" | "signing" | "encryption" | "master" | "service" | "account" | "admin",
                "key"
            ]
        )
    });
    pairs
        || words.iter().any(|word| SECRET_WORDS.contains(word))
        || ["apikey", "accesskey", "secretkey", "authtoken"].iter().any(|word| spaced.contains(word))
        || (words.len() > 1
            && last == "key"
            && !matches!(words.first(), Some(&"primary" | &"foreign" | &"public" | &"sort" | &"cache")))
}

/// Values that stand for a value.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "example",
    "placeholder",
    "redacted",
    "undefined",
    "required",
    "optional",
    "password",
    "passwd",
    "secret",
    "token",
    "string",
    "null",
    "none",
    "true",
    "false",
    "value",
    "dummy",
    "default",
    "hidden",
    "masked",
    "process.env",
    "os.environ",
    "env.",
    "secrets.",
    "config.",
    "self.",
    "this.",
    "vault:",
];

/// Whether this stands for a value instead of being one: `your-token-here`, `${TOKEN}`, `****`, `<token>`.
#[must_use]
pub fn is_placeholder(value: &[u8]) -> bool {
    let Some(first) = value.first() else { return true };
    if matches!(first, b'$' | b'<' | b'{' | b'%' | b'[' | b'*') || value.iter().all(|b| b == first) {
        return true;
    }
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let is_filler = lower.chars().all(|c| matches!(c, 'x' | '*' | '.' | '-' | '_' | '•' | '…' | '#'));
    is_filler
        || lower.contains('‹')
        || lower.starts_with("your")
        || lower.starts_with("my-")
        || lower.starts_with("xxx")
        || lower.ends_with("-here")
        || lower.ends_with("_here")
        || PLACEHOLDERS
            .iter()
            .any(|p| lower == *p || (p.ends_with(['.', ':']) || p.contains('.')) && lower.starts_with(p))
}

/// Whether what follows a name that says secret is a value, rather than code, a place or a number.
pub(super) fn is_value(value: &[u8], is_password: bool, is_quoted: bool) -> bool {
    let least = if is_password { 6 } else { 8 };
    if value.len() < least || is_placeholder(value) || is_place(value) {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 {
        return is_password && digits >= least;
    }
    let is_words = digits == 0
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':' | b'-' | b'?' | b'!'));
    if is_words {
        return is_quoted && (is_password || value.len() >= 20) && value.iter().all(u8::is_ascii_alphabetic);
    }
    let is_identifier = digits > 0 && !is_password && is_numbered_name(value);
    !is_identifier && !value.contains(&b'[')
}

fn is_place(value: &[u8]) -> bool {
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~")
        || value.starts_with(b"http://")
        || value.starts_with(b"https://")
        || value.starts_with(b"@")
        || value.windows(2).any(|two| two == b"::")
}

/// Names such as `token_v2`, `parse_token2`, `vol_123`: a short word with a number at its end.
fn is_numbered_name(value: &[u8]) -> bool {
    let end = value.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |n| n + 1);
    let digits = value.len() - end;
    let stem = value.get(..end).unwrap_or_default();
    digits <= 3 && stem.iter().all(|b| b.is_ascii_lowercase() || *b == b'_' || *b == b'.')
}

/// Whether a value found under such a name is worth being looked for everywhere: long and mixed enough not to be a word.
#[must_use]
pub fn is_strong(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let distinct = seen.iter().filter(|s| **s).count();
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    let has_other = value.iter().any(|b| !b.is_ascii_alphanumeric());
    let has_both_cases = value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    value.len() >= 8
        && distinct >= 6
        && has_letter
        && (has_digit || (has_other && has_both_cases) || value.len() >= 20)
        && !is_placeholder(value)
        && !is_place(value)
        && !value.iter().any(|b| b.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_file_is_told_from_its_template_its_code_and_its_public_half() {
        for path in [
            ".env",
            "/home/dev/shop/.env.production",
            "../billing/.env.local",
            "infra/domains.env",
            "~/.aws/credentials",
            "/home/dev/.ssh/id_ed25519",
            "~/.ssh/deploy_key",
            "certs/server.key",
            "key.pem",
            "~/.netrc",
            ".npmrc",
            "~/.config/gh/hosts.yml",
            "~/.docker/config.json",
            "~/.kube/config",
            "service-account-prod.json",
            "terraform.tfstate",
            "/home/dev/billing/config/secrets.yml",
            "/proc/4711/environ",
            "../infra/.railway-token",
            "/run/secrets/db_password",
            "/etc/shadow",
            "config/master.key",
            "prod.tfvars",
        ] {
            assert!(secret_file(path).is_some(), "{path}");
        }
        for path in [
            ".env.example",
            ".env.sample",
            ".env.template",
            ".env.dist",
            "src/auth/token.rs",
            "docs/credentials.md",
            "package.json",
            "~/.ssh/id_ed25519.pub",
            "~/.ssh/known_hosts",
            "~/.ssh/config",
            "src/auth/credentials.rs",
            "docs/secrets.md",
            "ca-cert.pem",
            "lexer-output.json",
            "tokens.css",
            "README.md",
            "src/secrets/mod.rs",
            "environment.ts",
            "tsconfig.json",
            "config.json",
            "password_reset.html",
            "cert.pem",
        ] {
            assert_eq!(secret_file(path), None, "{path}");
        }
    }

    #[test]
    fn a_variable_is_secret_by_its_words_unless_it_names_a_place() {
        for name in [
            "RAILWAY_TOKEN",
            "DB_PASSWORD",
            "AWS_SECRET_ACCESS_KEY",
            "STRIPE_API_KEY",
            "apiKey",
            "DATABASE_URL",
            "GH_PAT",
        ] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in [
            "PATH",
            "HOME",
            "TOKEN_URL",
            "PWD",
            "SECRET_NAME",
            "NODE_ENV",
            "KEYBOARD",
            "SSH_AUTH_SOCK",
            "AUTHOR",
            "MAX_TOKENS",
        ] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }

    #[test]
    fn what_stands_for_a_value_is_none() {
        for value in
            ["${TOKEN}", "$T", "<token>", "your-token-here", "xxxxxxxx", "********", "changeme", "process.env.TOKEN"]
        {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in ["s3cr3t-Pa55", "a8f0c2e4", "hunter2!"] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
