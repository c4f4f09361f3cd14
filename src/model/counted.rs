//! What is counted in texts for the operator, with its plural: one table for all of them.

macro_rules! nouns {
    ($($variant:ident $one:literal $many:literal)*) => {
        /// Something that is counted in a text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Noun {
            $(#[doc = concat!("`1 ", $one, "`, `2 ", $many, "`.")] $variant,)*
        }

        impl Noun {
            /// The word beside this count.
            #[must_use]
            pub fn of(self, count: usize) -> &'static str {
                match (self, count) {
                    $((Self::$variant, 1) => $one, (Self::$variant, _) => $many,)*
                }
            }
        }
    };
}

nouns! {
    Act "act" "acts"
    Case "case" "cases"
    Character "character" "characters"
    EarlierCase "earlier case" "earlier cases"
    Event "event" "events"
    JournalLine "journal line" "journal lines"
    Key "key" "keys"
    MoreFinding "more finding" "more findings"
    MoreProcess "more process" "more processes"
    ObservedSession "observed session" "observed sessions"
    OtherCase "other case" "other cases"
    Place "place" "places"
    Process "process" "processes"
    Session "session" "sessions"
    Time "time" "times"
    Word "word" "words"
}

/// `1 case`, `2 cases`.
#[must_use]
pub fn counted(count: usize, noun: Noun) -> String {
    format!("{count} {}", noun.of(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_its_own_word_and_none_has_that_of_many() {
        let told = [0, 1, 2, 11].map(|count| counted(count, Noun::Process));
        assert_eq!(told, ["0 processes", "1 process", "2 processes", "11 processes"]);
    }
}
