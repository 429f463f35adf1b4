//! The screen of `sagasim replay --step`: one step of a run with what changed and what caused it, its neighbours, and the
//! keys.

use super::failure;
use super::page::{Page, Role, Span, span};
use super::replay::{number, status};
use crate::model::TraceLine;
use crate::style::Style;
use crate::text::{count, instant};
use crate::walk::{HELP, Walk};

/// The most effects of a step that are named.
const EFFECTS_MAX: usize = 8;

/// The screen of a walk: exactly `height` lines, as wide as the style says.
#[must_use]
pub fn step(walk: &Walk<'_>, style: &Style, height: usize) -> String {
    let foot = lines(style, |page| foot(page, walk));
    let room = height.saturating_sub(foot.len());
    let mut screen = lines(style, |page| head(page, walk));
    if screen.len() > room {
        screen.truncate(room.saturating_sub(1));
        screen.extend(lines(style, |page| page.text(2, Role::Dim, "(more than this screen holds)")));
    }
    let left = room.saturating_sub(screen.len());
    screen.extend(lines(style, |page| neighbours(page, walk, left)));
    screen.truncate(room);
    screen.resize(room, String::new());
    screen.extend(foot);
    let skipped = screen.len().saturating_sub(height);
    screen[skipped..].iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn lines(style: &Style, write: impl FnOnce(&mut Page<'_>)) -> Vec<String> {
    let mut page = Page::new(style);
    write(&mut page);
    page.finish().lines().map(str::to_owned).collect()
}

fn head(page: &mut Page<'_>, walk: &Walk<'_>) {
    let (line, report) = (walk.line(), walk.report());
    status(page, report);
    let all = format!("of {}", count(report.events));
    let event = match (line.event, walk.event_before()) {
        (0, None) => "before event 1".to_owned(),
        (0, Some(before)) => format!("after event {}", count(before)),
        (event, _) => format!("event {}", count(event)),
    };
    page.line(
        0,
        &[
            span(Role::Strong, format!("{event} ")),
            span(Role::Dim, format!("{all}  ")),
            span(Role::Plain, format!("{}  ", instant(line.at_ms))),
            span(Role::Strong, &line.node),
        ],
    );
    page.blank();
    failure::label(page, "what", Role::Strong, line.what.as_str());
    for (i, change) in line.changed.iter().enumerate() {
        failure::label(page, if i == 0 { "changes" } else { "" }, Role::Plain, change.as_str());
    }
    if line.changed.is_empty() {
        failure::label(page, "changes", Role::Dim, "nothing");
    }
    let cause = match (walk.cause(), line.cause) {
        (Some(cause), _) => {
            format!("event {} at {}, {}: {}", cause.event, instant(cause.at_ms), cause.node, cause.what)
        }
        (None, 0) => "from outside".to_owned(),
        (None, event) => format!("event {event}"),
    };
    failure::label(page, "caused by", Role::Plain, cause);
    let effects: Vec<String> = walk.effects().take(EFFECTS_MAX).map(|event| event.to_string()).collect();
    if !effects.is_empty() {
        let more = if walk.effects().nth(EFFECTS_MAX).is_some() { " and others" } else { "" };
        failure::label(page, "leads to", Role::Dim, format!("event {}{more}", effects.join(", ")));
    }
    if let Some(fault) = &line.fault {
        failure::label(page, "fault", Role::Warn, fault.as_str());
    }
    if let Some(broken) = walk.broken_here() {
        failure::label(page, "broken here", Role::Bad, broken);
    }
    page.blank();
}

/// The steps around the one at hand, as many as there is room for.
fn neighbours(page: &mut Page<'_>, walk: &Walk<'_>, room: usize) {
    let (all, at) = (walk.lines(), walk.at());
    let first = at.saturating_sub(room / 2).min(all.len().saturating_sub(room));
    let shown = &all[first..(first + room).min(all.len())];
    let widest = |text: fn(&TraceLine) -> String| shown.iter().map(|l| page.width(&text(l))).max().unwrap_or(0);
    let (event, time, node) =
        (widest(|line| number(line.event)), widest(|line| instant(line.at_ms)), widest(|line| line.node.clone()));
    for (i, line) in shown.iter().enumerate() {
        let here = first + i == at;
        let (mark, role) = match (here, &line.fault) {
            (true, _) => (">", Role::Strong),
            (false, Some(_)) => ("!", Role::Warn),
            (false, None) => (" ", Role::Dim),
        };
        let text = format!(
            "{mark} {:>event$}  {:>time$}  {:<node$}  {}",
            number(line.event),
            instant(line.at_ms),
            line.node,
            line.what
        );
        let text = clipped(page, &text);
        page.line(0, &[span(role, text)]);
    }
}

/// As much of a text as one line holds.
fn clipped(page: &Page<'_>, text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if page.width(&kept) > page.style().width {
            kept.pop();
            break;
        }
    }
    kept
}

fn foot(page: &mut Page<'_>, walk: &Walk<'_>) {
    match walk.typing() {
        Some(text) => page.line(0, &[span(Role::Strong, format!("search: {text}_"))]),
        None => page.line(0, &[span(Role::Warn, walk.message())]),
    }
    let keys: Vec<Span> =
        HELP.iter().flat_map(|(key, what)| [span(Role::Strong, format!("[{key}]")), span(Role::Dim, *what)]).collect();
    page.hanging(0, &Span::default(), 0, &keys);
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::model::{ReplayReport, ReplayStatus};
    use crate::sample;
    use crate::walk::Key;

    const STYLE: Style = Style { width: 80, ..Style::plain() };

    fn report() -> ReplayReport {
        ReplayReport { trace: sample::trace(), events: 120, ..sample::replay(ReplayStatus::StillFails) }
    }

    fn screen(report: &ReplayReport, keys: &str, style: &Style, height: usize) -> String {
        let mut walk = Walk::new(report).unwrap();
        for key in keys.chars() {
            walk.press(Key::Char(key));
        }
        step(&walk, style, height)
    }

    #[test]
    fn a_step_says_what_changed_and_what_caused_it() {
        let report = report();
        for (keys, parts) in [
            ("", &["event 1 of 120  ", "changes          order-1: acknowledged", "from outside", "event 2"][..]),
            (
                "n",
                &[
                    "event 2 of 120  +00:00:00.040  oms/relay",
                    "event 1 at +00:00:00.000, oms/api: create order-1",
                    "nothing",
                ],
            ),
            ("nn", &["after event 2 of 120", "is down when"]),
            ("f", &["fault            crash before marking the row", "event 118", "> 117"]),
            ("G", &["broken here      billing: ", "order-1: acknowledged -> inProgress"]),
            ("/rel", &["search: rel_"]),
            ("p", &["the run begins here"]),
        ] {
            let text = screen(&report, keys, &STYLE, 24);
            for part in parts {
                assert!(text.contains(part), "{keys}: {part} in\n{text}");
            }
        }
    }

    #[test]
    fn a_screen_is_as_high_and_as_wide_as_asked() {
        let mut report = report();
        for n in 0..60 {
            report.trace[0].changed.push(format!("thing {n}: {}", "a -> b ".repeat(40)));
        }
        report.trace[1].what = "x".repeat(300);
        for height in [1, 2, 5, 12, 24, 50] {
            for keys in ["", "n", "G"] {
                let text = screen(&report, keys, &STYLE, height);
                assert_eq!(text.lines().count(), height, "{keys}:\n{text}");
            }
        }
        for line in screen(&report, "nn", &STYLE, 24).lines() {
            assert!(line.width() <= STYLE.width, "{line}");
        }
        assert!(screen(&report, "", &STYLE, 24).contains("(more than this screen holds)"));
    }

    #[test]
    fn input_cannot_write_to_the_terminal() {
        let mut report = report();
        let hostile = "\u{1b}[2J\u{1b}]0;title\u{7}\r\nfake\u{202e}";
        let line = &mut report.trace[0];
        line.what.push_str(hostile);
        line.node.push_str(hostile);
        line.changed.push(hostile.to_owned());
        line.fault = Some(hostile.to_owned());
        let text = screen(&report, "/\u{1b}\u{7f}", &STYLE, 24);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text:?}");
        assert_eq!(text.lines().count(), 24);
    }
}
