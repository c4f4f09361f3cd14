//! Commands: the named things that keys do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where keys go; each has its own table in a keymap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The agent has the keyboard; only the prefix is ours.
    Agent,
    /// The side panel.
    Panel,
    /// An open case.
    Case,
    /// Typing a critical case's target.
    Confirm,
    /// The list of cases.
    Docket,
    /// The list of events.
    Timeline,
    /// Playing a recorded session.
    Replay,
    /// Looking back through the agent's lines.
    Copy,
    /// Typing a command's name.
    Palette,
    /// The help layer.
    Help,
}

/// A name that no Command has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no command `{0}`")]
pub struct UnknownCommand(pub String);

macro_rules! commands {
    ($($variant:ident $name:literal $help:literal)*) => {
        /// A named thing a key does: verb and object, with one line of help.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $(#[doc = concat!("`", $name, "`: ", $help, ".")] $variant,)*
        }

        impl Command {
            /// Every command, in the order of the help layer.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name, as keymaps write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its line of help.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
}

commands! {
    FocusPanel "focus-panel" "focus the panel"
    FocusAgent "focus-agent" "back to the agent; what is held stays held"
    OpenCase "open-case" "open the worst case"
    OpenDocket "open-docket" "list the cases"
    OpenTimeline "open-timeline" "list the events"
    FilterEvents "filter-events" "list the events that contain a text"
    WriteEvents "write-events" "write the listed events into a file of the session, as JSON"
    OpenPalette "open-palette" "find a command by name"
    OpenHelp "open-help" "show the keys"
    SearchAgent "search-agent" "search the agent's lines"
    ScrollAgent "scroll-agent" "look back through the agent's lines"
    ZoomAgent "zoom-agent" "give the panel's room to the agent, or take it back"
    ToggleMouse "toggle-mouse" "give the mouse to the agent, or keep it for selecting"
    FreezeAll "freeze-all" "stop everything now, or let it go on"
    FreezeEverySession "freeze-every-session" "stop everything in every session now, or let it go on"
    QuitWatch "quit-watch" "end the session (asks)"
    SendPrefix "send-prefix" "send the prefix key to the agent"
    DenyCase "deny-case" "deny now"
    DenyAndTell "deny-and-tell" "deny, with words to the agent"
    ApproveOnce "approve-once" "approve this one act"
    ApproveSession "approve-session" "approve for the session: this act, or a pattern with its matches"
    RevokeGrant "revoke-grant" "take the selected approval back"
    OpenGrants "open-grants" "list the approvals that are remembered"
    AcceptOrders "accept-orders" "make the task's orders binding"
    DismissOrders "dismiss-orders" "leave the task's orders mere words"
    AllowClipboard "allow-clipboard" "let the agent write to your clipboard in this session"
    RefuseClipboard "refuse-clipboard" "keep the agent away from your clipboard"
    EndSession "end-session" "end the session (press twice)"
    ShowFullText "show-full-text" "show the command in full"
    ShowChain "show-chain" "show what led to it"
    CopyText "copy-text" "copy what is selected, else what is shown"
    NextCase "next-case" "next case"
    PreviousCase "previous-case" "previous case"
    OpenSelected "open-selected" "open what is selected"
    MarkCase "mark-case" "mark the case"
    DenyMarked "deny-marked" "deny every marked case"
    CloseLayer "close-layer" "close this"
    MoveUp "move-up" "one line up"
    MoveDown "move-down" "one line down"
    PageUp "page-up" "one page up"
    PageDown "page-down" "one page down"
    MoveLeft "move-left" "one cell to the left"
    MoveRight "move-right" "one cell to the right"
    LineStart "line-start" "to the line's beginning"
    LineEnd "line-end" "to the line's end"
    SelectText "select-text" "begin to select, or drop the selection"
    GoFirst "go-first" "to the beginning"
    GoLast "go-last" "to the end"
    SwitchColumn "switch-column" "scroll the other column, or show the chain where there is one column"
    EditFilter "edit-filter" "type what the rows must contain"
    NextMatch "next-match" "to the next match"
    PreviousMatch "previous-match" "to the match before"
    SendTarget "send-target" "send what was typed"
    Pause "pause" "pause or go on"
    SeekBack "seek-back" "five seconds back"
    SeekForward "seek-forward" "five seconds on"
    FrameBack "frame-back" "one frame back"
    FrameForward "frame-forward" "one frame on"
    GoTo "go-to" "go to a moment, a case or a line of the journal"
    NextFlag "next-flag" "to the next flag"
    PreviousFlag "previous-flag" "to the flag before"
    Speed1 "speed-1" "play at 1x"
    Speed2 "speed-2" "play at 2x"
    Speed3 "speed-3" "play at 4x"
    Speed4 "speed-4" "play at 8x"
    Speed5 "speed-5" "play at 16x"
    ToggleIdle "toggle-idle" "shorten idle stretches to two seconds, or not"
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 10] = [
        Self::Agent,
        Self::Panel,
        Self::Case,
        Self::Confirm,
        Self::Docket,
        Self::Timeline,
        Self::Replay,
        Self::Copy,
        Self::Palette,
        Self::Help,
    ];

    /// Its name, as keymaps write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Panel => "panel",
            Self::Case => "case",
            Self::Confirm => "confirm",
            Self::Docket => "docket",
            Self::Timeline => "timeline",
            Self::Replay => "replay",
            Self::Copy => "copy",
            Self::Palette => "palette",
            Self::Help => "help",
        }
    }
}

impl Command {
    /// Whether it lets a held act happen. Such a command binds only in mode `case` (`UX.md`, K1).
    #[must_use]
    pub fn approves(self) -> bool {
        matches!(self, Self::ApproveOnce | Self::ApproveSession)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Command {
    type Err = UnknownCommand;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|command| command.name() == name).ok_or_else(|| UnknownCommand(name.to_owned()))
    }
}
