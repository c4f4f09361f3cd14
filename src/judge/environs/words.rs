//! The variables, options and programs whose words say which environment an act lands in.

use crate::judge::listed::Listed;

/// Variables that choose an environment for what is started.
pub(super) static VARIABLES: Listed = Listed::of(
    "\
    RAILS_ENV RACK_ENV NODE_ENV APP_ENV MIX_ENV FLASK_ENV DJANGO_ENV ENV ENVIRONMENT STAGE DEPLOY_ENV TARGET_ENV \
    AWS_PROFILE AWS_DEFAULT_PROFILE TF_WORKSPACE DJANGO_SETTINGS_MODULE PGHOST PGDATABASE MYSQL_HOST KUBECONFIG \
    KUBECONTEXT DATABASE_URL DB_URL POSTGRES_URL MONGO_URL MONGODB_URI REDIS_URL DIRECT_URL \
    CLOUDSDK_CORE_PROJECT GOOGLE_CLOUD_PROJECT FLY_APP HEROKU_APP DOCKER_HOST DOCKER_CONTEXT RAILWAY_ENVIRONMENT \
    PULUMI_STACK SUPABASE_PROJECT_ID VERCEL_ENV CONTEXT SPRING_PROFILES_ACTIVE ASPNETCORE_ENVIRONMENT \
    DOTNET_ENVIRONMENT APP_ENVIRONMENT SYMFONY_ENV LARAVEL_ENV \
    PGSERVICE HELM_KUBECONTEXT KUBE_CONTEXT NOMAD_ADDR CONSUL_HTTP_ADDR VAULT_ADDR REDIS_HOST MONGO_URI SQLALCHEMY_DATABASE_URI DATABASE_NAME DB_HOST DB_NAME DB_ENV KNEX_ENV DBT_TARGET AZURE_SUBSCRIPTION ARM_SUBSCRIPTION_ID GCLOUD_PROJECT FIREBASE_PROJECT CLOUDSDK_ACTIVE_CONFIG_NAME EB_ENVIRONMENT SST_STAGE SERVERLESS_STAGE ELASTICSEARCH_URL KAFKA_BROKERS NEON_BRANCH WORKSPACE TARGET_DB DATABASE_HOST MYSQL_DATABASE POSTGRES_HOST POSTGRES_DB",
);

/// Options whose value names an environment, or something that lies in one; without their dashes.
pub(super) static OPTIONS: Listed = Listed::of(
    "\
    environment env context kube-context profile stage target project app cluster namespace host hostname db \
    database dbname remote var-file workspace uri url account subscription resource-group service stack settings \
    db-instance-identifier db-cluster-identifier bucket table-name name instance server site project-ref db-url \
    database-url connection inventory limit endpoint tag function-name stack-name cluster-name server-name \
    zone-name deployment branch-name region-name config-env kubeconfig destination database-name org group \
    appname deploy-env env-name environment-name project-id project-name instance-name cluster-id \
    cluster-identifier replication-group-id repository-name domain-name file-system-id topic queue-url secret-id \
    log-group-name vault-name account-name bootstrap-server broker brokers vhost master kube-apiserver \
    argocd-context inventory-file remote-name configuration dsn connection-string addr address vars to \
    platform-env chdir config \
    http-addr login-path working-dir terragrunt-working-dir defaults-group-suffix resource-group-name ssh-host target-org deployment-name cluster-arn server-url management-cluster brokers-list target-env",
);

/// Short options of the same kind, for the programs that have them.
pub(super) const SHORT: &[(&str, &[&str])] = &[
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
    ("skaffold", &["-p"]),
    ("helmfile", &["-e"]),
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
    ("helmfile", &["-e", "-n"]),
    ("velero", &["-n"]),
    ("flux", &["-n"]),
    ("argo", &["-n"]),
    ("argocd", &["-N"]),
    ("istioctl", &["-n"]),
    ("stern", &["-n"]),
    ("kamal", &["-d"]),
    ("dbmate", &["-u", "-e"]),
    ("goose", &["-dir"]),
    ("migrate", &["-database"]),
    ("alembic", &["-n", "-x"]),
    ("mongosh", &["-h"]),
    ("mongodump", &["-h", "-d"]),
    ("mongorestore", &["-h", "-d"]),
    ("clickhouse-client", &["-h", "-d"]),
    ("cockroach", &["-d"]),
    ("snow", &["-c"]),
    ("snowsql", &["-c"]),
    ("dbt", &["-t"]),
    ("sst", &["-s"]),
    ("up", &["-s"]),
    ("cdk", &["-c"]),
    ("terraform", &["-var"]),
    ("tofu", &["-var"]),
    ("terragrunt", &["-var"]),
    ("rabbitmqctl", &["-n", "-p"]),
    ("nats", &["-s"]),
    ("rpk", &["-X"]),
    ("kcat", &["-b"]),
    ("doctl", &["-c"]),
    ("scp", &[]),
    ("eb", &["-e"]),
    ("copilot", &["-e"]),
    ("docker", &["-H"]),
    ("docker compose", &["-H"]),
    ("rails", &["-e"]),
];

/// Programs whose operands name things in an environment. A branch, a folder or a container of that name is nothing.
pub(super) static REMOTE: Listed = Listed::of(
    "\
    aws gcloud gsutil az kubectl oc helm railway fly heroku vercel supabase netlify render doctl hcloud wrangler \
    neon neonctl pscale firebase stripe terraform tofu pulumi terragrunt psql mysql mysqladmin mongosh mongo \
    mongodump mongorestore redis-cli dropdb createdb pg_restore ansible ansible-playbook eb cf serverless sls \
    sam cdk atlas turso bq s3cmd mc rclone b2 consul vault nomad argocd flux eksctl kops linode-cli oci \
    cockroach clickhouse-client cqlsh etcdctl rabbitmqctl rabbitmqadmin kafka-topics kafka-topics.sh nats snow \
    snowsql databricks scp rsync sftp cap fab dokku kubectx sqlcmd influx curl wget http https xh upsun platform \
    azd nixops ssh deployctl up amplify copilot pm2 kamal mosh autossh \
    pgcli mycli usql iredis valkey-cli sqlplus pg_dump rpk kcat clickhouse dbt",
);

/// Programs that run a project's tasks by their name.
pub(super) static TASKS: Listed =
    Listed::of("npm pnpm yarn bun make gmake just task go-task rake mage invoke inv nx turbo gulp grunt gradle");

/// Tools that share the choice of where they act.
pub(super) const FAMILIES: &[&[&str]] = &[
    &[
        "kubectl",
        "oc",
        "kubectx",
        "kubens",
        "kubie",
        "helm",
        "helmfile",
        "flux",
        "velero",
        "istioctl",
        "kustomize",
        "skaffold",
    ],
    &["terraform", "tofu", "terragrunt"],
    &["pulumi"],
    &["gcloud", "gsutil", "bq"],
    &["az"],
    &["docker", "docker compose"],
    &["railway"],
    &["firebase"],
    &["supabase"],
    &["neonctl", "neon"],
    &["fly"],
    &["vercel"],
    &["netlify"],
    &["pscale"],
    &["doctl"],
    &["hcloud"],
];

/// Words after which the place is named that later commands of the tool act on.
pub(super) const CHOICES: &[&[&str]] = &[
    &["config", "use-context"],
    &["config", "set-context"],
    &["config", "set"],
    &["configurations", "activate"],
    &["account", "set"],
    &["context", "use"],
    &["context", "select"],
    &["workspace", "select"],
    &["workspace", "new"],
    &["stack", "select"],
    &["environment"],
    &["set-context"],
    &["auth", "switch"],
    &["link"],
    &["use"],
    &["project"],
    &["ctx"],
];

/// Words of a task that acts on an environment rather than builds for it.
pub(super) const ACTING: [&str; 9] =
    ["deploy", "migrate", "release", "rollback", "ship", "promote", "seed", "reset", "provision"];

/// Options whose value is a file that says where an application's database is.
pub(super) const SETTINGS: &[&str] =
    &["-d", "--dataSource", "--datasource", "--schema", "--knexfile", "--env-file", "--config"];
