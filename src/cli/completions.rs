//! `watch completions` and `watch man`, from the one definition of the command line.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::args::Line;
use super::output::{complain, written};
use crate::model::Mode;
use crate::ui::Keymap;

/// There is no such command.
const USAGE: u8 = 2;

/// `watch completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
    /// The name that the program is called by
    #[arg(long, value_name = "NAME", default_value = "watch")]
    name: String,
}

/// `watch man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command whose page is wanted, such as `sessions prune`; none: the page of the program
    command: Vec<String>,
    /// The name that the program is called by
    #[arg(long, value_name = "NAME", default_value = "watch")]
    name: String,
    /// Write every page into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    all: Option<PathBuf>,
}

/// Prints a script that completes our options and commands.
///
/// # Errors
/// When standard output takes no more.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    generate(args.shell, &mut Line::command(), args.name.clone(), &mut script);
    if args.shell == Shell::Fish {
        script = with_values(&script);
    }
    written(io::stdout().lock().write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// A script for fish in which an option's values are offered before there is a command: one that still lacks its value
/// is an error to fish's own reading of options, and the script took that for a command's being there.
fn with_values(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script).replacen("\n    or return\n", "\n    or return 0\n", 1).into_bytes()
}

/// Prints a manual page in roff, as `man -l -` reads it; or writes all of them.
///
/// # Errors
/// When standard output or the folder takes no more.
pub fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let program = named(&args.name);
    if let Some(folder) = &args.all {
        for (name, page) in pages(&program)? {
            let path = folder.join(format!("{name}.1"));
            fs::write(&path, page).with_context(|| path.display().to_string())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = args.command.iter().try_fold(&program, |command, name| command.find_subcommand(name));
    let Some(command) = wanted else {
        complain(&format!("there is no command `{}`", args.command.join(" ")));
        return Ok(ExitCode::from(USAGE));
    };
    written(io::stdout().lock().write_all(&page(command)?))?;
    Ok(ExitCode::SUCCESS)
}

/// The command line of a program of that name.
fn named(name: &str) -> Command {
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let mut program = Line::command().name(name);
    program.build();
    program
}

/// The page of a command and of each command below it, by their names.
fn pages(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut all = vec![(page_name(command).to_owned(), page(command)?)];
    for below in command.get_subcommands() {
        all.extend(pages(below)?);
    }
    Ok(all)
}

/// What a command's page is called: `watch-sessions-prune`.
fn page_name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// One page. The program's own also has the keys.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    if command.get_version().is_none() {
        man.render(&mut page)?;
        return Ok(page);
    }
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(command.get_name()).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    keys().to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// How the program is called.
fn synopsis(name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([bold(name), roman(" [OPTIONS] -- "), italic("AGENT"), roman(" ["), italic("ARG"), roman("]...")]);
    roff.control("br", []);
    roff.text([bold(name), roman(" "), italic("COMMAND")]);
    roff
}

/// The keys of the default keymap, with the line of help that the help layer has.
fn keys() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["KEYS"]);
    let Ok(keymap) = Keymap::shipped("default") else { return roff };
    for (mode, title) in [(Mode::Agent, "Anywhere"), (Mode::Case, "In a case")] {
        roff.control("SS", [title]);
        for binding in keymap.bindings(mode) {
            let written: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
            roff.control("TP", []);
            roff.text([bold(written.join(" "))]);
            roff.text([roman(binding.command.help())]);
        }
    }
    roff
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn in_fish_an_option_without_its_value_is_no_command() {
        let mut script = Vec::new();
        generate(Shell::Fish, &mut Line::command(), "watch", &mut script);
        let script = String::from_utf8(with_values(&script)).unwrap();
        let (_, from) = script.split_once("function __fish_watch_needs_command").unwrap();
        let (body, _) = from.split_once("\nend\n").unwrap();
        assert!(body.contains("\n    or return 0\n") && !body.contains("or return\n"), "{body}");
        for option in ["theme", "keymap"] {
            let line = script.lines().find(|line| line.contains(&format!("-l {option} "))).unwrap();
            assert!(line.ends_with("-r -f"), "no file has such a name: {line}");
        }
    }

    #[test]
    fn every_command_has_a_page_under_its_name_and_no_page_refers_to_one_that_is_not_there() {
        let plain = |page: Vec<u8>| String::from_utf8(page).unwrap().replace("\\-", "-");
        let pages: BTreeMap<String, String> =
            pages(&named("holdpoint")).unwrap().into_iter().map(|(name, page)| (name, plain(page))).collect();
        for (name, page) in &pages {
            assert!(page.contains(&format!(".SH NAME\n{name} - ")), "{name}: {page}");
            for other in page.lines().filter_map(|line| line.strip_suffix("(1)")) {
                assert!(pages.contains_key(other), "{name} refers to {other}");
            }
        }
        assert!(pages.contains_key("holdpoint-sessions-prune"));
        assert!(pages["holdpoint"].contains("\\fBholdpoint\\fR [OPTIONS] -- \\fIAGENT\\fR"), "{}", pages["holdpoint"]);
    }
}
