//! Hosts that mean something by themselves.

use crate::trail::Environment;

/// Hosts where a cloud answers its own machines.
const METADATA: [&str; 6] = [
    "169.254.169.254",
    "metadata.google.internal",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "169.254.170.2",
    "metadata.azure.internal",
];

/// Hosts where whoever knows, or guesses, an address can read what was put there.
const DROPS: [&str; 30] = [
    "pastebin.com",
    "paste.ee",
    "hastebin.com",
    "dpaste.org",
    "dpaste.com",
    "termbin.com",
    "ix.io",
    "sprunge.us",
    "0x0.st",
    "transfer.sh",
    "file.io",
    "bashupload.com",
    "gofile.io",
    "anonfiles.com",
    "catbox.moe",
    "litterbox.catbox.moe",
    "webhook.site",
    "requestbin.com",
    "pipedream.net",
    "requestcatcher.com",
    "ngrok.io",
    "ngrok-free.app",
    "ngrok.app",
    "trycloudflare.com",
    "oast.fun",
    "oast.pro",
    "oastify.com",
    "interact.sh",
    "burpcollaborator.net",
    "temp.sh",
];

/// Whether this host hands out a machine's own credentials.
pub(super) fn is_metadata(host: &str) -> bool {
    METADATA.contains(&host)
}

/// Whether data put there can be read by others.
pub(super) fn is_drop(host: &str, url: &str) -> bool {
    let is_named =
        DROPS.iter().any(|drop| host == *drop || host.strip_suffix(drop).is_some_and(|rest| rest.ends_with('.')));
    let first = host.split('.').next().unwrap_or_default();
    is_named
        || matches!(first, "paste" | "pastebin" | "drop" | "exfil" | "collect" | "upload-anon")
        || url.contains("discord.com/api/webhooks")
        || url.contains("api.telegram.org/bot")
}

/// Whether a GET there answers with the value of a secret.
pub(super) fn gives_secret(host: &str, path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.starts_with("v1/secret/")
        || lower.starts_with("v1/kv/")
        || (host.ends_with("vault.azure.net") && lower.starts_with("secrets/"))
        || (host.starts_with("secretmanager.") && lower.contains(":access"))
        || (lower.contains("/secrets/") && lower.contains("/reveal"))
        || lower.ends_with("/variables/decrypted")
        || lower.ends_with("/config-vars")
}

/// Whether a host has a name that only a compose file or a cluster gives: no dot in it, and no word of production.
pub(super) fn is_service(host: &str) -> bool {
    let is_plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let is_name = host.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    is_plain && is_name && !matches!(Environment::of_name(host), Environment::Production | Environment::Staging)
}

/// Whether a request to this place pays, pays out or gives back.
pub(super) fn moves_money(host: &str, parts: &[&str]) -> bool {
    const HOSTS: [&str; 12] = [
        "api.stripe.com",
        "api.paypal.com",
        "api-m.paypal.com",
        "api.adyen.com",
        "api.mollie.com",
        "connect.squareup.com",
        "api.wise.com",
        "api.transferwise.com",
        "api.coinbase.com",
        "api.braintreegateway.com",
        "api.razorpay.com",
        "api.paddle.com",
    ];
    const ACTS: [&str; 8] =
        ["refunds", "refund", "payouts", "transfers", "topups", "payments", "adjustments", "disbursements"];
    HOSTS.contains(&host) && parts.iter().any(|part| ACTS.contains(part))
}
