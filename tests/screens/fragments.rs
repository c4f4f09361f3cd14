//! Random output of a program that knows its terminal well, and sometimes not at all.

use std::fmt;
use std::ops::Deref;

use proptest::prelude::*;

/// What to feed two Screens to see whether they are the same where nothing shows: tab stops, repetition, charset,
/// scroll region, saved cursor, keyboard flags, titles, the other screen.
pub const PROBES: &[&[u8]] = &[
    b"\x18\x1b[?2026l",
    b"\x1b[b\x1b[3b",
    b"q\x0eq\x0fq",
    b"\x1b[?u\x1b[c\x1b[6n\x1b[?1$p\x1b[?6$p\x1b[?7$p\x1b[4$p\x1b[20$p\x1b[?12$p\x1b]11;?\x07\x1b]4;3;?\x07",
    b"\x1b8X\x1b[31m\x1b8Y",
    b"\r\x1b[IT\x1b[IT\x1b[IT\x1b[ZU\x1b[ZU",
    b"\n1\n2\n3\n4\n5\n6",
    b"\x1bM\x1bM\x1bM\x1bM\x1bM\x1bM\x1bM-",
    b"\x1b[1;1H\x1b[Lins\x1b[99;99H*\x1b[99;1H+\x1b[S",
    b"\x1b[<1u\x1b[?u\x1b[<1u\x1b[?u\x1b[<2u\x1b[?u",
    b"\x1b[23t\x1b[23t",
    b"\x1b[?1049hother\x1b8Z\x1b[?u\x1b[<1u\x1b[?u",
    b"\x1b[?1049l\x1b8V\x1b[?u",
    b"\x1b[?47h\x1b8W",
    b"\x1b[?47l#",
];

/// Bytes that show themselves as text.
#[derive(Clone)]
pub struct Bytes(Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A stream of up to `pieces` pieces.
pub fn stream(pieces: usize) -> impl Strategy<Value = Bytes> {
    prop::collection::vec(piece(), 0..pieces).prop_map(|pieces| Bytes(pieces.concat()))
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => text(),
        6 => csi(),
        3 => prop::sample::select(FIXED).prop_map(<[u8]>::to_vec),
        2 => private_mode(),
        1 => osc(),
        1 => prop::collection::vec(any::<u8>(), 0..12),
        1 => cut_off(),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "a",
        "hello world ",
        "漢字",
        "é",
        "e\u{301}",
        "❤\u{fe0f}",
        "👩\u{200d}💻",
        "🏴",
        "\u{202e}rtl",
        "│─┐",
        "\t",
        "\r\n",
        "\n",
        "\x08",
        "\r",
        " ",
        "ﬀ",
        "\u{ad}",
        "\u{2028}",
        "\u{9b}31m",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 1..6).prop_map(|words| words.concat().into_bytes())
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just(String::new()),
        8 => (0u32..16).prop_map(|n| n.to_string()),
        1 => (0u32..70000).prop_map(|n| n.to_string()),
        1 => Just("38:2::1:2:3".to_owned()),
        1 => Just("48;5;100".to_owned()),
        1 => Just("4:3".to_owned()),
    ]
}

fn csi() -> impl Strategy<Value = Vec<u8>> {
    let last = prop::sample::select(b"@ABCDEFGHIJKLMPSTXZ`abcdefghlmnrstu".to_vec());
    (prop::collection::vec(number(), 0..4), last).prop_map(|(numbers, last)| {
        let numbers = numbers.join(";");
        // A repetition of thousands is slow here and proves nothing.
        let numbers = if last == b'b' { "7".to_owned() } else { numbers };
        format!("\x1b[{numbers}{}", char::from(last)).into_bytes()
    })
}

fn private_mode() -> impl Strategy<Value = Vec<u8>> {
    let modes =
        [1, 3, 6, 7, 9, 12, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1042, 1047, 1048, 1049, 2004, 2026];
    let last = prop::sample::select(b"hhhlll".to_vec());
    (prop::sample::select(modes.to_vec()), last)
        .prop_map(|(mode, last)| format!("\x1b[?{mode}{}", char::from(last)).into_bytes())
}

fn osc() -> impl Strategy<Value = Vec<u8>> {
    let bodies = [
        "0;title",
        "2;other \u{202e}title\x01",
        "2;",
        "4;3;rgb:11/22/33",
        "4;3;?",
        "10;?",
        "11;#102030",
        "104",
        "104;3",
        "111",
        "8;;http://example.com/",
        "8;;",
        "52;c;aGVsbG8=",
        "52;c;?",
        "50;CursorShape=1",
        "22;pointer",
        "1337;x=y",
        "12;rgb:1/2/3",
        "112",
    ];
    (prop::sample::select(bodies.to_vec()), prop::sample::select(vec!["\x07", "\x1b\\", "\x18"]))
        .prop_map(|(body, end)| format!("\x1b]{body}{end}").into_bytes())
}

/// A sequence that ends too soon; what follows is part of it.
fn cut_off() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        &b"\x1b"[..],
        b"\x1b[",
        b"\x1b[3",
        b"\x1b[?20",
        b"\x1b[?2026;",
        b"\x1b]0;t",
        b"\x1b]",
        b"\x1bP1$",
        b"\x1bPq",
        b"\x1b_G",
        b"\x1b(",
        b"\x1b[>",
        b"\x1b[3\n1",
        b"\xe2",
        b"\xe2\x94",
        b"\xf0\x9f\x98",
        b"\xf0\xe2",
        b"\x1b[1 ",
        b"\x1bX",
    ])
    .prop_map(<[u8]>::to_vec)
}

const FIXED: &[&[u8]] = &[
    b"\x1b[?2026h",
    b"\x1b[?2026l",
    b"\x1b[?25;2026h",
    b"\x1b[?1;2026l",
    b"\x1bc",
    b"\x1b7",
    b"\x1b8",
    b"\x1bH",
    b"\x1bD",
    b"\x1bE",
    b"\x1bM",
    b"\x1b(0",
    b"\x1b(B",
    b"\x1b)0",
    b"\x1b*0",
    b"\x0e",
    b"\x0f",
    b"\x1b#8",
    b"\x1b=",
    b"\x1b>",
    b"\x1b[g",
    b"\x1b[3g",
    b"\x1b[?5W",
    b"\x1b[2;4r",
    b"\x1b[3;3r",
    b"\x1b[30;40r",
    b"\x1b[4;99r",
    b"\x1b[r",
    b"\x1b[4h",
    b"\x1b[4l",
    b"\x1b[20h",
    b"\x1b[20l",
    b"\x1b[>1u",
    b"\x1b[>5u",
    b"\x1b[<u",
    b"\x1b[<3u",
    b"\x1b[=3;2u",
    b"\x1b[=1;3u",
    b"\x1b[=0u",
    b"\x1b[?u",
    b"\x1b[22t",
    b"\x1b[23t",
    b"\x1b[14t",
    b"\x1b[16t",
    b"\x1b[18t",
    b"\x1b[>q",
    b"\x1b[?996n",
    b"\x1b[c",
    b"\x1b[>c",
    b"\x1b[6n",
    b"\x1b[?2026$p",
    b"\x1b[4$p",
    b"\x1b[5 q",
    b"\x1b[0 q",
    b"\x1b[!p",
    b"\x1bP$qm\x1b\\",
    b"\x1b_Gi=1\x1b\\",
    b"\x1b^x\x1b\\",
    b"\x1b[38;2;1;2;3;48;5;9m",
    b"\x1b[7;1;4:3m",
    b"\x1b[m",
    b"\x07",
    b"\x18",
    b"\x1a",
];
