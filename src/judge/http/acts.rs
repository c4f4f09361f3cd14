//! Acts that a request names: by its path, its parameters, its headers.

use super::View;
use super::body::value_of;
use crate::judge::verbs::{Harm, harm_of, is_grave};
use crate::model::{Class, Finding, Tier};

impl View<'_> {
    /// A GET whose path ends with an act, from somebody who may act.
    pub(super) fn act_by_path(&self, found: &mut Vec<Finding>) {
        let Some(last) = self.parts.last() else { return };
        let is_store = self.host.ends_with(".upstash.io");
        let word = if is_store { self.parts.first().unwrap_or(last) } else { last };
        let is_act = matches!(
            word.to_ascii_lowercase().as_str(),
            "delete"
                | "destroy"
                | "purge"
                | "wipe"
                | "drop"
                | "flushall"
                | "flushdb"
                | "deleteall"
                | "delete_all"
                | "delete-all"
        );
        let is_told = self.parts.iter().any(|part| {
            matches!(*part, "docs" | "doc" | "reference" | "help" | "wiki" | "blog" | "manual" | "articles")
        });
        if is_act && !is_told && (is_store || self.has_token() || self.is_confirmed()) {
            let tier = if self.is_local { Tier::Low } else { Tier::High };
            let words = ["removes something by a GET", "Its path names an act that removes."];
            self.add(found, "http/delete-by-path", Class::Delete, tier, words);
        }
    }

    /// Whether it only asks what would happen: `?dry_run=true`, `?dryRun=All`, `{"dryRun": true}`, `DryRun=true`.
    pub(super) fn is_rehearsal(&self) -> bool {
        let is_yes = |value: &str| !matches!(value.to_ascii_lowercase().as_str(), "" | "false" | "0" | "no" | "none");
        let named = |name: &str| {
            let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            matches!(bare.to_ascii_lowercase().as_str(), "dryrun" | "validateonly" | "simulate" | "whatif")
        };
        let pairs = |text: &str| text.split('&').filter_map(|p| p.split_once('=')).any(|(n, v)| named(n) && is_yes(v));
        let body = self.text().unwrap_or_default();
        let in_body = match serde_json::from_str::<serde_json::Value>(body) {
            Ok(serde_json::Value::Object(map)) => map.iter().any(|(name, value)| {
                named(name) && (value.as_bool() == Some(true) || value.as_str().is_some_and(is_yes))
            }),
            Ok(_) => false,
            Err(_) => pairs(body),
        };
        let is_previewed =
            matches!(self.parts.last(), Some(&("preview" | "dry-run" | "dry_run" | "dryrun" | "validate")));
        in_body || pairs(self.query) || is_previewed && self.method == "POST"
    }

    /// Whether the query says that the sender means it: `?confirm=true`.
    fn is_confirmed(&self) -> bool {
        self.query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
            matches!(name, "confirm" | "confirmed" | "force" | "yes") && matches!(value, "true" | "1" | "yes")
        })
    }

    /// New credentials, and copies that are put over what is there.
    fn makes(&self, found: &mut Vec<Finding>) {
        let Some(last) = self.parts.last().map(|part| part.to_ascii_lowercase().replace('-', "_")) else { return };
        let last = last.as_str();
        let above = |names: &[&str]| self.parts.iter().rev().skip(1).any(|part| names.contains(part));
        let is_credential = matches!(
            last,
            "access_tokens"
                | "personal_access_tokens"
                | "deploy_tokens"
                | "api_keys"
                | "apikeys"
                | "access_keys"
                | "service_keys"
        ) || last == "keys" && above(&["serviceAccounts", "service_accounts", "service-accounts"]);
        if is_credential && !self.is_local {
            let words =
                ["makes a new credential", "The answer is its value, and it works until somebody takes it back."];
            self.add(found, "http/new-credential", Class::TokenDiscovery, Tier::Medium, words);
        }
        let kept = ["branches", "databases", "backups", "snapshots", "volumes", "instances", "projects", "clusters"];
        if matches!(last, "restore" | "rollback" | "restore_from_backup") && above(&kept) && !self.is_local {
            let words = ["puts an earlier state over what is there", "What came after that state is gone."];
            self.add(found, "http/restores-over", Class::Delete, Tier::Medium, words);
        }
    }

    /// Acts that a path, an action parameter or a header names.
    pub(super) fn acts(&self, found: &mut Vec<Finding>) {
        let body = self.text().unwrap_or_default();
        let names_act =
            |name: &str| name.eq_ignore_ascii_case("x-amz-target") || name.eq_ignore_ascii_case("soapaction");
        let headers = self.request.headers.iter().filter(|(name, _)| names_act(name));
        let is_actions = self.parts.iter().any(|part| matches!(*part, "actions" | "action"));
        let by_type = is_actions.then(|| value_of(body, "type")).flatten();
        let named: Vec<String> = self
            .parts
            .iter()
            .rev()
            .take(3)
            .map(|part| (*part).to_owned())
            .chain(
                ["Action", "action", "method", "operation", "command", "op"]
                    .iter()
                    .filter_map(|key| value_of(body, key)),
            )
            .chain(
                self.query
                    .split('&')
                    .filter_map(|pair| pair.strip_prefix("Action=").or_else(|| pair.strip_prefix("action=")))
                    .map(str::to_owned),
            )
            .chain(headers.map(|(_, value)| value.clone()))
            .chain(by_type)
            .collect();
        let worst =
            named.iter().filter_map(|name| harm_of(name).map(|(harm, _)| (harm, name))).max_by_key(|(harm, _)| *harm);
        if let Some((harm, name)) = worst {
            let is_network = ["fastly.com", "bunny.net", "akamai.com"].iter().any(|host| self.host.ends_with(host));
            let about_cache = self.request.url.contains("cache")
                || name.contains("cache")
                || is_network && self.parts.contains(&"purge");
            let grave = self.is_grave() || is_grave(name);
            let is_all = body.contains("purge_everything") && !body.contains("false");
            let tier = match harm {
                // A cache that is emptied whole sends everybody to the servers behind it at once.
                _ if about_cache && is_all && !self.is_local => Tier::Medium,
                _ if self.is_local || about_cache => Tier::Low,
                Harm::Destroys if grave => Tier::Critical,
                Harm::Destroys => Tier::High,
                Harm::Removes => Tier::Medium,
                Harm::Suspends => Tier::Low,
            };
            let title = format!("asks for {name} at {}", self.host);
            self.add(
                found,
                "http/destructive-act",
                Class::Delete,
                tier,
                [&title, "Its name says that something is removed."],
            );
        }
        let is_bulk = self.parts.last() == Some(&"_bulk") && body.lines().any(|line| line.contains("\"delete\""))
            || self.parts.last() == Some(&"_aliases") && body.contains("\"remove_index\"");
        if is_bulk {
            let tier = if self.is_local { Tier::Low } else { Tier::Medium };
            self.add(
                found,
                "http/bulk-delete",
                Class::Delete,
                tier,
                ["deletes documents in bulk", "Each line names one that is gone."],
            );
        }
        let is_committed =
            self.parts.last().is_some_and(|part| part.ends_with(":commit") || part.ends_with(":batchWrite"))
                && body.contains("\"delete\"");
        if is_committed && !self.is_local {
            let words = ["deletes documents", "Each write names one that is gone."];
            self.add(found, "http/bulk-delete", Class::Delete, Tier::Medium, words);
        }
        self.makes(found);
        self.money(found);
        self.statement(found);
    }
}
