//! Which environment a name or an address belongs to.

/// Where an act lands: told by targets (hosts, databases, contexts), never by a word in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Environment {
    /// The machine the agent runs on.
    Local,
    /// Made for tests or development.
    Development,
    /// Before production.
    Staging,
    /// Nothing says which.
    #[default]
    Unknown,
    /// Production.
    Production,
}

/// Words of a target's name that stand for production.
const PRODUCTION: [&str; 5] = ["production", "prod", "prd", "live", "primary"];
/// Words of a target's name that stand for staging.
const STAGING: [&str; 7] = ["staging", "stage", "stg", "preprod", "uat", "preview", "qa"];
/// Words of a target's name that stand for development and tests.
const DEVELOPMENT: [&str; 10] =
    ["development", "develop", "dev", "test", "tests", "testing", "sandbox", "ci", "scratch", "tmp"];
/// Hosts of the machine itself, or of the project's own containers.
const LOCAL_HOSTS: [&str; 6] = ["localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0", "host.docker.internal"];
/// Names that compose files give to a project's own services; they lead nowhere outside.
const SERVICE_HOSTS: [&str; 11] = [
    "db",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "redis",
    "mongo",
    "mongodb",
    "elasticsearch",
    "opensearch",
    "app",
];

impl Environment {
    /// Its word, as in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Unknown => "unknown",
            Self::Production => "production",
        }
    }

    /// The environment that a target's name speaks of, such as `shop_production` or `stg-eu-1`.
    ///
    /// `non-prod` and `preprod` are not production; `products` and `delivery` say nothing.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect();
        let mut found = Self::Unknown;
        let mut before = "";
        for word in words {
            let is_pre = matches!(before, "pre" | "non" | "not" | "nonprod");
            if STAGING.contains(&word) || (is_pre && PRODUCTION.contains(&word)) || word == "nonprod" {
                return Self::Staging;
            }
            if PRODUCTION.contains(&word) {
                found = Self::Production;
            } else if DEVELOPMENT.contains(&word) && found == Self::Unknown {
                found = Self::Development;
            }
            before = word;
        }
        found
    }

    /// The environment of a host name, without its port.
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() || is_local_host(&host) {
            return Self::Local;
        }
        Self::of_name(&host)
    }

    /// The environment of a URL: its host decides, then the first part of its path, the database of a database URL.
    #[must_use]
    pub fn of_url(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else { return Self::of_name(url) };
        if scheme.eq_ignore_ascii_case("sqlite") || scheme.eq_ignore_ascii_case("file") {
            return Self::Local;
        }
        let host = Self::of_host(host_of(url).unwrap_or_default());
        if host == Self::Production || scheme.to_ascii_lowercase().starts_with("http") {
            return host;
        }
        let name = rest.split_once('/').map_or("", |(_, path)| path.split(['?', '/']).next().unwrap_or_default());
        match (host, Self::of_name(name)) {
            (Self::Local, Self::Production) | (Self::Unknown, Self::Unknown) => host,
            (Self::Local, _) => Self::Local,
            (_, Self::Unknown) => host,
            (_, named) => named,
        }
    }
}

/// The host of a URL, without user, port and path; brackets of an IPv6 address stay.
#[must_use]
pub fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(end) = host.find(']') {
        return host.get(..=end);
    }
    host.split(':').next().filter(|h| !h.is_empty())
}

/// Whether a host is this machine, or a service of the project's own compose file.
#[must_use]
pub fn is_local_host(host: &str) -> bool {
    LOCAL_HOSTS.contains(&host)
        || SERVICE_HOSTS.contains(&host)
        || host.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        || [".localhost", ".local", ".test"].iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_told_by_whole_words_of_a_targets_name() {
        for (name, expected) in [
            ("shop_production", Environment::Production),
            ("prod-main", Environment::Production),
            ("api.prod.example.com", Environment::Production),
            ("pre-prod-2", Environment::Staging),
            ("nonprod", Environment::Staging),
            ("staging-eu", Environment::Staging),
            ("shop_test", Environment::Development),
            ("products", Environment::Unknown),
            ("delivery", Environment::Unknown),
            ("", Environment::Unknown),
        ] {
            assert_eq!(Environment::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn the_host_of_a_url_decides_before_its_database() {
        for (url, expected) in [
            ("postgres://u:p@localhost:5432/shop_production", Environment::Local),
            ("postgres://u:p@db.internal/shop_production", Environment::Production),
            ("postgres://u:p@prod-db.internal/shop_test", Environment::Production),
            ("https://[::1]:80/prod", Environment::Local),
            ("https://api.example.com/prod", Environment::Unknown),
            ("sqlite:///prod.db", Environment::Local),
            ("http://127.0.0.53/x", Environment::Local),
        ] {
            assert_eq!(Environment::of_url(url), expected, "{url}");
        }
    }
}
