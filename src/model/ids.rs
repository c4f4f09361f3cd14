//! Newtypes for everything that is counted, named or timed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A process or thread number as the supervisor's own pid namespace sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pid(pub i32);

/// An Action's number within its session, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(pub u64);

/// What waits for our answer: the kernel's notification id, or one we gave out ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(pub u64);

/// A Case's number within its session, written `c7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId(pub u32);

/// A Secret's number within its session, written as a letter: `A` to `Z`, then `AA`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretId(pub u16);

/// Time since the session started, in microseconds. The journal writes it as seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Moment(pub u64);

/// A text that names no case; `c` and a number do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a case; cases are named c1, c2, …")]
pub struct ParseCaseError(pub String);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl FromStr for CaseId {
    type Err = ParseCaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix('c')
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(CaseId)
            .ok_or_else(|| ParseCaseError(text.to_owned()))
    }
}

impl Serialize for CaseId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut n = u32::from(self.0);
        let mut letters = Vec::new();
        loop {
            letters.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
            if n < 26 {
                break;
            }
            n = n / 26 - 1;
        }
        letters.iter().rev().try_for_each(|letter| write!(f, "{letter}"))
    }
}

impl Moment {
    /// The session's first moment.
    pub const ZERO: Self = Self(0);

    /// The moment that lies `duration` after the session's start.
    #[must_use]
    pub fn from_duration(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    /// Seconds since the session's start.
    #[must_use]
    pub fn as_secs(self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
        let micros = self.0 as f64;
        micros / 1e6
    }

    /// The moment at `secs` seconds; negative and non-finite values give the start.
    #[must_use]
    pub fn from_secs(secs: f64) -> Self {
        Duration::try_from_secs_f64(secs).map_or(Self::ZERO, |d| Self::from_duration(d + Duration::from_nanos(500)))
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The moment `later` after this one.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(Self::from_duration(later).0))
    }
}

impl fmt::Display for Moment {
    /// `00:12:51`: hours, minutes and seconds since the start.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0 / 1_000_000;
        write!(f, "{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_secs())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_name_reads_back_and_nothing_else_is_one() {
        assert_eq!("c7".parse(), Ok(CaseId(7)));
        assert_eq!(CaseId(7).to_string(), "c7");
        for wrong in ["", "c", "7", "c-1", "c+1", "C7", "c7 ", "c99999999999"] {
            assert_eq!(wrong.parse::<CaseId>(), Err(ParseCaseError(wrong.to_owned())));
        }
    }

    #[test]
    fn secrets_are_named_by_letters_past_z() {
        let names: Vec<_> = [0, 25, 26, 701, 702].map(|n| SecretId(n).to_string()).into();
        assert_eq!(names, ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn a_moment_survives_the_journal_to_the_microsecond() {
        for micros in [0, 1, 999_999, 3_600_000_001, 86_400_123_457] {
            assert_eq!(Moment::from_secs(Moment(micros).as_secs()), Moment(micros));
        }
    }
}
