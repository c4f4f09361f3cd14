//! What the verbs of well-known programs are to standing orders.
//!
//! Effects on files, statements, requests and the findings of rules are seen without this table; it has what they do
//! not say: that a commit changes the repository, that a fetch leaves the machine, that an apply changes an environment.

use crate::judge::listed::Listed;

use super::touch::Kind::{self, Changes, Leaves, Ships};

/// Programs, verbs and what these do. Programs are separated by blanks, verbs by commas, the words of a verb by blanks;
/// no verb stands for any.
pub(super) const HABITS: &[(&str, &str, &[Kind])] = &[
    // Version control.
    (
        "git",
        "commit, merge, rebase, reset, checkout, switch, restore, add, rm, mv, clean, cherry-pick, revert, am, init, \
         update-ref, gc, prune, filter-branch, filter-repo, replace, rerere, worktree add, worktree remove, worktree move, \
         worktree prune, remote add, remote remove, remote rm, remote set-url, remote rename, remote prune, stash push, \
         stash pop, stash apply, stash drop, stash clear, stash save, stash branch, notes add, notes remove, bisect start, \
         bisect good, bisect bad, bisect reset, sparse-checkout set, submodule add, submodule deinit, update-index, \
         reflog expire, reflog delete, symbolic-ref HEAD",
        &[Changes],
    ),
    ("git", "fetch, ls-remote, remote update, remote show, lfs fetch", &[Leaves]),
    ("git", "pull, clone, submodule update, lfs pull", &[Changes, Leaves]),
    ("git", "push, lfs push", &[Changes, Leaves]),
    ("svn hg", "commit, ci, push", &[Changes, Leaves]),
    ("svn hg", "update, up, pull, checkout, co, clone", &[Changes, Leaves]),
    // Packages.
    (
        "npm pnpm yarn bun",
        "install, i, add, remove, rm, uninstall, un, update, up, upgrade, dedupe, link",
        &[Changes, Leaves],
    ),
    (
        "npm pnpm yarn bun",
        "ci, view, info, search, outdated, audit, ping, whoami, dlx, create, exec, x, fetch",
        &[Leaves],
    ),
    ("npm pnpm yarn bun", "init, version, pkg set, config set, set", &[Changes]),
    (
        "npm pnpm yarn bun",
        "publish, unpublish, deprecate, dist-tag add, dist-tag rm, owner add, owner rm, access, login, adduser, token",
        &[Changes, Leaves, Ships],
    ),
    ("npx pnpx bunx uvx pipx", "", &[Leaves]),
    (
        "pip uv pip3 conda mamba poetry pdm hatch pipenv",
        "install, uninstall, add, remove, sync, update, upgrade, lock, self update, pip install, pip uninstall, pip sync, create, env remove",
        &[Changes, Leaves],
    ),
    ("pip uv poetry pdm", "download, search, index, show --latest", &[Leaves]),
    ("twine", "upload", &[Changes, Leaves, Ships]),
    ("uv poetry pdm hatch flit", "publish", &[Changes, Leaves, Ships]),
    (
        "cargo",
        "add, remove, rm, update, install, uninstall, init, new, fix, fmt, generate-lockfile, vendor, login, logout",
        &[Changes],
    ),
    ("cargo", "install, update, search, fetch, add, login", &[Leaves]),
    ("cargo", "publish, yank, owner, release", &[Changes, Leaves, Ships]),
    ("go", "get, install, mod tidy, mod download, mod vendor, mod init, mod edit, work sync", &[Changes]),
    ("go", "get, install, mod tidy, mod download", &[Leaves]),
    ("gem", "install, update, uninstall, cleanup", &[Changes, Leaves]),
    ("gem", "push, yank, owner", &[Changes, Leaves, Ships]),
    ("bundle composer", "install, update, add, remove, require", &[Changes, Leaves]),
    (
        "apt apt-get dnf yum zypper pacman apk brew port snap flatpak choco winget scoop",
        "install, reinstall, remove, purge, autoremove, upgrade, dist-upgrade, full-upgrade, update, add, del, -S, -Syu, -Sy, -R, -Rns, tap, untap, uninstall, cleanup, refresh",
        &[Changes, Leaves],
    ),
    ("mvn", "deploy, release:prepare, release:perform, nexus-staging:release", &[Changes, Leaves, Ships]),
    ("gradle gradlew", "publish, release, publishToMavenCentral, publishPlugins", &[Changes, Leaves, Ships]),
    ("dotnet", "nuget push", &[Changes, Leaves, Ships]),
    ("dotnet", "add, remove, restore, tool install, new", &[Changes, Leaves]),
    ("mix", "hex.publish", &[Changes, Leaves, Ships]),
    ("mix", "deps.get, deps.update", &[Changes, Leaves]),
    // Containers.
    ("docker podman nerdctl", "pull, search, login", &[Leaves]),
    ("docker podman nerdctl", "push", &[Changes, Leaves, Ships]),
    (
        "docker podman nerdctl",
        "rm, rmi, kill, stop, start, restart, run, create, exec, cp, commit, tag, rename, update, volume create, \
         volume rm, volume prune, network create, network rm, network prune, system prune, image rm, image prune, \
         container rm, container prune, builder prune, load, import",
        &[Changes],
    ),
    (
        "docker podman nerdctl",
        "stack deploy, stack rm, service create, service update, service rm, swarm init, swarm leave",
        &[Changes, Ships],
    ),
    ("docker-compose", "up, down, rm, restart, start, stop, kill, create, exec, run, pull", &[Changes]),
    // Clusters and infrastructure.
    (
        "kubectl oc",
        "apply, create, delete, replace, patch, edit, scale, autoscale, set, rollout restart, rollout undo, rollout pause, \
         rollout resume, expose, run, label, annotate, taint, drain, cordon, uncordon, cp, debug, exec, config set, \
         config set-context, config use-context, config delete-context",
        &[Changes, Leaves, Ships],
    ),
    ("kubectl oc", "", &[Leaves]),
    ("helm", "install, upgrade, uninstall, delete, rollback", &[Changes, Leaves, Ships]),
    ("helm", "repo add, repo update, pull, fetch, search, push, list, status, get", &[Leaves]),
    (
        "terraform tofu terragrunt",
        "apply, destroy, import, taint, untaint, state rm, state mv, state push, force-unlock, workspace new, workspace delete",
        &[Changes, Leaves, Ships],
    ),
    ("terraform tofu terragrunt", "fmt, init, get", &[Changes]),
    ("terraform tofu terragrunt", "init, plan, refresh, get, output, show", &[Leaves]),
    (
        "pulumi",
        "up, update, destroy, refresh, import, cancel, stack rm, stack init, config set, state delete",
        &[Changes, Leaves, Ships],
    ),
    ("pulumi", "preview, stack, logs", &[Leaves]),
    ("ansible ansible-playbook", "", &[Changes, Leaves, Ships]),
    (
        "cdk sam serverless sls amplify copilot eb cap fab kamal dokku deployctl up",
        "deploy, destroy, remove, rollback, up, publish, promote, setup, redeploy, production",
        &[Changes, Leaves, Ships],
    ),
    (
        "argocd flux",
        "app sync, app delete, app set, app rollback, reconcile, suspend, resume, delete, create",
        &[Changes, Leaves, Ships],
    ),
    ("skaffold tilt", "run, deploy, delete, up, down, dev", &[Changes, Leaves, Ships]),
    (
        "goreleaser semantic-release release-it changeset lerna np",
        "release, publish, version, ",
        &[Changes, Leaves, Ships],
    ),
    // Forges.
    (
        "gh glab",
        "release create, release delete, release edit, release upload, workflow run, workflow enable, workflow disable, \
         pr merge, mr merge, repo delete, repo archive, repo rename, repo edit, deploy, ci run, ci retry, run rerun, \
         secret set, secret delete, variable set, variable delete",
        &[Changes, Leaves, Ships],
    ),
    (
        "gh glab",
        "pr create, pr close, pr edit, pr comment, pr review, pr reopen, pr ready, pr checkout, mr create, mr close, \
         mr update, mr note, issue create, issue close, issue edit, issue comment, issue delete, issue reopen, \
         issue transfer, repo create, repo fork, repo clone, repo sync, gist create, gist delete, gist edit, label create, \
         label delete, label edit, run cancel, run delete, auth login, auth logout, ssh-key add, gpg-key add, cache delete",
        &[Changes, Leaves],
    ),
    ("gh glab", "", &[Leaves]),
    // Migrations.
    (
        "prisma",
        "migrate deploy, migrate dev, migrate reset, migrate resolve, db push, db execute, db seed",
        &[Changes, Ships],
    ),
    ("drizzle-kit", "push, migrate, drop", &[Changes, Ships]),
    ("typeorm", "migration:run, migration:revert, schema:sync, schema:drop", &[Changes, Ships]),
    (
        "sequelize sequelize-cli",
        "db:migrate, db:migrate:undo, db:migrate:undo:all, db:seed, db:seed:all, db:drop, db:create",
        &[Changes, Ships],
    ),
    ("knex", "migrate:latest, migrate:up, migrate:down, migrate:rollback, seed:run", &[Changes, Ships]),
    (
        "rails rake",
        "db:migrate, db:rollback, db:reset, db:drop, db:create, db:seed, db:setup, db:schema:load, db:prepare, db:migrate:up, db:migrate:down",
        &[Changes, Ships],
    ),
    ("manage.py django-admin", "migrate, flush, loaddata, createsuperuser, sqlflush", &[Changes, Ships]),
    ("alembic", "upgrade, downgrade, stamp", &[Changes, Ships]),
    ("flask", "db upgrade, db downgrade, db stamp", &[Changes, Ships]),
    (
        "artisan",
        "migrate, migrate:fresh, migrate:refresh, migrate:reset, migrate:rollback, db:seed, db:wipe",
        &[Changes, Ships],
    ),
    (
        "console",
        "doctrine:migrations:migrate, doctrine:schema:update, doctrine:database:drop, doctrine:fixtures:load",
        &[Changes, Ships],
    ),
    (
        "mix",
        "ecto.migrate, ecto.rollback, ecto.reset, ecto.drop, ecto.create, ecto.setup, ecto.load",
        &[Changes, Ships],
    ),
    (
        "diesel",
        "migration run, migration revert, migration redo, database reset, database drop, database setup, setup",
        &[Changes, Ships],
    ),
    (
        "sqlx",
        "migrate run, migrate revert, database drop, database reset, database create, database setup",
        &[Changes, Ships],
    ),
    ("sea-orm-cli", "migrate up, migrate down, migrate fresh, migrate refresh, migrate reset", &[Changes, Ships]),
    ("flyway", "migrate, clean, repair, undo, baseline", &[Changes, Ships]),
    ("liquibase", "update, rollback, drop-all, dropAll, changelog-sync", &[Changes, Ships]),
    (
        "dbmate goose migrate atlas tern",
        "up, down, migrate, rollback, drop, create, schema apply, migrate apply, force, goto, reset, redo",
        &[Changes, Ships],
    ),
    (
        "supabase",
        "db push, db reset, migration up, migration repair, functions deploy, link, secrets set",
        &[Changes, Leaves, Ships],
    ),
    ("createdb dropdb createuser dropuser pg_restore mongorestore vacuumdb", "", &[Changes]),
    // Services, users, times.
    (
        "systemctl service",
        "start, stop, restart, reload, enable, disable, mask, unmask, daemon-reload, edit, set-default, isolate, kill",
        &[Changes],
    ),
    ("launchctl", "load, unload, bootstrap, bootout, kickstart, enable, disable", &[Changes]),
    ("pm2 supervisorctl", "start, stop, restart, reload, delete, save, kill", &[Changes]),
    (
        "useradd userdel usermod groupadd groupdel passwd chpasswd visudo update-alternatives ufw iptables nft sysctl modprobe",
        "",
        &[Changes],
    ),
    ("mkdir touch rmdir mkfifo mknod ln unzip gunzip bunzip2 unxz 7z cpio split csplit patch", "", &[Changes]),
    (
        "prettier eslint biome ruff black isort gofmt goimports rustfmt clang-format autopep8 yapf shfmt stylelint rubocop standard dprint",
        "--write, --fix, -w, -i, --in-place, --fix-only, -a, -A, --autocorrect, --autocorrect-all, --apply, fmt, format, check --write, lint --write",
        &[Changes],
    ),
    // Networks.
    (
        "ssh scp sftp rsync mosh autossh telnet ftp lftp nc ncat netcat socat aria2c yt-dlp ping traceroute tracepath mtr dig nslookup host whois nmap rclone",
        "",
        &[Leaves],
    ),
];

/// Programs that speak with somebody's service whatever they are asked to do.
pub(super) const SERVICES: &str = "aws gcloud gsutil bq az doctl hcloud linode-cli oci ibmcloud scw wrangler cloudflared flarectl \
    railway fly heroku render vercel netlify supabase neon neonctl pscale turso firebase stripe twilio sentry-cli \
    upsun platform azd databricks snow snowsql eksctl kops vault consul nomad doppler op cf s3cmd mc b2 linode turbo-cloud";

/// Words in a service's verb that say it changes something there.
pub(super) const CHANGING: &str = "create delete update put set add remove rm start stop restart deploy redeploy apply up down scale \
    attach detach modify run import restore promote rollback release publish destroy terminate reboot enable disable register \
    deregister associate disassociate authorize revoke reset purge copy cp mv sync mb rb upload push write edit invoke send link \
    unlink rename transfer resize rotate drop truncate flush cancel pause resume suspend migrate seed unset grant patch replace \
    init switch login logout tag untag exec trigger execute";

/// Words in the name of a script or a target that say it brings something to others.
pub(super) const SHIPPING: &str =
    "deploy deployment release publish ship rollout promote migrate migrations migration provision upload";

/// Programs that run named scripts or targets.
pub(super) const RUNNERS: &str = "make gmake just task npm pnpm yarn bun rake invoke inv nx turbo grunt gulp mage";

/// Branches that others build on.
pub(super) const DEFAULT_BRANCHES: &str = "main master trunk default production prod live stable";

/// Programs that only read, and print what they read.
pub(in crate::judge) static READING: Listed = Listed::of(
    "ls dir exa eza lsd cat bat head tail less more most grep egrep fgrep rg ag ack find fd fdfind wc \
    which whereis type file stat du df pwd cd pushd popd dirs echo printf test [ [[ true false : date whoami id uname hostname ps \
    pgrep pstree free uptime env printenv man info help apropos tldr diff cmp sdiff colordiff delta sort uniq cut tr awk gawk \
    mawk jq yq sed basename dirname realpath readlink seq sleep tree xxd od hexdump strings nl tac rev column md5sum sha256sum \
    sha1sum sha512sum cksum b2sum lsof ss netstat tput clear reset history set export declare typeset local readonly unset shift \
    return exit wait jobs fg bg command builtin hash alias unalias let expr bc dc paste comm fold fmt base64 base32 getent locale \
    tty stty groups arch nproc lscpu lsblk lsusb lspci lsmod shopt getconf ldd nm objdump readelf size otool trap break continue \
    read xargs zcat zgrep zless bzcat xzcat cloc tokei scc ctags times ulimit umask getopts compgen complete bind caller enable \
    sw_vers vm_stat iostat vmstat top htop w who last cal lsb_release tee pr join tsort look iconv dos2unix numfmt factor shuf \
    systemd-inhibit caffeinate rg.exe glow csvlook xsv mlr difft git-lfs msgfmt pbpaste xclip wl-paste nice",
);

/// Verbs by which a program that also runs things only reads.
pub(super) const READING_VERBS: &[(&str, &str)] = &[
    (
        "git",
        "status, log, diff, show, branch, remote, blame, rev-parse, ls-files, ls-remote, describe, grep, reflog, shortlog, \
         cat-file, rev-list, for-each-ref, ls-tree, config, worktree list, stash list, stash show, tag, apply, name-rev, merge-base, \
         var, whatchanged, cherry, count-objects, check-ignore, check-attr, diff-tree, diff-index, diff-files, show-ref, \
         show-branch, symbolic-ref, version, help, fetch, annotate, range-diff, verify-commit, archive",
    ),
    (
        "docker podman nerdctl",
        "ps, images, logs, inspect, version, info, history, port, top, stats, diff, volume ls, network ls, image ls, container ls, context ls, system df",
    ),
    ("docker-compose", "ps, logs, config, ls, images, top, version"),
    (
        "kubectl oc",
        "get, describe, logs, config view, config get-contexts, config current-context, explain, version, cluster-info, top, api-resources, diff, auth can-i",
    ),
    (
        "npm pnpm yarn bun",
        "ls, list, view, outdated, config list, config get, help, why, explain, root, prefix, bin, info",
    ),
    ("cargo", "tree, metadata, search, version, help, locate-project, pkgid, --list"),
    ("pip uv pip3", "list, show, freeze, check, pip list, pip show, pip freeze, tree"),
    (
        "gh glab",
        "pr view, pr list, pr diff, pr status, pr checks, issue view, issue list, issue status, repo view, repo list, run list, run view, release list, release view, auth status, search, status, mr view, mr list, workflow list, workflow view",
    ),
    ("go", "list, env, version, doc, help, mod graph, mod why"),
    ("terraform tofu", "show, output, version, providers, state list, state show, workspace list, workspace show"),
    ("systemctl", "status, list-units, list-unit-files, show, cat, is-active, is-enabled"),
    ("rustc rustup node python ruby java javac gcc clang", "--version, -V, show, toolchain list, target list, --print"),
    ("brew", "list, info, search, deps, doctor, config"),
    ("apt apt-cache dpkg rpm", "list, show, search, policy, -l, -L, -S, -q, -qa, -qi"),
];

/// Agents that may start themselves anew, and the names of their packages.
pub(super) const AGENTS: &str =
    "claude codex cursor-agent gemini qwen opencode copilot aider claude-code gemini-cli qwen-code";

/// Folders below a home in which agents keep their own books.
pub(super) const BOOKS: &[&str] = &[
    ".claude/",
    ".claude.json",
    ".codex/",
    ".cursor/",
    ".gemini/",
    ".qwen/",
    ".copilot/",
    ".aider",
    ".config/opencode/",
    ".local/share/opencode/",
    ".local/state/opencode/",
    ".local/share/cursor-agent/",
    ".config/cursor/",
];
