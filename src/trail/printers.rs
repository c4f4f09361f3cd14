//! Commands of providers that print the values of secrets.

use super::names::is_secret_variable;

/// One command: the words it begins with, words it needs besides, words that make it harmless.
struct Printer {
    /// The program and its verbs, in order; options between them are passed over.
    words: &'static [&'static str],
    /// Words of which one must follow; empty: none is needed.
    needs: &'static [&'static str],
    /// Words that take the values out of what is printed.
    unless: &'static [&'static str],
}

const fn printer(
    words: &'static [&'static str],
    needs: &'static [&'static str],
    unless: &'static [&'static str],
) -> Printer {
    Printer { words, needs, unless }
}

/// What prints values, from the providers' own documentation.
const PRINTERS: &[Printer] = &[
    printer(&["gh", "auth", "token"], &[], &[]),
    printer(&["gh", "auth", "status"], &["--show-token", "-t"], &[]),
    printer(&["glab", "auth", "status"], &["--show-token", "-t"], &[]),
    printer(&["glab", "variable", "get"], &[], &[]),
    printer(&["railway", "variables"], &[], &["--set", "--help"]),
    printer(&["railway", "variable", "list"], &[], &[]),
    printer(&["heroku", "config"], &[], &["set", "unset"]),
    printer(&["heroku", "config:get"], &[], &[]),
    printer(&["heroku", "auth:token"], &[], &[]),
    printer(&["fly", "auth", "token"], &[], &[]),
    printer(&["flyctl", "auth", "token"], &[], &[]),
    printer(&["fly", "tokens", "create"], &[], &[]),
    printer(&["vercel", "env", "pull"], &[], &[]),
    printer(&["netlify", "env:get"], &[], &[]),
    printer(&["netlify", "env:list"], &["--plain", "--json"], &[]),
    printer(&["supabase", "projects", "api-keys"], &[], &[]),
    printer(&["supabase", "secrets", "list"], &["--reveal"], &[]),
    printer(&["doppler", "secrets"], &[], &["set", "delete", "--only-names"]),
    printer(&["infisical", "secrets"], &[], &["set", "delete"]),
    printer(&["infisical", "export"], &[], &[]),
    printer(&["aws", "secretsmanager", "get-secret-value"], &[], &[]),
    printer(&["aws", "secretsmanager", "batch-get-secret-value"], &[], &[]),
    printer(&["aws", "ssm", "get-parameter"], &["--with-decryption"], &[]),
    printer(&["aws", "ssm", "get-parameters"], &["--with-decryption"], &[]),
    printer(&["aws", "ssm", "get-parameters-by-path"], &["--with-decryption"], &[]),
    printer(&["aws", "configure", "get"], &[], &["region", "output"]),
    printer(&["aws", "configure", "export-credentials"], &[], &[]),
    printer(&["aws", "sts", "get-session-token"], &[], &[]),
    printer(&["aws", "sts", "assume-role"], &[], &[]),
    printer(&["aws", "ecr", "get-login-password"], &[], &[]),
    printer(&["aws", "iam", "create-access-key"], &[], &[]),
    printer(&["gcloud", "auth", "print-access-token"], &[], &[]),
    printer(&["gcloud", "auth", "print-identity-token"], &[], &[]),
    printer(&["gcloud", "auth", "application-default", "print-access-token"], &[], &[]),
    printer(&["gcloud", "secrets", "versions", "access"], &[], &[]),
    printer(&["az", "account", "get-access-token"], &[], &[]),
    printer(&["az", "keyvault", "secret", "show"], &[], &[]),
    printer(&["az", "keyvault", "secret", "download"], &[], &[]),
    printer(&["az", "storage", "account", "keys", "list"], &[], &[]),
    printer(&["doctl", "auth", "token"], &[], &[]),
    printer(&["doctl", "databases", "connection"], &[], &[]),
    printer(&["hcloud", "context", "active"], &["--token"], &[]),
    printer(&["vault", "kv", "get"], &[], &[]),
    printer(&["vault", "read"], &[], &[]),
    printer(&["vault", "token", "lookup"], &[], &[]),
    printer(&["vault", "print", "token"], &[], &[]),
    printer(&["op", "read"], &[], &[]),
    printer(&["op", "item", "get"], &[], &[]),
    printer(&["bw", "get"], &["password", "item", "totp", "notes"], &[]),
    printer(&["pass", "show"], &[], &[]),
    printer(&["gopass", "show"], &[], &[]),
    printer(&["security", "find-generic-password"], &["-w", "-g"], &[]),
    printer(&["security", "find-internet-password"], &["-w", "-g"], &[]),
    printer(&["security", "dump-keychain"], &[], &[]),
    printer(&["secret-tool", "lookup"], &[], &[]),
    printer(&["secret-tool", "search"], &[], &[]),
    printer(&["keyring", "get"], &[], &[]),
    printer(&["git", "credential", "fill"], &[], &[]),
    printer(&["kubectl", "get", "secret"], &["-o", "--output", "-ojson", "-oyaml", "--template"], &["name", "wide"]),
    printer(&["kubectl", "get", "secrets"], &["-o", "--output", "-ojson", "-oyaml", "--template"], &["name", "wide"]),
    printer(&["kubectl", "config", "view"], &["--raw"], &[]),
    printer(&["oc", "whoami"], &["-t", "--show-token"], &[]),
    printer(&["helm", "get", "values"], &[], &[]),
    printer(&["terraform", "output"], &["-raw", "-json"], &[]),
    printer(&["tofu", "output"], &["-raw", "-json"], &[]),
    printer(&["terraform", "state", "pull"], &[], &[]),
    printer(&["pulumi", "stack", "output"], &["--show-secrets"], &[]),
    printer(&["pulumi", "config"], &["--show-secrets"], &[]),
    printer(&["sops"], &["-d", "--decrypt", "decrypt"], &[]),
    printer(&["ansible-vault", "view"], &[], &[]),
    printer(&["ansible-vault", "decrypt"], &[], &[]),
    printer(&["docker", "compose", "config"], &[], &["--services", "--quiet", "-q", "--images", "--volumes", "--hash"]),
    printer(&["docker-compose", "config"], &[], &["--services", "--quiet", "-q", "--images", "--volumes", "--hash"]),
    printer(&["firebase", "login:ci"], &[], &[]),
    printer(&["firebase", "functions:config:get"], &[], &[]),
    printer(&["npm", "token", "create"], &[], &[]),
    printer(&["stripe", "config"], &["--list"], &[]),
    printer(&["cf", "env"], &[], &[]),
    printer(&["pscale", "password", "create"], &[], &[]),
    printer(&["neonctl", "connection-string"], &[], &[]),
    printer(&["neon", "connection-string"], &[], &[]),
];

/// Whether this command, its program first, prints the value of a secret.
#[must_use]
pub fn prints_secret(words: &[&str]) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    let program = program.rsplit('/').next().unwrap_or_default();
    match program {
        "printenv" => {
            return args.iter().all(|word| word.starts_with('-')) || args.iter().any(|word| is_secret_variable(word));
        }
        "env" => return args.iter().all(|word| word.starts_with('-') && *word != "-i"),
        "echo" | "printf" => return args.iter().any(|word| names_variable(word)),
        _ => {}
    }
    PRINTERS.iter().any(|printer| {
        let Some((first, verbs)) = printer.words.split_first() else { return false };
        *first == program && has_in_order(args, verbs) && meets(printer, args)
    })
}

/// Whether the verbs stand in order among the words, nothing but options and their values between them.
fn has_in_order(args: &[&str], verbs: &[&str]) -> bool {
    let mut rest = args.iter();
    verbs.iter().enumerate().all(|(n, verb)| {
        let limit = if n == 0 { 5 } else { 4 };
        rest.by_ref().take(limit).any(|word| word == verb)
    })
}

fn meets(printer: &Printer, args: &[&str]) -> bool {
    let has = |wanted: &str| {
        args.iter().any(|word| *word == wanted || word.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('=')))
    };
    let needed = printer.needs.is_empty() || printer.needs.iter().any(|word| has(word));
    needed && !printer.unless.iter().any(|word| has(word))
}

/// Whether a word prints a secret variable: `$TOKEN`, `${TOKEN}`; not its length, not whether it is set.
fn names_variable(word: &str) -> bool {
    word.split('$').skip(1).any(|rest| {
        let name = rest.trim_start_matches('{');
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        let after = name.get(end..).unwrap_or_default();
        let is_test = rest.starts_with("{#") || (rest.starts_with('{') && after.starts_with([':', '+']));
        !is_test && is_secret_variable(name.get(..end).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_a_secret_when_its_verb_shows_the_value() {
        let check = |line: &str, expected: bool| {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(prints_secret(&words), expected, "{line}");
        };
        for line in [
            "gh auth token",
            "railway variables",
            "aws secretsmanager get-secret-value --secret-id shop/db",
            "aws --profile x ssm get-parameter --name y --with-decryption",
            "vault kv get secret/shop",
            "printenv",
            "env",
            "kubectl get secret db -o yaml",
            "kubectl -n shop get secret db -o jsonpath={.data.password}",
            "heroku config -a shop",
            "op read op://vault/item",
            "pass show github",
            "security find-generic-password -s github -w",
            "gcloud auth print-access-token",
            "docker compose config",
            "echo $API_TOKEN",
            "printenv DB_PASSWORD",
        ] {
            check(line, true);
        }
        for line in [
            "gh auth status",
            "kubectl get secrets",
            "kubectl get secret -o name",
            "aws sts get-caller-identity",
            "printenv HOME",
            "env NODE_ENV=test npm run lint",
            "echo $PATH",
            "docker compose config --services",
            "heroku config set A=b",
            "railway variables --set A=b",
            "echo ${TOKEN:+set}",
            "echo ${#TOKEN}",
            "terraform output",
            "pass ls",
        ] {
            check(line, false);
        }
    }
}
