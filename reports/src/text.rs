//! Text as people read it: numbers, durations, virtual times, and input that may hold anything.

use std::borrow::Cow;
use std::fmt::Write as _;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `1234567` as `1,234,567`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 run`, `2 runs`: a count with its noun, whose plural is regular.
#[must_use]
pub fn plural(n: u64, noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    match (n, stem, noun.ends_with('s')) {
        (1, ..) => format!("1 {noun}"),
        (_, Some(stem), _) => format!("{} {stem}ies", count(n)),
        (_, _, true) => format!("{} {noun}es", count(n)),
        _ => format!("{} {noun}s", count(n)),
    }
}

/// `2 of 3 faults`, `1 of 1 command`: a part of a count.
#[must_use]
pub fn removed(n: u64, of: u64, noun: &str) -> String {
    format!("{} of {}", count(n), plural(of, noun))
}

/// A large count in three figures, for speeds: `1.52 M`, `830 k`, `412`.
#[must_use]
pub fn rough(n: u64) -> String {
    let (unit, name) = match n {
        0..1_000 => return n.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let whole = n / unit;
    let rest = n % unit * 100 / unit;
    match whole {
        0..10 => format!("{whole}.{rest:02} {name}"),
        10..100 => format!("{whole}.{} {name}", rest / 10),
        _ => format!("{whole} {name}"),
    }
}

/// A duration in its two largest units: `250 ms`, `31.2 s`, `2m 31s`, `5h 4m`, `12d 4h`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let pair = |large: u64, a: &str, small: u64, b: &str| match ms % large / small {
        0 => format!("{}{a}", count(ms / large)),
        rest => format!("{}{a} {rest}{b}", count(ms / large)),
    };
    match ms {
        0..SECOND => format!("{ms} ms"),
        SECOND..MINUTE if ms.is_multiple_of(SECOND) => format!("{} s", ms / SECOND),
        SECOND..MINUTE => format!("{}.{} s", ms / SECOND, ms % SECOND / 100),
        MINUTE..HOUR => pair(MINUTE, "m", SECOND, "s"),
        HOUR..DAY => pair(HOUR, "h", MINUTE, "m"),
        _ => pair(DAY, "d", HOUR, "h"),
    }
}

/// A point of virtual time since the start of the run: `+00:02:31.250`, `+3d 04:00:00.000`.
#[must_use]
pub fn instant(ms: u64) -> String {
    let clock =
        format!("{:02}:{:02}:{:02}.{:03}", ms % DAY / HOUR, ms % HOUR / MINUTE, ms % MINUTE / SECOND, ms % SECOND);
    match ms / DAY {
        0 => format!("+{clock}"),
        days => format!("+{}d {clock}", count(days)),
    }
}

/// Input text with everything escaped that could act on a terminal or deceive the eye: control characters (line
/// breaks and escape sequences among them), bidirectional overrides, and characters without width.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_active(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a character does more than stand in its place.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A command as one line to paste into a POSIX shell: `["sagasim", "a b"]` is `sagasim 'a b'`.
#[must_use]
pub fn command_line<S: AsRef<str>>(arguments: &[S]) -> String {
    let quoted: Vec<_> = arguments.iter().map(|argument| quote(argument.as_ref())).collect();
    quoted.join(" ")
}

/// One argument, in quotes if a POSIX shell would read it otherwise.
#[must_use]
pub fn quote(argument: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        Cow::Borrowed(argument)
    } else {
        Cow::Owned(format!("'{}'", argument.replace('\'', r#"'"'"'"#)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        for (n, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(n), expected);
        }
        for (n, expected) in [
            (999, "999"),
            (1_000, "1.00 k"),
            (83_099, "83.0 k"),
            (830_999, "830 k"),
            (1_520_000, "1.52 M"),
            (u64::MAX, "18446744073 G"),
        ] {
            assert_eq!(rough(n), expected);
        }
        for (n, noun, expected) in [
            (1, "run", "1 run"),
            (0, "run", "0 runs"),
            (2_000, "boundary", "2,000 boundaries"),
            (2, "class", "2 classes"),
            (2, "delay", "2 delays"),
        ] {
            assert_eq!(plural(n, noun), expected);
        }
    }

    #[test]
    fn durations_name_two_units_at_most() {
        let cases = [
            (0, "0 ms"),
            (250, "250 ms"),
            (4_000, "4 s"),
            (31_250, "31.2 s"),
            (60_000, "1m"),
            (151_250, "2m 31s"),
            (5 * HOUR + 4 * MINUTE, "5h 4m"),
            (12 * DAY + 4 * HOUR, "12d 4h"),
            (1_200 * DAY, "1,200d"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn virtual_times_line_up_within_a_day() {
        for (ms, expected) in [
            (0, "+00:00:00.000"),
            (151_250, "+00:02:31.250"),
            (DAY - 1, "+23:59:59.999"),
            (3 * DAY + 4 * HOUR, "+3d 04:00:00.000"),
        ] {
            assert_eq!(instant(ms), expected);
        }
    }

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        let cases = [
            ("reserve-router", "reserve-router"),
            ("Zürich 120,00 €", "Zürich 120,00 €"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("user\u{202e}gnp", "user\\u{202e}gnp"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("c1 \u{9b}31m", "c1 \\u{9b}31m"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected);
        }
    }

    #[test]
    fn a_command_survives_the_shell() {
        let cases = [
            (vec!["sagasim", "check", "--seed", "7"], "sagasim check --seed 7"),
            (vec!["--set", "saga.steps[a].key=${item.id}"], "--set 'saga.steps[a].key=${item.id}'"),
            (vec!["it's", ""], r#"'it'"'"'s' ''"#),
        ];
        for (arguments, expected) in cases {
            assert_eq!(command_line(&arguments), expected);
        }
    }
}
