//! Keymaps, themes and key names: never a panic, and what loads never approves by a key that no mode of cases has.
#![no_main]

use holdpoint::model::{Key, Mode};
use holdpoint::ui::{Keymap, Theme};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let find = |name: &str| (name == "fuzz").then(|| ("fuzz.toml".to_owned(), text.to_owned()));
    if let Ok(keymap) = Keymap::load("fuzz", &find) {
        for mode in Mode::ALL {
            let approves = keymap.bindings(mode).iter().any(|binding| binding.command.approves());
            assert!(!approves || mode == Mode::Case, "{mode:?}");
        }
    }
    let _ = Theme::load("fuzz", &find);
    let _ = text.parse::<Key>();
});
