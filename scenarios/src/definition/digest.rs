//! The canonical form of a file and its digest.
//!
//! The canonical form is JSON with the keys in the order written: comments, spacing and the style of quotes do not count, every value does, and patches
//! of `--set` do. It is YAML too, so that a repro file embeds it and loads it again.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::node::{Node, NodeKind};

/// The canonical form over several lines, so that messages about it can name a line.
pub(crate) fn canonical(node: &Node) -> String {
    let mut text = String::new();
    write_node(&mut text, node, Some(0));
    text.push('\n');
    text
}

/// The canonical form on one line.
pub(crate) fn inline(node: &Node) -> String {
    let mut text = String::new();
    write_node(&mut text, node, None);
    text
}

/// SHA-256 of some texts in hexadecimal digits, the length of each included.
pub(crate) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Writes a node; `depth` is none for one line. The tree is at most as deep as the parser allows.
fn write_node(out: &mut String, node: &Node, depth: Option<usize>) {
    match &node.kind {
        NodeKind::Scalar { text, plain } => write_scalar(out, text, *plain),
        NodeKind::List(nodes) => write_all(out, depth, ['[', ']'], nodes, write_node),
        NodeKind::Map(entries) => write_all(out, depth, ['{', '}'], entries, |out, entry, depth| {
            write_text(out, &entry.key.value);
            out.push_str(": ");
            write_node(out, &entry.value, depth);
        }),
    }
}

fn write_all<T>(
    out: &mut String,
    depth: Option<usize>,
    [open, close]: [char; 2],
    parts: &[T],
    write: impl Fn(&mut String, &T, Option<usize>),
) {
    let inner = depth.map(|depth| depth + 1);
    out.push(open);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(',');
            if inner.is_none() {
                out.push(' ');
            }
        }
        new_line(out, inner);
        write(out, part, inner);
    }
    if !parts.is_empty() {
        new_line(out, depth);
    }
    out.push(close);
}

fn new_line(out: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth * 2));
    }
}

/// A plain scalar that JSON knows stays plain, all else is a string.
fn write_scalar(out: &mut String, text: &str, plain: bool) {
    if plain && super::node::is_null_word(text) {
        out.push_str("null");
    } else if plain && (matches!(text, "true" | "false") || is_json_number(text)) {
        out.push_str(text);
    } else {
        write_text(out, text);
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(decimals) && (whole == "0" || !whole.starts_with('0'))
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
