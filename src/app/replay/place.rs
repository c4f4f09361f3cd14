//! Where in a recording to go, as people write it.

use std::str::FromStr;

use crate::model::{CaseId, Moment};

/// A place in a recorded session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So long after its start: `12:51`, `1:02:03`, `90`.
    At(Moment),
    /// A case as it was opened: `c7`.
    Case(CaseId),
    /// A line of the journal: `#12`.
    Line(u64),
    /// The end: `end`.
    End,
}

/// A text that names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no place; there are 12:51 and 1:02:03 (since the start), 90 (seconds), c7 (a case), #12 (a line of the journal), end"
)]
pub struct ParsePlaceError(pub String);

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParsePlaceError(text.to_owned());
        let text = text.trim();
        if text == "end" {
            return Ok(Self::End);
        }
        if let Some(line) = text.strip_prefix('#') {
            return line.parse().map(Self::Line).map_err(|_| wrong());
        }
        if let Some(case) = text.strip_prefix('c') {
            return case.parse().map(|case| Self::Case(CaseId(case))).map_err(|_| wrong());
        }
        let parts: Vec<&str> = text.split(':').collect();
        let (seconds, above) = parts.split_last().ok_or_else(wrong)?;
        let mut secs: f64 =
            seconds.parse().ok().filter(|secs: &f64| secs.is_finite() && *secs >= 0.0).ok_or_else(wrong)?;
        for (unit, part) in [60.0, 3600.0].into_iter().zip(above.iter().rev()) {
            secs += unit * f64::from(part.parse::<u32>().map_err(|_| wrong())?);
        }
        if above.len() > 2 { Err(wrong()) } else { Ok(Self::At(Moment::from_secs(secs))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_time_a_case_a_line_or_the_end() {
        let at = |secs: f64| Ok(Place::At(Moment::from_secs(secs)));
        for (text, place) in [
            ("90", at(90.0)),
            ("12:51", at(771.0)),
            ("1:02:03.5", at(3723.5)),
            ("c7", Ok(Place::Case(CaseId(7)))),
            ("#12", Ok(Place::Line(12))),
            ("end", Ok(Place::End)),
        ] {
            assert_eq!(text.parse(), place, "{text}");
        }
        for wrong in ["", "x", "c", "-1", "1:2:3:4", "inf", "#-1", "1:x"] {
            assert_eq!(wrong.parse::<Place>(), Err(ParsePlaceError(wrong.into())), "{wrong}");
        }
    }
}
