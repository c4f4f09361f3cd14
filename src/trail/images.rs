//! Images that a session builds, and the registries it logs in to.

use super::Environment;
use crate::shell::Invocation;

/// How an image is called among the things that the session made.
#[must_use]
pub fn image_thing(image: &str) -> String {
    format!("image {}", image.trim_start_matches("docker.io/"))
}

/// How a registry is called that the session logged in to.
#[must_use]
pub fn registry_thing(host: &str) -> String {
    format!("registry {host}")
}

/// The registry that an image's name begins with; those of Docker have none.
#[must_use]
pub fn registry_of(image: &str) -> Option<&str> {
    let (host, _) = image.split_once('/')?;
    (host.contains(['.', ':']) && host != "docker.io").then_some(host)
}

/// Whether the tag of an image says that it is for trying, and for nobody who runs it in earnest: `web:pr-41`, `web:dev`.
#[must_use]
pub fn is_for_trying(image: &str) -> bool {
    let Some((_, tag)) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) else { return false };
    let first = tag.split(['-', '_', '.']).next().unwrap_or_default();
    let is_named = matches!(Environment::of_name(tag), Environment::Development | Environment::Staging);
    is_named || matches!(first, "pr" | "mr" | "feature" | "fix" | "try" | "wip" | "debug" | "probe")
}

/// The images that a push names.
#[must_use]
pub fn pushed_images(invocation: &Invocation) -> Vec<String> {
    let operands = invocation.operands(&[]);
    let at = operands.iter().position(|word| word.text == "push").filter(|at| *at < 2);
    let rest = at.and_then(|at| operands.get(at + 1..)).unwrap_or_default();
    rest.iter().filter(|word| word.is_literal()).map(|word| word.text.clone()).collect()
}

/// Whether an invocation builds or names an image, or logs in to a registry.
pub(super) fn is_of(invocation: &Invocation) -> bool {
    !made(invocation).is_empty()
}

/// The images that an invocation builds or names, and the registry it logs in to.
pub(super) fn made(invocation: &Invocation) -> Vec<String> {
    let operands = invocation.operands(&["-u", "--username", "-p", "--password", "-f", "--file", "-t", "--tag", "-n"]);
    let words: Vec<&str> = operands.iter().map(|word| word.text.as_str()).collect();
    let tags = || invocation.options(&["-t", "--tag"]).into_iter().map(|word| image_thing(&word.text)).collect();
    match (invocation.program(), words.as_slice()) {
        ("docker" | "podman" | "nerdctl", ["build" | "buildx" | "builder", ..]) => tags(),
        ("docker" | "podman" | "nerdctl", ["tag", _, to] | ["image", "tag", _, to]) => vec![image_thing(to)],
        ("docker" | "podman" | "nerdctl", ["login", host]) => vec![registry_thing(host)],
        ("az", ["acr", "login"]) => {
            let name = invocation.option(&["-n", "--name"]);
            name.map(|word| registry_thing(&format!("{}.azurecr.io", word.text))).into_iter().collect()
        }
        ("gcloud", ["auth", "configure-docker", hosts]) => hosts.split(',').map(registry_thing).collect(),
        _ => Vec::new(),
    }
}
