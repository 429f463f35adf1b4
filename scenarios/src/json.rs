//! What is wrong with a JSON text, in plain words: the parser's own are those of the language that sagasim is written in.

/// The longest text of a file that a message repeats, in characters; all fields of a repro file fit.
const TEXT_MAX: usize = 240;

/// What is wrong, with its place where the parser knows one.
#[must_use]
pub fn said(error: &serde_json::Error) -> String {
    match error.line() {
        0 => words(error),
        line => format!("line {line}, column {}: {}", error.column().max(1), words(error)),
    }
}

/// What is wrong, without its place.
#[must_use]
pub fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some((found, wanted)) = text.strip_prefix(kind).and_then(|rest| rest.rsplit_once(", expected ")) {
            return format!("expected {}, found {}", expected(wanted), self::found(found));
        }
    }
    if let Some((length, wanted)) = text.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {}, found a list of {length}", expected(wanted));
    }
    if let Some(field) = text.strip_prefix("missing field ") {
        return format!("the field {} is missing", plain(field));
    }
    if let Some(field) = text.strip_prefix("duplicate field ") {
        return format!("the field {} is there twice", plain(field));
    }
    if let Some(rest) = text.strip_prefix("unknown field ") {
        let (field, known) = rest.rsplit_once(", expected ").unwrap_or((rest, "none"));
        let known = known.strip_prefix("one of ").unwrap_or(known);
        return format!("there is no field {} here; there are {}", plain(field), plain(known));
    }
    syntax(text)
}

/// What is no JSON at all.
fn syntax(text: &str) -> String {
    match text {
        _ if text.starts_with("EOF while parsing") => "the text ends too early".to_owned(),
        "expected value" | "expected ident" => "no JSON: a value is expected".to_owned(),
        "recursion limit exceeded" => "nested too deeply".to_owned(),
        "number out of range" => "the number is too large".to_owned(),
        "trailing characters" => "no JSON: more text after its end".to_owned(),
        "trailing comma" => "no JSON: a comma too many".to_owned(),
        "key must be a string" => "no JSON: a field's name is expected, in quotation marks".to_owned(),
        _ => {
            let syntax =
                ["expected `", "expected `:`", "invalid escape", "control character", "lone ", "unexpected end"];
            let is_syntax = syntax.iter().any(|begin| text.starts_with(begin)) || text == "invalid number";
            if is_syntax { format!("no JSON: {}", plain(text)) } else { text.to_owned() }
        }
    }
}

/// What is expected, in the words of JSON.
fn expected(wanted: &str) -> String {
    let most = match wanted {
        "u8" => Some(u64::from(u8::MAX)),
        "u16" => Some(u64::from(u16::MAX)),
        "u32" => Some(u64::from(u32::MAX)),
        _ => None,
    };
    match wanted {
        "u64" | "usize" => "a whole number from 0 up".to_owned(),
        _ if most.is_some() => format!("a whole number from 0 to {}", most.unwrap_or(0)),
        "i8" | "i16" | "i32" | "i64" | "u128" | "i128" => "a whole number".to_owned(),
        "a string" | "string" | "a borrowed string" | "path string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a boolean" => "true or false".to_owned(),
        _ if wanted.starts_with("struct ") => "an object".to_owned(),
        _ => match wanted.strip_prefix("a tuple of size ") {
            Some(size) => format!("a list of {size}"),
            None => wanted.to_owned(),
        },
    }
}

/// What was found, in the words of JSON.
fn found(what: &str) -> String {
    match what {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "number" => "another number".to_owned(),
        "unit value" => "null".to_owned(),
        _ => {
            let number = what.strip_prefix("integer ").or_else(|| what.strip_prefix("floating point "));
            let value = number.or_else(|| what.strip_prefix("boolean "));
            match (value, what.strip_prefix("string ")) {
                (Some(value), _) => plain(value),
                (None, Some(text)) => format!("the text {}", plain(text)),
                (None, None) => what.to_owned(),
            }
        }
    }
}

/// Foreign text for a message: without the parser's quotation marks, not too long, on one line.
fn plain(text: &str) -> String {
    let mut short: String =
        text.chars().filter(|c| *c != '`').map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_MAX).collect();
    if short.chars().count() == TEXT_MAX {
        short.push_str("...");
    }
    short
}
