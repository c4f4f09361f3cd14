//! The shapes of tokens, from the providers' public documentation.
//!
//! A shape is found in two steps: one automaton looks for the literal each shape begins with, then the
//! shape's own pattern says how far the value goes. Unicode is off in every pattern: with it on, the
//! same set scans a thousand times slower.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// One token shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What it is, in words an operator knows: "GitHub token".
    pub kind: &'static str,
    /// How its handle begins: `ghp_` in `ghp_…3f9a`.
    pub handle: &'static str,
    /// The literal it begins with; letters match in either case, the pattern then decides.
    pub anchor: &'static str,
    /// The whole value from the anchor on. A first group, where there is one, is the value itself.
    pub pattern: &'static str,
    /// Which bytes it may still go on with.
    pub run: Run,
}

/// The bytes a value may consist of, for values that are longer than what is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Run {
    /// Letters, digits, `_` and `-`.
    Word,
    /// These and `.`, `~`, `+`, `/` and `=`.
    Token,
    /// All but blanks, quotes and what ends an argument.
    Text,
    /// All up to the line that ends a block of key material.
    Block,
}

impl Run {
    /// Whether a value of this kind may go on with `byte`.
    #[must_use]
    pub fn allows(self, byte: u8) -> bool {
        match self {
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Token => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
            }
            Self::Text => {
                byte > b' '
                    && byte != 0x7f
                    && !matches!(
                        byte,
                        b'"' | b'\'' | b'`' | b',' | b';' | b'&' | b'<' | b'>' | b'|' | b'(' | b')' | b'\\'
                    )
            }
            Self::Block => true,
        }
    }
}

const fn shape(
    kind: &'static str,
    handle: &'static str,
    anchor: &'static str,
    pattern: &'static str,
    run: Run,
) -> Shape {
    Shape { kind, handle, anchor, pattern, run }
}

/// Every shape we know. Where two begin alike, the longer anchor comes first.
pub const SHAPES: &[Shape] = &[
    shape("GitHub token", "ghp_", "ghp_", r"ghp_[A-Za-z0-9]{16,}", Run::Word),
    shape("GitHub OAuth token", "gho_", "gho_", r"gho_[A-Za-z0-9]{16,}", Run::Word),
    shape("GitHub user token", "ghu_", "ghu_", r"ghu_[A-Za-z0-9]{16,}", Run::Word),
    shape("GitHub app token", "ghs_", "ghs_", r"ghs_[A-Za-z0-9]{16,}", Run::Word),
    shape("GitHub refresh token", "ghr_", "ghr_", r"ghr_[A-Za-z0-9]{16,}", Run::Word),
    shape("GitHub token", "pat_", "github_pat_", r"github_pat_[A-Za-z0-9_]{20,}", Run::Word),
    shape("GitLab token", "glpat-", "glpat-", r"glpat-[A-Za-z0-9_-]{16,}", Run::Word),
    shape("GitLab trigger token", "glptt-", "glptt-", r"glptt-[A-Za-z0-9_-]{16,}", Run::Word),
    shape("GitLab runner token", "glrt-", "glrt-", r"glrt-[A-Za-z0-9_-]{16,}", Run::Word),
    shape("Anthropic key", "sk-ant-", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}", Run::Word),
    shape(
        "API key",
        "sk-",
        "sk-",
        r"sk-(?:proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{8,}",
        Run::Word,
    ),
    shape("Stripe secret key", "sk_live_", "sk_live_", r"sk_live_[A-Za-z0-9]{10,}", Run::Word),
    shape("Stripe test key", "sk_test_", "sk_test_", r"sk_test_[A-Za-z0-9]{10,}", Run::Word),
    shape("Stripe restricted key", "rk_live_", "rk_live_", r"rk_live_[A-Za-z0-9]{10,}", Run::Word),
    shape("Stripe restricted test key", "rk_test_", "rk_test_", r"rk_test_[A-Za-z0-9]{10,}", Run::Word),
    shape("Stripe webhook secret", "whsec_", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}", Run::Token),
    shape("AWS access key", "AKIA", "AKIA", r"AKIA[A-Z0-9]{12,}", Run::Word),
    shape("AWS session key", "ASIA", "ASIA", r"ASIA[A-Z0-9]{12,}", Run::Word),
    shape("Slack app token", "xapp-", "xapp-", r"xapp-[0-9]-[A-Za-z0-9-]{10,}", Run::Word),
    shape("Slack bot token", "xoxb-", "xoxb-", r"xoxb-[A-Za-z0-9-]{10,}", Run::Word),
    shape("Slack user token", "xoxp-", "xoxp-", r"xoxp-[A-Za-z0-9-]{10,}", Run::Word),
    shape("Slack token", "xoxa-", "xoxa-", r"xoxa-[A-Za-z0-9-]{10,}", Run::Word),
    shape("Slack refresh token", "xoxr-", "xoxr-", r"xoxr-[A-Za-z0-9-]{10,}", Run::Word),
    shape("Slack session token", "xoxs-", "xoxs-", r"xoxs-[A-Za-z0-9-]{10,}", Run::Word),
    shape(
        "Slack webhook",
        "hook_",
        "hooks.slack.com/services/",
        r"hooks\.slack\.com/services/([A-Za-z0-9/]{20,})",
        Run::Token,
    ),
    shape("npm token", "npm_", "npm_", r"npm_[A-Za-z0-9]{20,}", Run::Word),
    shape("PyPI token", "pypi-", "pypi-", r"pypi-[A-Za-z0-9_-]{16,}", Run::Word),
    shape("RubyGems key", "rubygems_", "rubygems_", r"rubygems_[a-f0-9]{24,}", Run::Word),
    shape("crates.io token", "cio", "cio", r"cio[A-Za-z0-9]{32}", Run::Word),
    shape("Hugging Face token", "hf_", "hf_", r"hf_[A-Za-z0-9]{20,}", Run::Word),
    shape("SendGrid key", "SG.", "SG.", r"SG\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{12,}", Run::Token),
    shape("Mailgun key", "key-", "key-", r"key-[a-f0-9]{24,}", Run::Word),
    shape("DigitalOcean token", "dop_v1_", "dop_v1_", r"dop_v1_[a-f0-9]{24,}", Run::Word),
    shape("DigitalOcean OAuth token", "doo_v1_", "doo_v1_", r"doo_v1_[a-f0-9]{24,}", Run::Word),
    shape("Shopify token", "shpat_", "shpat_", r"shpat_[A-Fa-f0-9]{24,}", Run::Word),
    shape("Shopify secret", "shpss_", "shpss_", r"shpss_[A-Fa-f0-9]{24,}", Run::Word),
    shape("Google API key", "AIza", "AIza", r"AIza[A-Za-z0-9_-]{30,}", Run::Word),
    shape("Google access token", "ya29.", "ya29.", r"ya29\.[A-Za-z0-9_-]{16,}", Run::Token),
    shape("Google client secret", "GOCSPX-", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{16,}", Run::Word),
    shape("JSON web token", "eyJ", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", Run::Token),
    shape("Vault token", "hvs.", "hvs.", r"hvs\.[A-Za-z0-9_-]{16,}", Run::Token),
    shape("Fly token", "fo1_", "fo1_", r"fo1_[A-Za-z0-9_-]{16,}", Run::Word),
    shape("Fly token", "FlyV1 ", "FlyV1 fm", r"FlyV1 (fm[0-9]_[A-Za-z0-9+/=_,-]{16,})", Run::Token),
    shape("Linear key", "lin_api_", "lin_api_", r"lin_api_[A-Za-z0-9]{16,}", Run::Word),
    shape("Notion token", "ntn_", "ntn_", r"ntn_[A-Za-z0-9]{20,}", Run::Word),
    shape("Doppler token", "dp.", "dp.pt.", r"dp\.pt\.[A-Za-z0-9]{20,}", Run::Token),
    shape("Databricks token", "dapi", "dapi", r"dapi[a-f0-9]{28,}", Run::Word),
    shape("Supabase key", "sbp_", "sbp_", r"sbp_[a-f0-9]{24,}", Run::Word),
    shape("PlanetScale password", "pscale_", "pscale_", r"pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.-]{16,}", Run::Token),
    shape("Terraform token", "atlasv1", ".atlasv1.", r"\.atlasv1\.([A-Za-z0-9_-]{20,})", Run::Token),
    shape("Grafana token", "glsa_", "glsa_", r"glsa_[A-Za-z0-9_]{24,}", Run::Word),
    shape("New Relic key", "NRAK-", "NRAK-", r"NRAK-[A-Z0-9]{20,}", Run::Word),
    shape("Telegram bot token", "bot_", "/bot", r"/bot([0-9]{6,12}:[A-Za-z0-9_-]{30,})", Run::Token),
    shape("registry login", "auth_", "\"auth\"", r#""auth"\s?:\s?"([A-Za-z0-9+/=]{16,})""#, Run::Token),
    shape("age key", "AGE-", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{30,}", Run::Word),
    shape(
        "private key",
        "key_",
        "-----BEGIN ",
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        Run::Block,
    ),
    shape("password in a URL", "pw_", "://", r#"://[^\s:/@"'<>\\]{0,64}:([^\s/@"'<>$\\{]{3,128})@"#, Run::Text),
    shape("bearer token", "tok_", "bearer", r#"(?i)bearer(?:\s|%20|\\u0020){1,2}([A-Za-z0-9._~+/=-]{8,})"#, Run::Token),
    shape(
        "basic credentials",
        "basic_",
        "authorization",
        r#"(?i)authorization\\?["']?\s?[:=]\s?\\?["']?(?:basic|token|apikey|key)\s([A-Za-z0-9._~+/=-]{8,})"#,
        Run::Token,
    ),
];

/// The one set of all shapes, each anchored to a whole value; built on first use.
///
/// Its indices are those of [`SHAPES`].
#[must_use]
pub fn set() -> &'static RegexSet {
    static SET: OnceLock<RegexSet> = OnceLock::new();
    SET.get_or_init(|| {
        let whole: Vec<String> = SHAPES.iter().map(|shape| format!(r"\A(?:{})\z", shape.pattern)).collect();
        RegexSetBuilder::new(whole).unicode(false).build().unwrap_or_else(|_| RegexSet::empty())
    })
}

/// The pattern of the shape with this index, anchored to where its anchor begins; built on first use.
#[must_use]
pub fn pattern(index: usize) -> Option<&'static Regex> {
    static PATTERNS: OnceLock<Vec<OnceLock<Option<Regex>>>> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| SHAPES.iter().map(|_| OnceLock::new()).collect());
    let shape = SHAPES.get(index)?;
    patterns
        .get(index)?
        .get_or_init(|| RegexBuilder::new(&format!(r"\A(?:{})", shape.pattern)).unicode(false).build().ok())
        .as_ref()
}

/// The shape that a whole value has, if it has one.
#[must_use]
pub fn shape_of(value: &[u8]) -> Option<&'static Shape> {
    set().matches(value).iter().next().and_then(|index| SHAPES.get(index))
}

/// How a value is shown: the kind's prefix and the last four characters; never more than a quarter of it.
#[must_use]
pub fn handle(prefix: &str, value: &[u8]) -> String {
    let text: Vec<char> = String::from_utf8_lossy(value).chars().filter(char::is_ascii_graphic).collect();
    let shown = 4.min(text.len() / 4);
    let tail: String = text.get(text.len() - shown..).unwrap_or_default().iter().collect();
    format!("{prefix}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a pattern can reach a Unicode class: by its own flags, or by a class that only means more with them.
    fn turns_unicode_on(pattern: &str) -> bool {
        pattern.contains("(?u") || pattern.contains(r"\p{") || pattern.contains(r"\P{") || !pattern.is_ascii()
    }

    #[test]
    fn every_pattern_compiles_with_unicode_off_and_none_turns_it_on() {
        assert_eq!(set().len(), SHAPES.len());
        for (index, shape) in SHAPES.iter().enumerate() {
            assert!(pattern(index).is_some(), "{}", shape.pattern);
            assert!(!turns_unicode_on(shape.pattern), "{}", shape.pattern);
        }
        let word = RegexBuilder::new(SHAPES[0].pattern).unicode(false).build().expect("a pattern");
        assert!(!word.is_match("ghp_ünïcödeünïcödeünïcöde".as_bytes()));
    }

    #[test]
    fn no_shape_hides_behind_a_shorter_anchor_before_it() {
        for (n, early) in SHAPES.iter().enumerate() {
            for late in SHAPES.iter().skip(n + 1) {
                assert!(!late.anchor.starts_with(early.anchor), "{} hides {}", early.anchor, late.anchor);
            }
        }
    }

    #[test]
    fn a_value_is_known_by_its_shape() {
        for (value, handle) in [
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_"),
            ("github_pat_11ABCDEFG0123456789_abcdefghij", "pat_"),
            ("glpat-ABCdef0123456789xyzA", "glpat-"),
            ("sk-ant-api03-abcdefghijklmnop-0123", "sk-ant-"),
            ("sk-proj-abcdefgh0123456789", "sk-"),
            ("AKIAIOSFODNN7EXAMPLE", "AKIA"),
            ("xoxb-123456789012-abcdefABCDEF", "xoxb-"),
            ("npm_abcdefghijklmnopqrstuvwxyz0123456789", "npm_"),
            ("dop_v1_0123456789abcdef0123456789abcdef", "dop_v1_"),
            ("AIzaSyA0123456789abcdefghijklmnopqrstuvw", "AIza"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123", "eyJ"),
            ("://app:s3cr3t-Pa55@", "pw_"),
            ("Bearer abcDEF123456", "tok_"),
        ] {
            assert_eq!(shape_of(value.as_bytes()).map(|shape| shape.handle), Some(handle), "{value}");
        }
        for ordinary in ["task-force", "sk-learn", "ghp_", "AKIA", "://host:8080/x", "token", "eyJ", "npm_config_cache"]
        {
            assert_eq!(shape_of(ordinary.as_bytes()), None, "{ordinary}");
        }
    }

    #[test]
    fn a_handle_shows_at_most_four_characters_and_a_quarter() {
        assert_eq!(handle("tok_", b"abcdefghijklmnop3f9a"), "tok_…3f9a");
        assert_eq!(handle("pw_", b"hunter2!"), "pw_…2!");
        assert_eq!(handle("pw_", b"abc"), "pw_…");
    }
}
