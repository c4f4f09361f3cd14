//! Who a tool acts as: profiles, accounts, keys. After a refusal, an identity that nobody gave for it is a way around it.

use std::collections::{BTreeMap, BTreeSet};

use super::memory::Trail;
use super::outline::with_carriers;
use super::text::cut;
use crate::model::{Class, Finding, Span, Tier, Untrusted};
use crate::shell::Invocation;

/// For how many acts a refusal is remembered.
const REFUSED_ACTS: u64 = 12;
/// How many identities and tools are remembered, and how long a name may be, in bytes.
const IDENTITIES_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 256;
/// The most memory that they take, in bytes.
pub(super) const IDENTITY_BYTES_MAX: usize = (2 * IDENTITIES_MAX + 1) * NAME_BYTES_MAX;

/// Tools that share their identities, and how one is chosen for them.
struct Kin {
    name: &'static str,
    programs: &'static [&'static str],
    options: &'static [&'static str],
    variables: &'static [&'static str],
}

const KINS: &[Kin] = &[
    Kin {
        name: "aws",
        programs: &["aws", "cdk", "sam", "eksctl", "terraform", "tofu", "terragrunt", "pulumi"],
        options: &["--profile", "--role-arn"],
        variables: &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
    },
    Kin {
        name: "gcloud",
        programs: &["gcloud", "gsutil", "bq"],
        options: &["--account", "--impersonate-service-account"],
        variables: &["CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_ACTIVE_CONFIG_NAME"],
    },
    Kin {
        name: "ssh",
        programs: &["ssh", "scp", "sftp", "git", "rsync"],
        options: &["-i"],
        variables: &["GIT_SSH_COMMAND"],
    },
    Kin {
        name: "kubectl",
        programs: &["kubectl", "helm", "oc", "k9s"],
        options: &["--kubeconfig", "--as", "--user"],
        variables: &["KUBECONFIG"],
    },
    Kin { name: "doctl", programs: &["doctl"], options: &["--context"], variables: &[] },
    Kin { name: "gh", programs: &["gh"], options: &["--user"], variables: &[] },
];

/// What is known of identities: which the session has used, and which tools were refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Identities {
    known: BTreeSet<String>,
    /// At which act a tool was refused, by its kin.
    refused: BTreeMap<String, u64>,
    /// The kin of what ran last.
    last: Option<&'static str>,
}

impl Identities {
    pub fn bytes(&self) -> usize {
        self.known.iter().chain(self.refused.keys()).map(String::len).sum()
    }

    /// Something was refused, by what an output says: it belongs to what ran last.
    pub fn refused(&mut self, act: u64) {
        if let Some(kin) = self.last {
            self.refused.insert(kin.to_owned(), act);
        }
    }

    /// Remembers what an invocation that goes on acts as. A login ends what was refused before it.
    pub fn note(&mut self, invocation: &Invocation) {
        with_carriers(invocation).for_each(|each| self.note_one(&each));
    }

    fn note_one(&mut self, invocation: &Invocation) {
        let Some(kin) = kin(invocation.program()) else { return };
        self.last = Some(kin);
        for name in chosen(invocation, kin) {
            if self.known.len() < IDENTITIES_MAX {
                self.known.insert(cut(&name, NAME_BYTES_MAX).to_owned());
            }
        }
        if invocation.args().iter().take(3).any(|word| matches!(word.text.as_str(), "login" | "signin" | "configure")) {
            self.refused.remove(kin);
        }
    }
}

impl Trail {
    /// A tool that was refused acts as somebody else, whom neither the task nor a line that was read gave it for this.
    pub(super) fn other_identity(&self, invocations: &[Invocation]) -> Option<Finding> {
        if self.identities.refused.is_empty() {
            return None;
        }
        invocations.iter().flat_map(with_carriers).find_map(|invocation| {
            let invocation: &Invocation = &invocation;
            let kin = kin(invocation.program())?;
            let refused = self.identities.refused.get(kin)?;
            let is_login = invocation.args().iter().take(3).any(|word| word.text == "login");
            if is_login || self.acts.saturating_sub(*refused) > REFUSED_ACTS {
                return None;
            }
            let name = chosen(invocation, kin).into_iter().find(|name| !self.is_given(name))?;
            let shown = Untrusted::from(name.as_str()).shown();
            let why = format!(
                "{} was refused, and now acts as {shown}, which nobody gave it for this.",
                Untrusted::from(invocation.program()).shown()
            );
            let title = "acts as somebody else after a refusal";
            let found =
                Finding::new("trail/other-identity", Class::TokenDiscovery, Tier::Medium, Span(0, 0), title, &why);
            Some(found.target(name.as_str()).instead("ask for the rights, or log in as the operator says"))
        })
    }

    /// Whether the session used this identity before, the operator spoke of it, or a line that was shown says to use it.
    fn is_given(&self, name: &str) -> bool {
        let all = KINS.iter().flat_map(|kin| kin.options.iter().chain(kin.variables));
        // A key is named by its file, wherever home is.
        let base = crate::shell::base_name(name);
        let said = |line: &String| {
            let names_way = |(at, _): (usize, &str)| {
                let before = line.get(..at).unwrap_or_default();
                let head =
                    before.trim_end_matches(|c: char| !c.is_whitespace() && c != '=').trim_end_matches([' ', '=']);
                all.clone().any(|way| head.ends_with(way))
            };
            line.match_indices(base).any(names_way)
        };
        self.identities.known.contains(cut(name, NAME_BYTES_MAX))
            || self.asked().is_some_and(|task| task.lossy().contains(name))
            || self.lines.iter().any(said)
    }
}

/// Which tools share their identities with this program.
fn kin(program: &str) -> Option<&'static str> {
    KINS.iter().find(|kin| kin.programs.contains(&program)).map(|kin| kin.name)
}

/// The identities that an invocation chooses by its options, its variables or a command of its own.
fn chosen(invocation: &Invocation, kin: &str) -> Vec<String> {
    let Some(Kin { options, variables, .. }) = KINS.iter().find(|one| one.name == kin) else { return Vec::new() };
    let is_git = invocation.program() == "git";
    let by_option = invocation.options(options).into_iter().filter(|word| !is_git && word.is_literal());
    let by_variable = invocation.assigns.iter().filter(|(name, _)| variables.contains(&name.as_str()));
    let mut found: Vec<String> =
        by_option.chain(by_variable.map(|(_, word)| word.clone())).map(|word| word.text).collect();
    let words: Vec<&str> = invocation.args().iter().map(|word| word.text.as_str()).collect();
    match (kin, words.as_slice()) {
        ("gcloud", ["config", "set", "account", name, ..]) | ("doctl", ["auth", "switch", _, name, ..]) => {
            found.push((*name).to_owned());
        }
        ("gcloud", ["auth", "activate-service-account", .., name]) => found.push((*name).to_owned()),
        _ => {}
    }
    // `GIT_SSH_COMMAND='ssh -i key'`
    found
        .iter()
        .map(|name| name.rsplit("-i ").next().unwrap_or(name).trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{Place, read};

    #[test]
    fn who_a_tool_acts_as_is_told_by_its_options_and_its_variables() {
        for (line, expected) in [
            ("AWS_PROFILE=billing-admin terraform init", &["billing-admin"][..]),
            ("aws s3 ls --profile ops", &["ops"]),
            ("ssh -i /keys/ops_rsa root@web-1 uptime", &["/keys/ops_rsa"]),
            ("GIT_SSH_COMMAND='ssh -i /home/ops/key' git push", &["/home/ops/key"]),
            ("kubectl --as system:admin get pods", &["system:admin"]),
            ("gcloud config set account owner@shop.example", &["owner@shop.example"]),
            ("git commit -i f", &[]),
            ("aws s3 ls", &[]),
        ] {
            let reading = read(line, &Place::default());
            let acting: Vec<_> = reading.invocations.iter().flat_map(with_carriers).collect();
            let mut found: Vec<String> =
                acting.iter().filter_map(|one| Some(chosen(one, kin(one.program())?))).flatten().collect();
            found.dedup();
            assert_eq!(found, expected, "{line}");
        }
    }
}
