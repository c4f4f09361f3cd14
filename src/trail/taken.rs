//! Which variables the tools of providers take credentials from by themselves.

/// The beginnings of such variables' names, with the programs that take them.
const TAKEN: &[(&str, &[&str])] = &[
    ("AWS_", &["aws", "terraform", "tofu", "pulumi", "cdk", "sam", "serverless", "eksctl", "packer"]),
    ("AZURE_", &["az", "terraform", "tofu", "pulumi"]),
    ("ARM_", &["terraform", "tofu", "pulumi"]),
    ("GOOGLE_", &["gcloud", "gsutil", "bq", "terraform", "tofu", "pulumi"]),
    ("CLOUDFLARE_", &["wrangler", "cloudflared", "flarectl", "terraform", "tofu", "pulumi"]),
    ("CF_", &["wrangler", "flarectl"]),
    ("DIGITALOCEAN_", &["doctl", "terraform", "tofu", "pulumi"]),
    ("HCLOUD_", &["hcloud", "terraform", "tofu", "pulumi"]),
    ("LINODE_", &["linode-cli", "terraform", "tofu"]),
    ("VULTR_", &["vultr-cli", "terraform", "tofu"]),
    ("SCW_", &["scw"]),
    ("RAILWAY_", &["railway"]),
    ("FLY_", &["fly", "flyctl"]),
    ("RENDER_", &["render"]),
    ("HEROKU_", &["heroku"]),
    ("VERCEL_", &["vercel"]),
    ("NETLIFY_", &["netlify"]),
    ("SUPABASE_", &["supabase"]),
    ("NEON_", &["neonctl", "neon"]),
    ("PLANETSCALE_", &["pscale"]),
    ("TURSO_", &["turso"]),
    ("FIREBASE_", &["firebase"]),
    ("STRIPE_", &["stripe"]),
    ("GH_", &["gh"]),
    ("GITHUB_", &["gh"]),
    ("GITLAB_", &["glab"]),
    ("NPM_", &["npm", "pnpm", "yarn"]),
    ("NODE_AUTH_TOKEN", &["npm", "pnpm", "yarn"]),
    ("TWINE_", &["twine"]),
    ("CARGO_REGISTRY", &["cargo"]),
    ("SENTRY_", &["sentry-cli"]),
    ("VAULT_", &["vault"]),
    ("CONSUL_", &["consul"]),
    ("NOMAD_", &["nomad"]),
    ("PULUMI_", &["pulumi"]),
    ("TF_TOKEN", &["terraform", "tofu"]),
    ("KUBECONFIG", &["kubectl", "helm", "oc", "k9s"]),
    ("PGPASS", &["psql", "pg_dump", "pg_restore", "dropdb", "createdb"]),
    ("MYSQL_PWD", &["mysql", "mysqldump", "mysqladmin"]),
    ("REDISCLI_AUTH", &["redis-cli"]),
    ("DATABASE_URL", &["prisma", "drizzle-kit", "dbmate", "rails", "rake", "alembic", "sqlx", "diesel"]),
    ("RESTIC_", &["restic"]),
    ("BORG_", &["borg"]),
    ("RCLONE_", &["rclone"]),
];

/// Whether `program` takes the variable of this name from its environment by itself.
#[must_use]
pub(super) fn is_taken_by(name: &str, program: &str) -> bool {
    TAKEN.iter().any(|(begins, programs)| name.starts_with(begins) && programs.contains(&program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_takes_the_variables_of_its_provider_and_no_others() {
        for (name, program, expected) in [
            ("FLY_API_TOKEN", "fly", true),
            ("AWS_SECRET_ACCESS_KEY", "terraform", true),
            ("PGPASSWORD", "psql", true),
            ("FLY_API_TOKEN", "aws", false),
            ("TOKEN", "curl", false),
        ] {
            assert_eq!(is_taken_by(name, program), expected, "{name} {program}");
        }
    }
}
