//! `watch completions` and `watch man`, from the one definition of the command line.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

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
    /// The command whose page is wanted; none: the page of the program
    command: Option<String>,
}

/// Prints a script that completes our options and commands.
///
/// # Errors
/// When standard output takes no more.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    generate(args.shell, &mut Line::command(), args.name.clone(), &mut script);
    written(io::stdout().lock().write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a manual page in roff, as `man -l -` reads it.
///
/// # Errors
/// When standard output takes no more.
pub fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let program = Line::command();
    let mut page = Vec::new();
    match &args.command {
        None => {
            Man::new(program).render(&mut page)?;
            keys().to_writer(&mut page)?;
        }
        Some(name) => {
            let Some(command) = program.find_subcommand(name) else {
                complain(&format!("there is no command `{name}`"));
                return Ok(ExitCode::from(USAGE));
            };
            let title: &'static str = Box::leak(format!("watch-{name}").into_boxed_str());
            Man::new(command.clone().name(title)).render(&mut page)?;
        }
    }
    written(io::stdout().lock().write_all(&page))?;
    Ok(ExitCode::SUCCESS)
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
