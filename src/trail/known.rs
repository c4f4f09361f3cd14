//! Values that are known exactly, looked for in every form at once.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};

/// The fewest bytes that a form has.
pub(super) const FORM_BYTES_MIN: usize = 8;
/// How many bytes of a form are looked up together.
const GRAM_BYTES: usize = 4;
/// Every so many bytes of a text are looked at: one of the first of each form is among them.
const STEP: usize = FORM_BYTES_MIN - GRAM_BYTES + 1;
/// How many bits there are for each gram of a form: so many grams of a text are none for each that is taken for one.
const BITS_FOR_EACH: usize = 64;
/// How many bits there are at least and at most, as powers of two.
const BITS_MIN: u32 = 10;
const BITS_MAX: u32 = 20;
/// So many places may begin a form in vain, and one more for each so many bytes, before all is read byte by byte.
const IN_VAIN_MAX: usize = 8;
const IN_VAIN_EVERY: usize = 256;

/// Values that are known exactly, in every form they are looked for.
#[derive(Debug, Default)]
pub(super) struct Known {
    forms: Vec<(Vec<u8>, usize)>,
    longest: usize,
    /// The forms that begin with each byte.
    by_first: Vec<Vec<usize>>,
    search: Option<Search>,
}

/// A known value in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KnownHit {
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
    /// How long the form is that stands there, in bytes.
    pub form_bytes: usize,
    /// Which secret's it is.
    pub owner: usize,
}

/// Finds forms: most of a text is passed over by looking at four bytes of every five.
#[derive(Debug)]
struct Search {
    grams: Grams,
    automaton: AhoCorasick,
}

/// The grams that the forms begin with, as bits.
#[derive(Debug)]
struct Grams {
    bits: Vec<u64>,
    shift: u32,
}

impl Known {
    /// Makes ready to look for these forms; each names the secret it belongs to. One of less than [`FORM_BYTES_MIN`] bytes
    /// is not looked for.
    pub fn new(mut forms: Vec<(Vec<u8>, usize)>) -> Self {
        forms.retain(|(form, _)| form.len() >= FORM_BYTES_MIN);
        let longest = forms.iter().map(|(form, _)| form.len()).max().unwrap_or(0);
        let search = if forms.is_empty() { None } else { Search::new(&forms) };
        let mut by_first = vec![Vec::new(); 256];
        for (index, (form, _)) in forms.iter().enumerate() {
            if let Some(list) = form.first().and_then(|byte| by_first.get_mut(usize::from(*byte))) {
                list.push(index);
            }
        }
        Self { forms, longest, by_first, search }
    }

    /// How long the longest form is, in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The values in `text`, in order, none overlapping; of several that begin at one place the longest.
    pub fn hits(&self, text: &[u8]) -> Vec<KnownHit> {
        let Some(search) = &self.search else { return Vec::new() };
        let hit = |found: aho_corasick::Match| {
            let (form, owner) = self.forms.get(found.pattern().as_usize())?;
            Some(KnownHit { from: found.start(), to: found.end(), form_bytes: form.len(), owner: *owner })
        };
        search.all(text).into_iter().filter_map(hit).collect()
    }

    /// Whether `tail` is the beginning of a known form, without being all of it.
    pub fn may_become(&self, tail: &[u8]) -> bool {
        let begun = tail.first().and_then(|byte| self.by_first.get(usize::from(*byte)));
        let forms = begun.into_iter().flatten().filter_map(|index| self.forms.get(*index));
        forms.into_iter().any(|(form, _)| form.len() > tail.len() && form.starts_with(tail))
    }
}

impl Search {
    fn new(forms: &[(Vec<u8>, usize)]) -> Option<Self> {
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .start_kind(StartKind::Both)
            .build(forms.iter().map(|(form, _)| form.as_slice()))
            .ok()?;
        Some(Self { grams: Grams::new(forms), automaton })
    }

    fn all(&self, text: &[u8]) -> Vec<aho_corasick::Match> {
        let mut found = Vec::new();
        let (mut at, mut done, mut in_vain) = (0, 0, 0);
        while let Some(gram) = text.get(at..at + GRAM_BYTES) {
            if !self.grams.may_have(gram) {
                at += STEP;
                continue;
            }
            // A form that has this gram among its first bytes begins at one of these places, and no other does.
            let begins = (at + 1).saturating_sub(STEP).max(done)..at + 1;
            match begins.into_iter().find_map(|from| self.form_at(text, from)) {
                Some(form) => {
                    done = form.end();
                    found.push(form);
                    at = done.next_multiple_of(STEP);
                }
                None => {
                    in_vain += 1;
                    at += STEP;
                }
            }
            if in_vain > IN_VAIN_MAX + at / IN_VAIN_EVERY {
                let rest = Input::new(text).span(at.saturating_sub(STEP - 1).max(done).min(text.len())..text.len());
                found.extend(self.automaton.find_iter(rest));
                break;
            }
        }
        found
    }

    /// The longest form that begins at this place.
    fn form_at(&self, text: &[u8], from: usize) -> Option<aho_corasick::Match> {
        self.automaton.find(Input::new(text).span(from..text.len()).anchored(Anchored::Yes))
    }
}

impl Grams {
    fn new(forms: &[(Vec<u8>, usize)]) -> Self {
        let wanted = (forms.len() * STEP * BITS_FOR_EACH).next_power_of_two().trailing_zeros();
        let bits = wanted.clamp(BITS_MIN, BITS_MAX);
        let mut grams = Self { bits: vec![0; 1 << (bits - u64::BITS.trailing_zeros())], shift: u32::BITS - bits };
        for (form, _) in forms {
            for gram in form.windows(GRAM_BYTES).take(STEP) {
                let (word, bit) = grams.place(gram);
                if let Some(word) = grams.bits.get_mut(word) {
                    *word |= bit;
                }
            }
        }
        grams
    }

    /// The word that stands for a gram, and the bit of it.
    fn place(&self, gram: &[u8]) -> (usize, u64) {
        /// Spreads numbers evenly: 2 to the 32nd over the golden ratio.
        const SPREAD: u32 = 0x9E37_79B1;
        let number = gram.try_into().map_or(0, u32::from_le_bytes);
        let place = number.wrapping_mul(SPREAD) >> self.shift;
        ((place >> 6) as usize, 1 << (place & 63))
    }

    fn may_have(&self, gram: &[u8]) -> bool {
        let (word, bit) = self.place(gram);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What stands in a text, looked for at every place by every form.
    fn expected(forms: &[(Vec<u8>, usize)], text: &[u8]) -> Vec<(usize, usize)> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let here = forms.iter().map(|(form, _)| form).filter(|form| text[at..].starts_with(form));
            match here.map(Vec::len).max() {
                Some(length) => {
                    found.push((at, at + length));
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    fn check(forms: Vec<Vec<u8>>, text: &[u8]) {
        let forms: Vec<(Vec<u8>, usize)> = forms.into_iter().zip(0..).collect();
        let known = Known::new(forms.clone());
        let found: Vec<_> = known.hits(text).iter().map(|hit| (hit.from, hit.to)).collect();
        assert_eq!(found, expected(&forms, text), "{forms:?} in {text:?}");
        for hit in known.hits(text) {
            assert_eq!(forms[hit.owner].0, text[hit.from..hit.to]);
            assert_eq!(hit.form_bytes, hit.to - hit.from);
        }
    }

    #[test]
    fn a_form_is_found_wherever_it_stands_and_the_longest_of_those_that_begin_there() {
        let forms =
            || ["abcdefgh", "abcdefghij", "efghabcdefg", "12345678"].map(|form| form.as_bytes().to_vec()).to_vec();
        for before in 0..11 {
            for text in ["abcdefgh", "abcdefghij", "abcdefghi", "abcdefghabcdefgh", "efghabcdefghij12345678", "abcdefg"]
            {
                let text = [".".repeat(before).as_bytes(), text.as_bytes(), b"..."].concat();
                check(forms(), &text);
                check(forms(), &text[..text.len() - 3]);
            }
        }
    }

    #[test]
    fn a_text_of_nothing_but_beginnings_is_read_whole() {
        let forms = vec![b"ghp_0123456789".to_vec(), b"ghp_ghp_ghp_x".to_vec()];
        let text = ["ghp_".repeat(400), "x".to_owned(), "ghp_0123".repeat(400), "456789".to_owned()].concat();
        check(forms, text.as_bytes());
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_plain_search_finds(
            forms in prop::collection::vec(prop::collection::vec(b'a'..b'd', 8..14), 1..8),
            text in prop::collection::vec(b'a'..b'd', 0..600),
            places in prop::collection::vec((0usize..600, 0usize..8), 0..8),
        ) {
            let mut text = text;
            for (at, which) in places {
                let form = &forms[which % forms.len()];
                if at + form.len() <= text.len() {
                    text[at..at + form.len()].copy_from_slice(form);
                }
            }
            check(forms, &text);
        }
    }
}
