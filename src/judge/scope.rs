//! What this session may touch: the declared scope, and acts that leave it.

use super::act::{Act, wild};
use super::http::Request;
use crate::model::{Class, Finding, Span, Tier};
use crate::shell::{LayerKind, Word};
use crate::trail::{Environment, host_of};

/// The rule that findings about it go by; no grant covers them.
pub const RULE: &str = "scope/outside";

/// The environment that a session may touch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Its name, as the operator gave it.
    pub name: String,
    /// What is known of environments here: names, hosts, contexts and projects of each, in which `*` stands for any text.
    pub known: Vec<(String, Vec<String>)>,
}

/// Variables that tell a build for whom it is made, not where it lands.
const BUILD_VARIABLES: &[&str] = &["NODE_ENV", "MIX_ENV", "RAILS_ENV", "RACK_ENV", "APP_ENV", "ENV", "BABEL_ENV"];
/// Words that say that something is built or tried out here.
const BUILDING: &[&str] = &[
    "build",
    "bundle",
    "compile",
    "test",
    "tests",
    "lint",
    "typecheck",
    "assets",
    "precompile",
    "export",
    "generate",
    "webpack",
    "vite",
    "rollup",
    "esbuild",
    "parcel",
    "tsc",
    "jest",
    "vitest",
    "next",
    "nuxt",
    "astro",
    "ng",
    "turbo",
    "install",
    "ci",
    "prune",
    "audit",
];

/// An act whose environment is known and is not the declared one.
pub(super) fn of_act(scope: Option<&Scope>, act: &Act, request: Option<&Request>) -> Option<Finding> {
    let scope = scope.filter(|_| !act.is_dry)?;
    let span = request.map_or(act.invocation.span, |request| request.span);
    let named = scope.named_by(act);
    if let Some(name) = named {
        return (name != scope.name).then(|| scope.finding(name, span));
    }
    if is_build(act) {
        return None;
    }
    scope.outside(act.environment, span)
}

/// A request whose environment is known and is not the declared one.
pub(super) fn of_request(scope: Option<&Scope>, request: &Request) -> Option<Finding> {
    let scope = scope?;
    let host = host_of(&request.url).unwrap_or_default();
    if let Some(name) = scope.known_as(host) {
        return (name != scope.name).then(|| scope.finding(name, request.span));
    }
    scope.outside(Environment::of_url(&request.url), request.span)
}

/// Whether a finding says that the scope was left.
#[must_use]
pub fn is_scope(finding: &Finding) -> bool {
    finding.rule.0 == RULE
}

impl Scope {
    /// The environment that lists this name, the declared one first.
    fn known_as(&self, text: &str) -> Option<&str> {
        let has = |names: &[String]| names.iter().any(|name| !text.is_empty() && wild(name, text));
        let own = self.known.iter().filter(|(name, _)| *name == self.name);
        let others = self.known.iter().filter(|(name, _)| *name != self.name);
        own.chain(others).find(|(_, names)| has(names)).map(|(name, _)| name.as_str())
    }

    /// The environment whose names the act's words have. One that is not the declared one counts before it.
    fn named_by(&self, act: &Act) -> Option<&str> {
        if self.known.is_empty() {
            return None;
        }
        let hosts = act.invocation.layers.iter().filter_map(|layer| match &layer.kind {
            LayerKind::Remote { host } => Some(host.as_str()),
            LayerKind::Container { name } => Some(name.as_str()),
            LayerKind::Privilege | LayerKind::PerItem | LayerKind::Shell | LayerKind::Runner | LayerKind::Plain => None,
        });
        let words = act.args.iter().copied().chain(act.invocation.assigns.iter().map(|(_, word)| word));
        let words = words.filter(|word| !is_path(word)).map(|word| word.text.as_str());
        let mut found = None;
        for text in hosts.chain(words) {
            let parts = text.split(['/', ':', '@', '=', '?', '&', ',', ' ']);
            for name in std::iter::once(text).chain(parts).filter_map(|part| self.known_as(part)) {
                if name != self.name {
                    return Some(name);
                }
                found = Some(name);
            }
        }
        found
    }

    fn outside(&self, environment: Environment, span: Span) -> Option<Finding> {
        let declared = Environment::of_name(&self.name);
        match environment {
            Environment::Local | Environment::Development | Environment::Unknown => None,
            Environment::Staging | Environment::Production if environment == declared => None,
            Environment::Staging | Environment::Production => Some(self.finding(environment.word(), span)),
        }
    }

    fn finding(&self, environment: &str, span: Span) -> Finding {
        let is_production = Environment::of_name(environment) == Environment::Production;
        let (class, tier) =
            if is_production { (Class::Production, Tier::Critical) } else { (Class::Unverified, Tier::High) };
        let why = format!("The scope of this session is \"{}\"; this acts on {environment}.", self.name);
        Finding::new(RULE, class, tier, span, "leaves the declared scope", &why)
            .instead("work in the declared scope, or ask the operator for another")
            .target(environment)
    }
}

/// A path of this machine names no environment.
fn is_path(word: &Word) -> bool {
    !word.text.contains("://") && word.text.starts_with(['/', '.', '~'])
}

/// Whether only a variable for builds names the environment, and something is built or tried out.
fn is_build(act: &Act) -> bool {
    let by_variable = act.invocation.assigns.iter().any(|(name, word)| {
        BUILD_VARIABLES.contains(&name.as_str()) && Environment::of_name(&word.text) == act.environment
    });
    let is_word = |text: &str| text.split([':', '-', '_', '/']).any(|part| BUILDING.contains(&part));
    by_variable && (is_word(&act.program) || act.args.iter().any(|word| !word.is_flag() && is_word(&word.text)))
}

#[cfg(test)]
mod tests {
    use crate::judge::{Fresh, Judge, Policy, Scope, asked, built_in};
    use crate::model::{Blind, TextKind, Tier};

    fn outside(name: &str, text: &str) -> Option<(Tier, String)> {
        let known = vec![
            ("staging".to_owned(), vec!["stg-*.acme.example".to_owned(), "acme-lab".to_owned()]),
            ("production".to_owned(), vec!["db-7.acme.example".to_owned(), "acme-main".to_owned()]),
        ];
        let scope = Some(Scope { name: name.to_owned(), known });
        let judge = Judge::new(&built_in().unwrap(), Policy { scope, ..Policy::default() });
        let kind = if text.starts_with("GET ") { TextKind::Http } else { TextKind::Shell };
        let judgement = judge.judge(&asked(kind, text, Some("/home/dev/shop")), &Fresh, &Blind);
        let finding = judgement.findings.into_iter().find(|finding| finding.rule.0 == super::RULE)?;
        Some((finding.tier, finding.target.unwrap().lossy().into_owned()))
    }

    #[test]
    fn what_lands_in_a_known_environment_outside_the_scope_is_found() {
        let production = || Some((Tier::Critical, "production".to_owned()));
        let staging = || Some((Tier::High, "staging".to_owned()));
        for (scope, text, expected) in [
            ("staging", "kubectl --context production get pods", production()),
            ("staging", "psql -h db-7.acme.example -c 'select 1'", production()),
            ("staging", "curl https://api.prod.example.com/v1/users", production()),
            ("staging", "ssh deploy@db-7.acme.example uptime", production()),
            ("staging", "railway logs --environment production", production()),
            ("staging", "gcloud sql instances list --project acme-main", production()),
            ("staging", "GET https://api.production.example.com/x", production()),
            ("staging", "bash -c 'heroku ps -a shop-production'", production()),
            ("production", "railway logs --environment staging", staging()),
            ("production", "psql -h stg-3.acme.example -c 'select 1'", staging()),
        ] {
            assert_eq!(outside(scope, text), expected, "{scope}: {text}");
        }
    }

    #[test]
    fn what_stays_inside_or_lands_nowhere_known_is_no_finding_of_the_scope() {
        for (scope, text) in [
            ("staging", "kubectl --context staging delete pod x"),
            ("staging", "psql -h stg-3.acme.example -c 'select 1'"),
            ("staging", "gcloud sql instances list --project acme-lab"),
            ("staging", "kubectl get pods"),
            ("staging", "psql -c 'select 1'"),
            ("staging", "RAILS_ENV=test rails db:migrate"),
            ("staging", "NODE_ENV=production npm run build"),
            ("staging", "cat config/production.yml"),
            ("staging", "grep -rn production src"),
            ("staging", "git checkout production"),
            ("staging", "curl http://localhost:3000/prod"),
            ("staging", "echo production"),
            ("production", "kubectl --context production get pods"),
            ("staging", "kubectl --context production --help"),
        ] {
            assert_eq!(outside(scope, text), None, "{scope}: {text}");
        }
    }

    #[test]
    fn a_scope_of_another_name_has_its_own_list_and_neither_staging_nor_production() {
        let known = vec![("lab".to_owned(), vec!["shop-production-copy".to_owned()])];
        let scope = Some(Scope { name: "lab".to_owned(), known });
        let judge = Judge::new(&built_in().unwrap(), Policy { scope, ..Policy::default() });
        let found = |text: &str| {
            let judgement = judge.judge(&asked(TextKind::Shell, text, Some("/home/dev/shop")), &Fresh, &Blind);
            judgement.findings.iter().any(|finding| finding.rule.0 == super::RULE)
        };
        assert!(!found("heroku ps -a shop-production-copy"));
        assert!(found("heroku ps -a shop-production"));
        assert!(found("heroku ps -a shop-staging"));
    }
}
