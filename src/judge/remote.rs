//! What the words of a provider's command-line tool say: `gcloud sql instances delete shop`, `fly apps destroy shop`.
//!
//! Such tools have thousands of subcommands and one grammar: nouns, then a verb, then names. The verb decides, so that
//! a subcommand nobody listed is understood like any other.

use super::listed::Listed;
use crate::shell::Word;

/// What a tool's words ask the provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Something is shown.
    Reads,
    /// Something is made, started, stopped or set.
    Changes,
    /// Something is gone afterwards.
    Removes,
}

/// A tool's command as it was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command<'a> {
    /// What it asks for.
    pub(super) manner: Manner,
    /// The word that says so.
    pub(super) verb: &'a Word,
    /// What it is done to: the first name after the verb.
    pub(super) target: Option<&'a Word>,
    /// Whether the tool is one that is known; another one only sounds like it.
    pub(super) is_known: bool,
}

/// How many operands are looked at for a verb.
pub(super) const OPERANDS_MAX: usize = 5;

/// Tools whose verbs act on something that is not on this machine.
static TOOLS: Listed = Listed::of(
    "\
    railway fly vercel netlify render supabase neonctl neon pscale wrangler firebase doctl hcloud linode-cli \
    vultr-cli vultr scw oci ibmcloud upsun platform koyeb northflank dokku atlas convex appwrite amplify eb \
    copilot cf civo exo aiven avn azd deployctl qovery porter zeabur tsuru cloudflared astro xata turso dokploy \
    sentry-cli algolia mongocli confluent ccloud temporal tctl gcloud az aws awslocal heroku velero flux argocd \
    argo nomad consul vault bao boundary waypoint helmfile istioctl linkerd cilium karmadactl rancher clusterctl \
    vcluster kops rosa ocm ionosctl ovhcloud upctl gandi flarectl flightctl openstack nova cinder swift aliyun \
    tccli hcloud-cli yc databricks snow okta auth0 clerk launchdarkly ldcli sentry datadog datadog-ci pagerduty \
    pd newrelic grafana-cli grafanactl influx planetscale prismic contentful sanity shopify twilio sendgrid \
    slack cloudinary eas stripe paddle glab circleci buildkite bk tkn spacectl tfe tfc scalr env0 akamai fastly \
    bunny section s3cmd b2 mc s5cmd cosign harbor jf jfrog crane regctl skopeo cloudsmith anaconda \
    huggingface-cli hf wandb modal runpodctl vastai replicate sky dstack lightning beam cog kamal nats rpk \
    pulsar-admin pulsarctl kaf kafkactl rabbitmqadmin rabbitmqctl mqadmin kcctl ksql ydb edgedb gel surreal \
    cockroach couchbase-cli cbq arangosh cypher-shell neo4j-admin qdrant weaviate milvus_cli meilisearch \
    typesense esrally opensearch-cli ecctl etcdctl zkCli.sh zkCli consul-kv op bw doppler infisical chamber \
    lpass ory keycloak kcadm.sh kcadm teleport tsh netbird zerotier-cli tailscale unleash prefect dagster \
    airflow dbt-cloud hasura nhost directus strapi pocketbase encore defang sst begin arc alchemy zappa chalice \
    up apex claudia gigalixir nanobox scalingo clever aptible cloud66 ebcli lightsailctl ecs-cli eksctl gsutil \
    bq azcopy rclone rbd rados ceph gluster werf okteto juju maas ollama-cloud thanos",
);

/// First words that concern the tool itself or something on this machine.
static OWN: Listed = Listed::of(
    "\
 config configure auth context contexts profile profiles login logout plugin plugins extension extensions \
    completion completions cache telemetry alias init dev emulators emulator emulators:start emulators:exec help \
    skills version local self upgrade self-update install autocomplete settings components bicep whoami \
    doctor feedback interactive docs open",
);

/// Words of the cluster's own tool, which has rules of its own: any other first word is a plugin's name.
static CLUSTER_OWN: Listed = Listed::of(
    "\
    annotate api-resources api-versions apply attach auth autoscale certificate cluster-info config cordon cp create \
    debug delete describe diff drain edit events exec explain expose get kustomize label logs options patch plugin \
    port-forward proxy replace rollout run scale set taint top uncordon version wait krew ctx ns adm login logout \
    new-project project projects rsh rsync start-build status tag whoami policy process import-image new-app secrets",
);

/// Verbs that show something, wherever they stand.
static READS: Listed = Listed::of(
    "\
    list ls get describe show view inspect read cat tail head fetch lookup find search query scan wait check \
    validate verify lint diff plan preview dump print download pull watch whoami open estimate simulate test \
    explain filter batch-get head-object can-i proxy connect port-forward status info stat what-if presign du \
    find-name dig \
    health render build dashboard export",
);

/// Words that show something where no verb follows: they are nouns as well.
static NOUNS_READ: Listed = Listed::of(
    "\
    logs log events metrics history versions version top usage ps releases config",
);

/// Verbs that make or change something; names may follow them.
static CHANGES: Listed = Listed::of(
    "\
 create add update set put patch modify edit apply start stop restart reboot enable disable attach associate \
    assign register upload cp copy mv move rename sync invoke call publish send rotate resize promote rollback \
    pause resume suspend unsuspend lock unlock migrate upsert insert write retry rerun trigger redeploy up link \
    unlink import new make-bucket mb submit execute authorize grant allow deny approve merge transfer upgrade \
    downgrade tag untag label annotate change replace reload bind unbind map unmap mount join enroll activate \
    deactivate archive unarchive open close cancel abort failover exec ssh console restage push convert on \
    off capture reserve allocate request configure \
    reconcile set-context resync hibernate wake",
);

/// Verbs that are nouns where a verb that removes follows: `appservice plan delete`.
static NOUNS_TOO: Listed = Listed::of(
    "list plan view query test check image tag filter build dashboard proxy connect export import link label lock map document watch",
);

/// Words that change something where no verb follows: they are nouns as well.
static NOUNS_CHANGE: Listed = Listed::of(
    "\
 deploy run backup release snapshot restore deployment job stage ship \
    scale",
);

/// Verbs after which something is gone.
static REMOVES: Listed = Listed::of(
    "\
    delete del destroy rm remove purge drop wipe nuke erase terminate prune truncate empty flush deprovision \
    decommission undeploy teardown reset reinstall rebuild uninstall expire forget rb down unpublish yank delist \
    obliterate clear rmdir rimraf deletefile del-all shred leave offboard undelegate deleteall unset detach \
    disassociate deregister revoke \
    cleanup rmm peer-remove unlist close-account unjoin",
);

/// First parts of a verb of several, of which another part is the verb: `batch-delete-image`, `admin-delete-user`.
static BEFORE_VERB: Listed = Listed::of(
    "\
    batch admin permanent permanently bulk force global schedule mass",
);

/// Further first parts that make a verb of several take something away.
static REMOVING_PARTS: Listed = Listed::of(
    "\
    deregister disassociate release detach revoke abort purge leave",
);

/// Options that take no value, in most tools.
static PLAIN: Listed = Listed::of(
    "\
    -y --yes -f --force -q --quiet --verbose --debug --json --wait --no-wait --all -A --recursive -r -R --remote \
    --local --no-input --interactive --non-interactive -v --no-prompt --no-prompts --silent --async --help -h -a \
    --purge --confirm -m --dangerous --linked --auto-approve --assume-yes --cascade --insecure --global -d -i",
);

/// Whether the program is a tool for things that are not on this machine.
pub(super) fn is_tool(program: &str) -> bool {
    TOOLS.has(program)
}

/// Whether what the program acts on is elsewhere, as far as its name says.
pub(super) fn is_elsewhere(program: &str) -> bool {
    matches!(program, "kubectl" | "oc") || is_tool(program) || sounds_remote(program)
}

/// What this program's words ask for; `None` where it is no provider's tool or no word says.
pub(super) fn of<'a>(program: &str, args: &[&'a Word]) -> Option<Command<'a>> {
    let is_host = matches!(program, "kubectl" | "oc");
    // The compiler of that name has packages of its own.
    if program == "swift" && args.first().is_some_and(|word| word.text == "package") {
        return None;
    }
    let is_known = is_host || TOOLS.has(program);
    if !is_known && !sounds_remote(program) {
        return None;
    }
    let is_plain = |text: &str| PLAIN.has(text) && !(text == "-a" && matches!(program, "heroku" | "fly"));
    let operands = operands(args, is_plain);
    // `aws SERVICE OPERATION`: the services' names are nouns, whatever they sound like.
    let from = usize::from(matches!(program, "aws" | "awslocal" | "gcloud" | "az" | "oci" | "aliyun"));
    let first = operands.first().map_or("", |(_, word)| word.text.as_str());
    // An alias of a site is its address, and a context of the build service is a set of secrets.
    let is_theirs = matches!((program, first), ("vercel", "alias") | ("circleci", "context"));
    if OWN.has(first) && !is_theirs || is_host && CLUSTER_OWN.has(first) {
        return None;
    }
    let from = from + usize::from(is_host);
    // What a cache loses, it fetches again.
    let is_cache = |text: &str| {
        text.split(['-', ':', '_']).any(|part| matches!(part, "cache" | "caches" | "cdn" | "invalidation"))
    };
    let softened = |mut command: Command<'a>| {
        let to_verb = |(_, word): &&(usize, &Word)| !std::ptr::eq(*word, command.verb);
        let before = operands.iter().take_while(to_verb).map(|(_, word)| word.text.as_str());
        let before = before.chain(std::iter::once(command.verb.text.as_str()));
        let is_network = matches!(program, "fastly" | "akamai" | "bunny" | "flarectl") && command.verb.text == "purge";
        // `cdn profile delete` takes the network away, `cdn endpoint purge` lets it forget.
        let forgets =
            |text: &str| matches!(text, "purge" | "clear" | "flush" | "invalidate" | "empty" | "expire" | "reset");
        let is_gone = before.clone().any(|text| text == "cdn") && !forgets(&command.verb.text);
        // `elasticache delete-cache-cluster` takes a server away; `flush-stage-cache` lets it forget.
        let first = command.verb.text.split('-').next().unwrap_or_default();
        let is_server = matches!(program, "aws" | "awslocal") && matches!(first, "delete" | "batch" | "remove");
        if command.manner == Manner::Removes
            && !is_server
            && !is_gone
            && (is_network || before.into_iter().any(is_cache))
        {
            command.manner = Manner::Changes;
        }
        command
    };
    let found = scan(args, operands.get(from..).unwrap_or_default(), is_known).map(softened);
    found.or_else(|| {
        // What was taken for an option's value may have been the verb.
        let words: Vec<(usize, &Word)> =
            args.iter().enumerate().filter(|(_, word)| !word.is_flag()).map(|(at, word)| (at, *word)).collect();
        scan(args, words.get(from..).unwrap_or_default(), is_known).filter(|command| command.manner == Manner::Removes)
    })
}

/// Whether an unknown program's name is that of a tool for something elsewhere.
fn sounds_remote(program: &str) -> bool {
    static LOCAL: Listed = Listed::of(
        "\
    systemctl journalctl sysctl bluetoothctl loginctl hostnamectl timedatectl localectl limactl redis-cli \
    valkey-cli keydb-cli launchctl apachectl nginxctl pactl amixerctl supervisorctl coredumpctl busctl \
    machinectl portablectl resolvectl networkctl udevadm xinitctl initctl kubectl playerctl brightnessctl wpctl \
    ibus-cli nmcli ng-cli vue-cli npm-cli react-native-cli angular-cli ember-cli jest-cli webpack-cli \
    postcss-cli tailwind-cli arduino-cli sequelize-cli sea-orm-cli bootctl oomctl userdbctl homectl rabbitmqctl \
    pg_ctl pg_ctlcluster hyprctl swaymsg gpioctl cargo-cli solc-cli yarn-cli markdownlint-cli svgo-cli \
    scrapy-cli eslint-cli ctl cli nx-cli lerna-cli",
    );
    (program.ends_with("ctl") || program.ends_with("-cli")) && !LOCAL.has(program)
}

fn operands<'a>(args: &[&'a Word], is_plain: impl Fn(&str) -> bool) -> Vec<(usize, &'a Word)> {
    let mut found = Vec::new();
    let mut is_value = false;
    for (at, word) in args.iter().enumerate() {
        if word.is_flag() {
            is_value = !word.text.contains('=') && !is_plain(&word.text) && !word.text.starts_with("--no-");
        } else if !std::mem::take(&mut is_value) {
            found.push((at, *word));
        }
    }
    found
}

fn scan<'a>(args: &[&'a Word], operands: &[(usize, &'a Word)], is_known: bool) -> Option<Command<'a>> {
    let mut weak: Option<(Manner, &'a Word)> = None;
    for (place, (at, word)) in operands.iter().take(OPERANDS_MAX).enumerate() {
        let target = operands.get(place + 1).map(|(_, word)| *word).or_else(|| {
            // The name may be an option's value.
            args.get(at + 1..)?.iter().find(|word| !word.is_flag()).copied()
        });
        let next = operands.get(place + 1).map_or("", |(_, next)| next.text.as_str());
        // `ssh-key delete`, `run-template rm`: before a verb that removes, a word of several parts is a noun.
        let is_noun = (word.text.contains('-') || NOUNS_TOO.has(&word.text)) && REMOVES.has(next);
        match manner_of(&word.text, weak.is_some()) {
            Some((manner, true)) if manner != Manner::Removes && is_noun => {}
            Some((manner, true)) => {
                let sounds = manner != Manner::Removes || is_known || place < 3;
                return sounds.then_some(Command { manner, verb: word, target, is_known });
            }
            Some((manner, false)) => weak = weak.or(Some((manner, word))),
            None => {}
        }
    }
    let (manner, verb) = weak?;
    Some(Command { manner, verb, target: None, is_known })
}

/// What one word says, and whether it says so for certain. After a weak word, a word of several parts is a name.
fn manner_of(text: &str, is_after_weak: bool) -> Option<(Manner, bool)> {
    if text.contains(['/', '=', '.', '@', '$', ' ', '*']) {
        return None;
    }
    // `pg:backups:delete`, `hosting:channel:delete`: the last part is the verb.
    let last = text.rsplit(':').next().unwrap_or(text).to_ascii_lowercase();
    let known = |word: &str| {
        if REMOVES.has(word) {
            Some((Manner::Removes, true))
        } else if READS.has(word) {
            Some((Manner::Reads, true))
        } else if CHANGES.has(word) {
            Some((Manner::Changes, true))
        } else if NOUNS_READ.has(word) {
            Some((Manner::Reads, false))
        } else if NOUNS_CHANGE.has(word) {
            Some((Manner::Changes, false))
        } else {
            None
        }
    };
    if let Some(found) = known(&last) {
        return Some(found);
    }
    // `DeleteInstance`, `deleteSite`
    let is_operation =
        text.chars().skip(1).any(|c| c.is_ascii_uppercase()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    let last = if is_operation { super::verbs::words(text).join("-") } else { last };
    let parts: Vec<&str> = last.split(['-', '_']).collect();
    if parts.len() < 2 || is_after_weak {
        return None;
    }
    let first = parts.first().copied().unwrap_or_default();
    let by_next = BEFORE_VERB.has(first).then(|| parts.get(1).copied()).flatten();
    if by_next.is_some_and(|word| matches!(word, "delete" | "deletion" | "remove" | "destroy" | "terminate" | "key"))
        || REMOVING_PARTS.has(first)
        // `service-instance-delete`, `bucket-delete`
        || (parts.last().is_some_and(|word| matches!(*word, "delete" | "destroy" | "remove" | "rm" | "purge")))
    {
        return Some((Manner::Removes, true));
    }
    let (manner, is_certain) = known(by_next.unwrap_or(first))?;
    // `delete-message` takes what was worked on off a queue.
    let is_consumed = matches!(last.as_str(), "delete-message" | "delete-message-batch");
    Some((if is_consumed { Manner::Changes } else { manner }, is_certain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn check(line: &str, expected: Option<Manner>) {
        let words: Vec<Word> = line.split_whitespace().map(|text| Word::literal(text, Span(0, 1))).collect();
        let args: Vec<&Word> = words.iter().skip(1).collect();
        assert_eq!(of(&words[0].text, &args).map(|command| command.manner), expected, "{line}");
    }

    #[test]
    fn the_verb_of_a_tool_decides_wherever_it_stands() {
        use Manner::{Changes, Reads, Removes};
        for (line, expected) in [
            ("gcloud sql instances delete shop", Some(Removes)),
            ("gcloud -q sql backups delete 3 --instance i", Some(Removes)),
            ("gcloud compute instances list --filter delete", Some(Reads)),
            ("gcloud logging read delete", Some(Reads)),
            ("gcloud run deploy delete-api", Some(Changes)),
            ("gcloud run services delete api", Some(Removes)),
            ("gcloud config unset project", None),
            ("az appservice plan delete -n p", Some(Removes)),
            ("az cdn profile delete -n p", Some(Removes)),
            ("az cdn endpoint purge -n p", Some(Changes)),
            ("newctl list purge x", Some(Removes)),
            ("aws logs delete-log-group --log-group-name g", Some(Removes)),
            ("aws --profile x --region y ec2 terminate-instances", Some(Removes)),
            ("aws cognito-idp admin-delete-user --username u", Some(Removes)),
            ("aws sqs delete-message --queue-url u", Some(Changes)),
            ("aws ec2 wait instance-terminated", Some(Reads)),
            ("aws ec2 describe-instances", Some(Reads)),
            ("aws lambda invoke --function-name delete-user out.json", Some(Changes)),
            ("aws organizations leave-organization", Some(Removes)),
            ("heroku pg:backups:delete b1 -a shop", Some(Removes)),
            ("heroku apps:info -a shop", Some(Reads)),
            ("heroku config:set A=b", Some(Changes)),
            ("doctl registry repository delete-manifest api sha", Some(Removes)),
            ("databricks clusters permanent-delete 1", Some(Removes)),
            ("velero backup delete nightly", Some(Removes)),
            ("velero backup get", Some(Reads)),
            ("newctl cluster delete x", Some(Removes)),
            ("systemctl delete x", None),
            ("cat delete", None),
            ("fly apps open delete-me", Some(Reads)),
            ("gcloud redis instances delete cache", Some(Removes)),
            ("hcloud ssh-key delete work", Some(Removes)),
            ("nats stream cluster peer-remove ORDERS", Some(Removes)),
            ("railway skills remove", None),
            ("netlify cache clear", None),
            ("aws elasticache delete-cache-cluster --cache-cluster-id c", Some(Removes)),
            ("aws apigateway flush-stage-cache --rest-api-id a", Some(Changes)),
            ("ibmcloud resource service-instance-delete x", Some(Removes)),
            ("ibmcloud cr image-rm us.icr.io/shop/web", Some(Removes)),
            ("aliyun ecs DeleteInstance --InstanceId i", Some(Removes)),
            ("fly scale show -a x", Some(Reads)),
            ("aws s3 cp s3://a/x - --profile prod", Some(Changes)),
            ("netlify api deleteSite", Some(Removes)),
            ("netlify api listSites", Some(Reads)),
            ("netlify api createSite", Some(Changes)),
            ("fly deploy deleteUser", Some(Changes)),
            ("vercel", None),
        ] {
            check(line, expected);
        }
    }
}
