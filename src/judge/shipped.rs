//! The tables that come with the program, read when it was built (`build.rs`).

use super::pack::{Item, PackError, Table, Value};
use super::toml_tree;

/// A table that comes with the program.
pub(super) struct Shipped {
    /// The file's name, without its ending.
    pub(super) name: &'static str,
    /// Its text, for line numbers.
    pub(super) text: &'static str,
    /// What is in it, as `build.rs` wrote it.
    pub(super) tree: &'static [u8],
}

/// The table of this name in `rules/`.
macro_rules! shipped {
    ($name:literal) => {
        $crate::judge::shipped::Shipped {
            name: $name,
            text: include_str!(concat!("../../rules/", $name, ".toml")),
            tree: include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".tree")),
        }
    };
}
pub(super) use shipped;

impl Shipped {
    /// What is in it.
    ///
    /// # Errors
    /// [`PackError::NoToml`] where it is no TOML.
    pub(super) fn table(&self) -> Result<Table, PackError> {
        let mut reader = Reader { rest: self.tree };
        let table = reader.table().filter(|_| reader.rest.is_empty());
        table.map_or_else(|| toml_tree::tree(self.name, self.text), Ok)
    }
}

/// Takes a tree apart that `build.rs` wrote; `None` where it is none.
struct Reader {
    rest: &'static [u8],
}

impl Reader {
    fn bytes(&mut self, count: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes: [u8; 4] = self.bytes(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self) -> Option<&'static str> {
        let count = self.number()?;
        std::str::from_utf8(self.bytes(count)?).ok()
    }

    fn table(&mut self) -> Option<Table> {
        let count = self.number()?;
        let entries = (0..count).map(|_| Some((self.text()?.into(), self.number()?, self.item()?)));
        entries.collect::<Option<Vec<_>>>().map(Table)
    }

    fn item(&mut self) -> Option<Item> {
        let at = self.number()?;
        let [kind] = self.bytes(1)? else { return None };
        let value = match kind {
            b's' => Value::Text(self.text()?.into()),
            b'l' => {
                let count = self.number()?;
                Value::List((0..count).map(|_| self.item()).collect::<Option<Vec<_>>>()?)
            }
            b't' => Value::Table(self.table()?),
            b'n' => Value::Other(toml_tree::NUMBER),
            b'b' => Value::Other(toml_tree::TRUTH),
            b'd' => Value::Other(toml_tree::DATE),
            _ => return None,
        };
        Some(Item { at, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{built_in, doors};

    #[test]
    fn what_was_read_at_build_time_is_what_the_text_says() {
        for shipped in built_in::PACKS.iter().chain([&built_in::TOOLS, &doors::DOORS]) {
            let mut reader = Reader { rest: shipped.tree };
            let read = reader.table().filter(|_| reader.rest.is_empty());
            assert_eq!(read, Some(toml_tree::tree(shipped.name, shipped.text).unwrap()), "{}", shipped.name);
        }
    }

    #[test]
    fn a_tree_that_is_cut_is_none_and_the_text_is_read_instead() {
        let whole = &built_in::PACKS[0];
        for cut in [0, 3, 40, whole.tree.len() - 1] {
            let shipped = Shipped { name: whole.name, text: whole.text, tree: &whole.tree[..cut] };
            assert_eq!(shipped.table().unwrap(), whole.table().unwrap(), "{cut}");
        }
    }
}
