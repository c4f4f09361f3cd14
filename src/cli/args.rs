//! The command line, as `CONTRACT.md` has it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::judge::Profile;
use crate::model::Order;

/// `watch [OPTIONS] -- AGENT [ARG…]`, or one of the commands.
#[derive(Debug, Parser)]
#[command(
    name = "watch",
    version = concat!(env!("CARGO_PKG_VERSION"), " (holdpoint)"),
    about = "Runs an AI coding agent and holds its risky acts until you decide",
    override_usage = "watch [OPTIONS] -- AGENT [ARG]...\n       watch COMMAND",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Line {
    /// What to do instead of supervising.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to supervise.
    #[command(flatten)]
    pub supervise: Supervise,
}

/// Options of a supervised run.
#[derive(Debug, Args)]
pub struct Supervise {
    /// Where this session's files go [default: a new folder under the state directory]
    #[arg(long, value_name = "DIR")]
    pub session: Option<PathBuf>,
    /// No screen: the agent's output is copied to standard output
    #[arg(long)]
    pub headless: bool,
    /// Lines instead of a screen: events are told, cases are answered by words such as `deny c1`
    #[arg(long, conflicts_with = "headless")]
    pub plain: bool,
    /// How holds are answered without a screen
    #[arg(long, value_name = "WHAT", default_value = "wait", requires = "headless")]
    pub on_hold: OnHold,
    /// What is held: balanced (medium and high), strict (low too), observe (nothing)
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<Profile>,
    /// What holds whatever the agent decides, several by comma
    #[arg(long, value_enum, value_name = "ORDER", value_delimiter = ',')]
    pub orders: Vec<Order>,
    /// The environment that may be touched, such as staging
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Whether to start where the kernel gate cannot be had
    #[arg(long, value_name = "WHAT", default_value = "required")]
    pub gate: Gate,
    /// The policy to use instead of the configured one
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Colours: terminal, dark, light, contrast-dark, contrast-light, mono, or one of your own
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub theme: Option<String>,
    /// Keys: default, vim, emacs, or one of your own
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub keymap: Option<String>,
    /// What you asked the agent to do; shown in every case
    #[arg(long, value_name = "TEXT")]
    pub task: Option<String>,
    /// The agent and its arguments
    #[arg(last = true, value_name = "AGENT")]
    pub agent: Vec<OsString>,
}

/// `--on-hold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnHold {
    /// It waits for `watch approve` or `watch deny`.
    Wait,
    /// It is refused at once.
    Deny,
    /// It is approved at once; for tests and throw-away machines.
    Approve,
}

/// `--gate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Gate {
    /// Refuse to start without it.
    Required,
    /// Hold nothing, only watch.
    Off,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plays the incident against a mock server, and lets you decide
    Demo(super::demo::Args),
    /// Says which gates are live on this machine
    Doctor(super::doctor::Args),
    /// Judges text without running it
    Check(super::check::Args),
    /// Lists the cases that wait
    Pending(super::remote::PendingArgs),
    /// Shows a case in this terminal and approves it by typed words
    Approve(super::remote::ApproveArgs),
    /// Refuses a case
    Deny(super::remote::DenyArgs),
    /// How the running sessions are
    Status(super::remote::StatusArgs),
    /// Plays a recorded session
    Replay(super::replay::Args),
    /// Prints a session's journal
    Log(super::log::Args),
    /// Says over many sessions what was asked, answered, and would have been asked
    Report(super::report::Args),
    /// Checks a session's journal and recording
    Verify(super::verify::Args),
    /// Brings back what a session destroyed and was kept
    Undo(super::undo::Args),
    /// Lists, prunes and packs recorded sessions
    Sessions(super::sessions::Args),
    /// Lists, explains and tests the rules
    Rules(super::rules::Args),
    /// Where the configuration is, and whether it is right
    Config(super::settings::Args),
    /// Prints a script that completes options and commands in a shell
    Completions(super::completions::CompletionsArgs),
    /// Prints the manual page
    Man(super::completions::ManArgs),
}

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Balanced => "low is logged, medium and high are held, critical is confirmed",
            Self::Strict => "low is held too",
            Self::Observe => "all is logged",
        };
        Some(PossibleValue::new(self.word()).help(help))
    }
}

impl ValueEnum for Order {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::NoRun => "nothing is run that does more than read",
            Self::ReadOnly => "nothing is changed but what may be thrown away",
            Self::NoNetwork => "nothing leaves this machine",
            Self::Freeze => "nothing is deployed, released, published or migrated",
            Self::AskFirst => "every change is asked about first",
        };
        Some(PossibleValue::new(self.word()).help(help))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Line::command().debug_assert();
    }

    #[test]
    fn everything_after_the_dashes_is_the_agents() {
        let line = Line::try_parse_from(["watch", "--theme", "dark", "--", "bash", "-c", "x", "--theme"]).unwrap();
        assert_eq!(line.supervise.agent, ["bash", "-c", "x", "--theme"]);
        assert_eq!(line.supervise.theme.as_deref(), Some("dark"));
    }
}
