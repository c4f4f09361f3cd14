//! Reads the rules at build time: what a start needs of them is then a matter of copying, not of reading TOML.
//!
//! Each table of `rules/` becomes the same tree in a form that `src/judge/shipped.rs` reads; a test compares the two.

#![allow(clippy::disallowed_methods, reason = "cargo says by a variable where a build script writes")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?);
    for entry in fs::read_dir("rules")? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            write(&path, &out)?;
        }
    }
    Ok(())
}

/// Writes the tree of the rules at `path`. What is no TOML is left out: the program reads the text itself and says so.
fn write(path: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut tree = Vec::new();
    if let Ok(parsed) = DeTable::parse(&text) {
        put_table(&mut tree, parsed.get_ref())?;
    }
    let name = path.file_stem().ok_or("rules have a name")?;
    fs::write(out.join(name).with_extension("tree"), tree)?;
    Ok(())
}

fn put_number(tree: &mut Vec<u8>, number: usize) -> Result<(), Box<dyn Error>> {
    tree.extend_from_slice(&u32::try_from(number)?.to_le_bytes());
    Ok(())
}

fn put_text(tree: &mut Vec<u8>, text: &str) -> Result<(), Box<dyn Error>> {
    put_number(tree, text.len())?;
    tree.extend_from_slice(text.as_bytes());
    Ok(())
}

fn put_table(tree: &mut Vec<u8>, table: &DeTable) -> Result<(), Box<dyn Error>> {
    put_number(tree, table.len())?;
    for (key, value) in table {
        put_text(tree, key.get_ref())?;
        put_number(tree, key.span().start)?;
        put_item(tree, value.span().start, value.get_ref())?;
    }
    Ok(())
}

fn put_item(tree: &mut Vec<u8>, at: usize, value: &DeValue) -> Result<(), Box<dyn Error>> {
    put_number(tree, at)?;
    match value {
        DeValue::String(text) => {
            tree.push(b's');
            put_text(tree, text)?;
        }
        DeValue::Array(items) => {
            tree.push(b'l');
            put_number(tree, items.len())?;
            for item in items {
                put_item(tree, item.span().start, item.get_ref())?;
            }
        }
        DeValue::Table(table) => {
            tree.push(b't');
            put_table(tree, table)?;
        }
        DeValue::Integer(_) | DeValue::Float(_) => tree.push(b'n'),
        DeValue::Boolean(_) => tree.push(b'b'),
        DeValue::Datetime(_) => tree.push(b'd'),
    }
    Ok(())
}
