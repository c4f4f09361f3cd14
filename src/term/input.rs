//! Pastes, mouse and focus as the agent asked to read them.

use crate::model::{Mods, Mouse, MouseButton, MouseKind};

use super::modes::{Modes, MouseEncoding, MouseMode};

const PASTE_BEGIN: &str = "\x1b[200~";
const PASTE_END: &str = "\x1b[201~";

/// The same mark with the one-character form of its introducer.
const PASTE_END_C1: &str = "\u{9b}201~";

/// How many arrow keys one step of the wheel stands for.
const LINES_PER_WHEEL: usize = 3;

/// A paste for the agent: between marks if it asked for them, with returns for newlines if it did not.
///
/// What would end the paste early is taken out of `text`.
#[must_use]
pub fn encode_paste(text: &str, modes: Modes) -> Vec<u8> {
    if !modes.bracketed_paste {
        return text.replace("\r\n", "\r").replace('\n', "\r").into_bytes();
    }
    let mut text = text.to_owned();
    // Taking one mark out may put the halves of another together.
    while text.contains(PASTE_END) || text.contains(PASTE_END_C1) {
        text = text.replace(PASTE_END, "").replace(PASTE_END_C1, "");
    }
    [PASTE_BEGIN, &text, PASTE_END].concat().into_bytes()
}

/// Gain (`true`) or loss of focus, if the agent wants to know.
#[must_use]
pub fn encode_focus(gained: bool, modes: Modes) -> Vec<u8> {
    match (modes.focus_events, gained) {
        (false, _) => Vec::new(),
        (true, true) => b"\x1b[I".to_vec(),
        (true, false) => b"\x1b[O".to_vec(),
    }
}

/// A mouse event for the agent; `None` if it does not want this one or it cannot be written.
///
/// The wheel becomes arrow keys where the alternate screen is shown and the agent wants no mouse events.
#[must_use]
pub fn encode_mouse(mouse: Mouse, modes: Modes) -> Option<Vec<u8>> {
    let is_wanted = match (modes.mouse, mouse.kind) {
        (MouseMode::Off, _) => return wheel_as_arrows(mouse.kind, modes),
        (MouseMode::Press, kind) => matches!(kind, MouseKind::Down(_)),
        (MouseMode::Click, kind) => !matches!(kind, MouseKind::Drag(_) | MouseKind::Moved),
        (MouseMode::Drag, kind) => kind != MouseKind::Moved,
        (MouseMode::Motion, _) => true,
    };
    if !is_wanted {
        return None;
    }
    let mods = if modes.mouse == MouseMode::Press { Mods::default() } else { mouse.mods };
    let released = matches!(mouse.kind, MouseKind::Up(_));
    let (column, row) = (u32::from(mouse.column) + 1, u32::from(mouse.row) + 1);
    match modes.mouse_encoding {
        MouseEncoding::Sgr => {
            let last = if released { 'm' } else { 'M' };
            Some(format!("\x1b[<{};{column};{row}{last}", number(mouse.kind) + mods_number(mods)).into_bytes())
        }
        encoding @ (MouseEncoding::Legacy | MouseEncoding::Utf8) => {
            // Which button was released cannot be said.
            let number = if released { 3 } else { number(mouse.kind) } + mods_number(mods);
            let mut bytes = b"\x1b[M".to_vec();
            for value in [number, column, row] {
                push_value(&mut bytes, value + 32, encoding)?;
            }
            Some(bytes)
        }
    }
}

fn push_value(bytes: &mut Vec<u8>, value: u32, encoding: MouseEncoding) -> Option<()> {
    if encoding == MouseEncoding::Utf8 {
        let c = char::from_u32(value).filter(|c| c.len_utf8() <= 2)?;
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(())
}

fn wheel_as_arrows(kind: MouseKind, modes: Modes) -> Option<Vec<u8>> {
    if !(modes.alternate && modes.alternate_scroll) {
        return None;
    }
    let last = match kind {
        MouseKind::ScrollUp => 'A',
        MouseKind::ScrollDown => 'B',
        _ => return None,
    };
    let introducer = if modes.app_cursor && modes.kitty_flags == 0 { 'O' } else { '[' };
    Some(format!("\x1b{introducer}{last}").repeat(LINES_PER_WHEEL).into_bytes())
}

fn number(kind: MouseKind) -> u32 {
    let button = |button| match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    };
    match kind {
        MouseKind::Down(b) | MouseKind::Up(b) => button(b),
        MouseKind::Drag(b) => button(b) + 32,
        MouseKind::Moved => 35,
        MouseKind::ScrollUp => 64,
        MouseKind::ScrollDown => 65,
        MouseKind::ScrollLeft => 66,
        MouseKind::ScrollRight => 67,
    }
}

fn mods_number(mods: Mods) -> u32 {
    u32::from(mods.shift) * 4 + u32::from(mods.alt) * 8 + u32::from(mods.ctrl) * 16
}

#[cfg(test)]
mod tests;
