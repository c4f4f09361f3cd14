//! Whether an act on things elsewhere lands on this machine: in an emulator, a cluster in a container, a server of one's own.

use crate::shell::{Invocation, LayerKind, Word};
use crate::trail::{host_of, is_local_host};

/// Whether a tool for things elsewhere is told to act on this machine: an emulator, a cluster in a container.
#[must_use]
pub fn lands_here(invocation: &Invocation, program: &str, args: &[&Word]) -> bool {
    let value = |names: &[&str]| {
        let at = args.iter().position(|word| names.contains(&word.text.as_str()));
        let next = at.and_then(|at| args.get(at + 1)).map(|word| word.text.as_str());
        let joined = || {
            args.iter().find_map(|word| {
                names.iter().find_map(|name| word.text.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
            })
        };
        next.or_else(joined).unwrap_or_default()
    };
    let by_variable = |names: &[&str]| {
        invocation.assigns.iter().any(|(name, word)| {
            names.contains(&name.as_str()) && is_local_host(host_of(&word.text).unwrap_or_default())
        })
    };
    match program {
        // `docker compose -f docker-compose.test.yml`, `-p e2e`: the file or the project says whose services these are.
        "docker compose" => [["-f", "--file"], ["-p", "--project-name"]].iter().any(|names| {
            value(names).split(['.', '-', '_']).any(|word| matches!(word, "e2e" | "ci") || is_test_word(word))
        }),
        "awslocal" | "tflocal" | "cdklocal" | "samlocal" => true,
        "aws" => {
            is_local_host(host_of(value(&["--endpoint-url"])).unwrap_or_default())
                || by_variable(&["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_DYNAMODB"])
        }
        "gcloud" | "bq" | "firebase" | "gsutil" => by_variable(&[
            "FIRESTORE_EMULATOR_HOST",
            "PUBSUB_EMULATOR_HOST",
            "STORAGE_EMULATOR_HOST",
            "SPANNER_EMULATOR_HOST",
            "FIREBASE_DATABASE_EMULATOR_HOST",
        ]),
        // The project's own containers, unless the linked project is asked for.
        "supabase" => {
            let is_far = ["--linked", "--db-url", "--project-ref"].iter().any(|far| {
                args.iter()
                    .any(|word| word.text == *far || word.text.strip_prefix(far).is_some_and(|r| r.starts_with('=')))
            });
            let first = args.iter().find(|word| !word.is_flag()).map_or("", |word| word.text.as_str());
            !is_far && matches!(first, "db" | "stop" | "start" | "migration" | "test")
        }
        "wrangler" => args.iter().any(|word| word.text == "--local"),
        "kubectl" | "oc" | "helm" | "helmfile" | "flux" | "velero" | "istioctl" | "argocd" | "kustomize"
        | "skaffold" => is_local_cluster(value(&["--context", "--kube-context"])),
        "kubectx" | "kubie" => args.iter().any(|word| is_local_cluster(&word.text)),
        _ => SERVERS.iter().filter(|(names, ..)| names.contains(&program)).any(|(_, options, variables)| {
            let named = value(options);
            let is_local = |address: &str| is_local_host(host_of(address).unwrap_or_default());
            let is_told = if named.is_empty() { by_variable(variables) } else { named.split(',').all(is_local) };
            is_told && stays_here(invocation)
        }),
    }
}

/// Clients of servers that run in a cluster as well as on one's own machine, with what tells them where.
type Server = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const SERVERS: &[Server] = &[
    (&["etcdctl"], &["--endpoints"], &["ETCDCTL_ENDPOINTS"]),
    (&["nomad"], &["-address", "--address"], &["NOMAD_ADDR"]),
    (&["consul"], &["-http-addr", "--http-addr"], &["CONSUL_HTTP_ADDR"]),
    (&["vault", "bao"], &["-address", "--address"], &["VAULT_ADDR", "BAO_ADDR"]),
    (&["nats"], &["-s", "--server"], &["NATS_URL"]),
    (&["rabbitmqadmin"], &["-H", "--host"], &[]),
    (&["influx"], &["--host"], &["INFLUX_HOST"]),
    (&["rpk", "kaf", "kafkactl"], &["--brokers", "-b"], &["RPK_BROKERS"]),
    (
        &["kafka-topics", "kafka-consumer-groups", "kafka-delete-records", "kafka-configs", "kafka-acls"],
        &["--bootstrap-server", "--zookeeper"],
        &[],
    ),
];

/// Whether "this machine" is the one the agent runs on, or a container that its engine runs.
fn stays_here(invocation: &Invocation) -> bool {
    invocation.layers.iter().all(|layer| match &layer.kind {
        LayerKind::Remote { .. } => false,
        LayerKind::Container { .. } => {
            let by = layer.words.first().map_or("", |word| crate::shell::base_name(&word.text));
            let is_far = |word: &Word| matches!(word.text.as_str(), "-H" | "--host" | "-c" | "--context");
            matches!(by, "docker" | "podman" | "nerdctl" | "docker-compose") && !layer.words.iter().any(is_far)
        }
        LayerKind::Privilege | LayerKind::PerItem | LayerKind::Shell | LayerKind::Runner | LayerKind::Plain => true,
    })
}

/// Whether a part of a name says that it is a test's: `test`, `shoptest`.
fn is_test_word(word: &str) -> bool {
    matches!(word, "tests" | "testing") || (word.ends_with("test") && !matches!(word, "latest" | "contest" | "fastest"))
}

/// Whether a context is that of a cluster on this machine.
pub(super) fn is_local_cluster(context: &str) -> bool {
    const NAMES: [&str; 9] = [
        "minikube",
        "docker-desktop",
        "docker-for-desktop",
        "rancher-desktop",
        "orbstack",
        "microk8s",
        "colima",
        "kind",
        "localhost",
    ];
    NAMES.contains(&context)
        || ["kind-", "k3d-", "minikube-", "colima-", "local-"].iter().any(|head| context.starts_with(head))
}
