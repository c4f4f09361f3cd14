use crate::judge::{Fresh, Judge, Policy, asked, built_in};
use crate::model::{Blind, Given, Order, StandingOrder, TextKind, Tier, Untrusted, Verdict};

fn judge(orders: &[Order]) -> Judge {
    let orders = orders
        .iter()
        .map(|order| StandingOrder {
            order: *order,
            given: Given::Option,
            words: Untrusted::from(format!("--orders {order}")),
        })
        .collect();
    Judge::new(&built_in().unwrap(), Policy { orders, ..Policy::default() })
        .at("/home/dev/shop", Some("/home/dev".to_owned()))
}

/// Which orders of all there are a text breaks, in the order of their words.
fn broken(kind: TextKind, text: &str) -> Vec<String> {
    let action = asked(kind, text, Some("/home/dev/shop"));
    let judgement = judge(&Order::ALL).judge(&action, &Fresh, &Blind);
    let mut all: Vec<String> = judgement
        .findings
        .iter()
        .filter_map(|finding| finding.rule.0.strip_prefix("orders/"))
        .map(str::to_owned)
        .collect();
    all.sort();
    all
}

fn check(cases: &[(&str, &[&str])]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, expected)| {
            let found = broken(TextKind::Shell, text);
            (found != *expected).then(|| format!("{text}\n   breaks {found:?}\n   not    {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const CHANGES: &[&str] = &["ask-first", "no-run", "read-only"];
const RUNS: &[&str] = &["no-run"];
const ASKS: &[&str] = &["no-network"];
const RUNS_AND_ASKS: &[&str] = &["no-network", "no-run"];
const CHANGES_AND_ASKS: &[&str] = &["ask-first", "no-network", "no-run", "read-only"];
const SHIPS: &[&str] = &["ask-first", "freeze", "no-run", "read-only"];
const ALL: &[&str] = &["ask-first", "freeze", "no-network", "no-run", "read-only"];

#[test]
fn reading_breaks_no_order() {
    for text in [
        "ls -la",
        "cat src/main.rs",
        "grep -rn 'fn main' src | head -20",
        "rg TODO",
        "find . -name '*.rs'",
        "git status",
        "git log --oneline -5",
        "git diff HEAD~1 -- src",
        "git branch",
        "git branch -a",
        "git branch --show-current",
        "git tag",
        "git tag -l 'v*'",
        "git stash list",
        "git remote -v",
        "git config --get user.name",
        "git config --list",
        "git show HEAD:src/main.rs | sed -n 1,20p",
        "cd src && pwd && ls",
        "echo hello",
        "wc -l src/*.rs",
        "sed -n 1,40p README.md",
        "awk '{print $1}' a.txt",
        "jq .name package.json",
        "cat a.json 2>/dev/null",
        "ls > /dev/null 2>&1",
        "cargo --version",
        "cargo tree",
        "npm ls",
        "docker ps",
        "docker logs web",
        "bash -c 'git status; ls'",
        "bash -lc 'cd src; cat main.rs | head'",
        "find . -name '*.orig' -exec cat {} +",
        "ls | xargs cat",
        "ps aux | grep node",
        "echo x > /tmp/notes.txt",
        "python3 --version",
        "git --no-pager diff --stat",
        "tee /tmp/x < a",
        "env | sort",
        "stty -a",
        "diff <(git show HEAD:a) a",
        "git worktree list",
        "git rev-parse --show-toplevel",
        "test -f a && echo yes",
        "sort a | uniq -c",
        "git apply --check fix.patch",
        "tar tzf a.tgz",
        "unzip -l a.zip",
        "systemctl status nginx",
        "npm view",
    ] {
        let found = broken(TextKind::Shell, text);
        let found: Vec<&String> = found.iter().filter(|word| !(text == "npm view" && *word == "no-network")).collect();
        assert!(found.is_empty(), "{text} breaks {found:?}");
    }
}

#[test]
fn builds_and_tests_are_run_and_change_nothing_that_is_kept() {
    check(&[
        ("cargo check", RUNS),
        ("cargo build --release", RUNS),
        ("cargo test -- --nocapture", RUNS),
        ("npm test", RUNS),
        ("npm run build", RUNS),
        ("make -j4", RUNS),
        ("pytest -q", RUNS),
        ("go test ./...", RUNS),
        ("python3 script.py", RUNS),
        ("node server.js", RUNS),
        ("./run.sh", RUNS),
        ("bash run.sh", RUNS),
        ("tsc --noEmit", RUNS),
        ("eslint src", RUNS),
        ("rm -rf target/debug", RUNS),
        ("rm -rf node_modules/.cache dist", RUNS),
        ("mkdir -p build/out", RUNS),
        ("touch /tmp/x", RUNS),
        ("sleep 1; cargo check 2>&1 | tail -5", RUNS),
        ("npx tsc --noEmit", RUNS_AND_ASKS),
    ]);
}

#[test]
fn what_changes_a_file_a_repository_or_a_database_breaks_read_only() {
    check(&[
        ("rm src/main.rs", CHANGES),
        ("echo x > notes.txt", CHANGES),
        ("echo x >> README.md", CHANGES),
        ("sed -i s/a/b/ src/main.rs", CHANGES),
        ("mv a.txt b.txt", CHANGES),
        ("cp a.txt b.txt", CHANGES),
        ("touch new.txt", CHANGES),
        ("mkdir new", CHANGES),
        ("git commit -m x", CHANGES),
        ("git add -A && git commit -qm x", CHANGES),
        ("git checkout -b topic", CHANGES),
        ("git stash", CHANGES),
        ("git branch topic", CHANGES),
        ("git branch -D topic", CHANGES),
        ("git tag v1", CHANGES),
        ("git config user.name x", CHANGES),
        ("git apply fix.patch", CHANGES),
        ("cargo fmt", CHANGES),
        ("prettier --write src", CHANGES),
        ("npx prettier --write src", CHANGES_AND_ASKS),
        ("chmod +x run.sh", CHANGES),
        ("tar xzf a.tgz", CHANGES),
        ("sqlite3 shop.db 'update users set name = 1 where id = 2'", CHANGES),
        ("redis-cli set a b", CHANGES),
        ("docker rm -f web", CHANGES),
        ("crontab jobs.txt", CHANGES),
        ("bash -c 'cd src && rm main.rs'", CHANGES),
        ("find . -name '*.rs' -exec rm {} +", CHANGES),
        ("curl -X POST http://localhost:3000/users -d name=x", CHANGES),
        ("git clone ../other copy", CHANGES),
    ]);
}

#[test]
fn questions_to_databases_and_servers_of_this_machine_only_run() {
    check(&[
        ("sqlite3 shop.db 'select * from users'", RUNS),
        ("psql -c 'select count(*) from orders'", RUNS),
        ("psql -h localhost -c 'explain select 1; show tables'", RUNS),
        ("psql -c \"select 'drop table x; delete'\"", RUNS),
        ("redis-cli get a", RUNS),
        ("curl -s http://localhost:3000/health", RUNS),
        ("curl -s http://127.0.0.1:8080/graphql -d '{\"query\":\"query { users { id } }\"}'", RUNS),
        ("ping -c1 localhost", RUNS),
    ]);
}

#[test]
fn whatever_asks_another_machine_breaks_no_network() {
    check(&[
        ("git ls-remote origin", ASKS),
        ("git fetch", ASKS),
        ("git fetch --all --prune", ASKS),
        ("curl -s https://api.example.com/v1/users", RUNS_AND_ASKS),
        ("wget -qO- https://example.com/x", RUNS_AND_ASKS),
        ("ssh build-3 uptime", ASKS),
        ("dig example.com", RUNS_AND_ASKS),
        ("npm view left-pad", ASKS),
        ("docker pull alpine", RUNS_AND_ASKS),
        ("psql -h db.example.com -c 'select 1'", RUNS_AND_ASKS),
        ("psql \"$DATABASE_URL\" -c 'select 1'", RUNS_AND_ASKS),
        ("gh pr list", ASKS),
        ("aws s3 ls", RUNS_AND_ASKS),
        ("kubectl get pods", ASKS),
        ("git pull", CHANGES_AND_ASKS),
        ("git clone https://example.com/x.git", CHANGES_AND_ASKS),
        ("npm install", CHANGES_AND_ASKS),
        ("pip install requests", CHANGES_AND_ASKS),
        ("cargo install ripgrep", CHANGES_AND_ASKS),
        ("curl -X POST https://api.example.com/users -d name=x", CHANGES_AND_ASKS),
        ("git push origin topic", CHANGES_AND_ASKS),
        ("gh pr create --fill", CHANGES_AND_ASKS),
    ]);
}

#[test]
fn what_brings_something_to_others_breaks_freeze() {
    check(&[
        ("git push origin main", ALL),
        ("git push origin HEAD:master", ALL),
        ("git push", ALL),
        ("git push --tags", ALL),
        ("git push origin v1.2.3", ALL),
        ("kubectl apply -f deploy.yaml", ALL),
        ("kubectl rollout restart deployment/web", ALL),
        ("helm upgrade web ./chart", ALL),
        ("terraform apply -auto-approve", ALL),
        ("npm publish", ALL),
        ("cargo publish", ALL),
        ("docker push acme/web:1", ALL),
        ("gh release create v1", ALL),
        ("fly deploy", ALL),
        ("vercel --prod", ALL),
        ("railway up", ALL),
        ("aws s3 cp dist s3://shop-web --recursive", ALL),
        ("gcloud run deploy web", ALL),
        ("prisma migrate deploy", SHIPS),
        ("rails db:migrate", SHIPS),
        ("python manage.py migrate", SHIPS),
        ("npm run deploy", SHIPS),
        ("make release", SHIPS),
        ("RAILS_ENV=test rails db:migrate", CHANGES),
        ("gcloud run services list", RUNS_AND_ASKS),
        ("terraform plan", &[]),
        ("npm publish --dry-run", &[]),
    ]);
}

#[test]
fn texts_of_other_languages_are_looked_at_too() {
    for (kind, text, expected) in [
        (TextKind::Sql, "select * from a", &[][..]),
        (TextKind::Sql, "with x as (select 1) select * from x for update", &[]),
        (TextKind::Sql, "update a set b = 1 where c = 2", &["ask-first", "no-run", "read-only"]),
        (TextKind::Sql, "insert into a values (1)", &["ask-first", "no-run", "read-only"]),
        (TextKind::Http, "GET http://localhost/x", &[]),
        (TextKind::Http, "GET https://api.example.com/x", &["no-network"]),
        (TextKind::Http, "POST https://api.example.com/x\n\n{}", &["ask-first", "no-network", "no-run", "read-only"]),
        (TextKind::FileRead, "src/main.rs", &[]),
    ] {
        assert_eq!(broken(kind, text), expected, "{text}");
    }
}

#[test]
fn an_order_is_quoted_and_holds_in_every_profile_but_observe() {
    use crate::judge::Profile;
    let words = "do not run anything";
    for (profile, verdict) in
        [(Profile::Balanced, Verdict::Hold), (Profile::Strict, Verdict::Hold), (Profile::Observe, Verdict::Log)]
    {
        let order = StandingOrder { order: Order::NoRun, given: Given::Task, words: Untrusted::from(words) };
        let policy = Policy { profile, orders: vec![order], ..Policy::default() };
        let judge = Judge::new(&built_in().unwrap(), policy);
        let judgement = judge.judge(&asked(TextKind::Shell, "cargo test", Some("/home/dev/shop")), &Fresh, &Blind);
        assert_eq!(judgement.verdict, verdict);
        let finding = judgement.findings.iter().find(|finding| finding.rule.0 == "orders/no-run").unwrap();
        assert_eq!(finding.tier, Tier::High);
        assert_eq!(finding.why, "\"do not run anything\" was ordered in the task; `cargo test` is run.");
    }
}

#[test]
fn an_order_that_names_pushing_or_production_speaks_of_any_push_and_any_look_there() {
    let breaks = |words: &str, text: &str| {
        let order = StandingOrder { order: Order::Freeze, given: Given::Task, words: Untrusted::from(words) };
        let judge = Judge::new(&built_in().unwrap(), Policy { orders: vec![order], ..Policy::default() });
        let judgement = judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind);
        judgement.findings.iter().any(|finding| finding.rule.0 == "orders/freeze")
    };
    assert!(breaks("don't push", "git push origin topic"));
    assert!(!breaks("--orders freeze", "git push origin topic"));
    assert!(breaks("never touch production", "kubectl --context production get pods"));
    assert!(!breaks("--orders freeze", "kubectl --context production get pods"));
    assert!(!breaks("don't push, never touch production", "git commit -m x && cargo test"));
}

#[test]
fn an_order_never_softens_what_the_rules_say() {
    for text in ["rm -rf ~", "rm -rf src", "git push -f", "psql -h prod-db -c 'drop table users'", "ls"] {
        let action = asked(TextKind::Shell, text, Some("/home/dev/shop"));
        let without = judge(&[]).judge(&action, &Fresh, &Blind);
        let with = judge(&Order::ALL).judge(&action, &Fresh, &Blind);
        assert!(with.verdict >= without.verdict, "{text}");
        assert!(without.findings.iter().all(|finding| with.findings.contains(finding)), "{text}");
    }
}

#[test]
fn a_tool_call_that_writes_breaks_read_only_and_a_plan_in_the_agents_own_books_does_not() {
    use crate::model::{Action, ActionId, ActionKind, Caller, Extent, Moment, Pid, Source, Tool, ToolDeed};
    let write = |path: &str| {
        let deed = ToolDeed::Write { path: Untrusted::from(path), content: None, extent: Extent::Whole };
        let cwd = Some(Untrusted::from("/home/dev/shop"));
        let tool = Tool { name: "Write".into(), call: None, deed, cwd, reason: None, input: "{}".into() };
        let caller = Caller { pid: Pid(0), tid: Pid(0), parent: Pid(0), program: Untrusted::default() };
        let kind = ActionKind::Tool(tool);
        let action = Action { id: ActionId(1), at: Moment::ZERO, caller, source: Source::Hook, kind };
        let judgement = judge(&[Order::ReadOnly]).judge(&action, &Fresh, &Blind);
        judgement.findings.iter().any(|finding| finding.rule.0 == "orders/read-only")
    };
    assert!(write("src/main.rs"));
    assert!(!write("/tmp/notes.md"));
    assert!(!write("target/debug/x"));
    assert!(!write("/home/dev/.claude/plans/fix.md"));
}
