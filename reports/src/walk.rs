//! A run to be walked through, forwards and back: where one stands, and where a key leads. It knows no terminal; what it
//! looks like is [`formats::terminal::step`](crate::formats::terminal::step).

use std::collections::BTreeMap;

use crate::model::{Mark, ReplayReport, TraceLine};

/// How far a page leads.
const PAGE: usize = 10;

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// One that writes.
    Char(char),
    /// Return.
    Enter,
    /// Delete to the left.
    Backspace,
    /// Escape.
    Escape,
    /// Arrow to the left or up.
    Back,
    /// Arrow to the right or down.
    On,
    /// A page up.
    PageBack,
    /// A page down.
    PageOn,
    /// To the beginning.
    Home,
    /// To the end.
    End,
}

/// What the keys do, for a line of help.
pub const HELP: [(&str, &str); 10] = [
    ("n/p", "next, previous"),
    ("f/F", "fault"),
    ("t/T", "same thing"),
    ("c", "cause"),
    ("v", "violation"),
    ("g/G", "first, last"),
    ("/", "search"),
    ("m/M", "match"),
    ("PgUp/PgDn", "10 steps"),
    ("q", "quit"),
];

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    On,
    Back,
}

/// A walk through the lines of a trace.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    report: &'a ReplayReport,
    places: BTreeMap<u64, usize>,
    violation: Option<String>,
    at: usize,
    typing: Option<String>,
    sought: String,
    message: String,
}

impl<'a> Walk<'a> {
    /// A walk that begins at the first line of the report's trace; none if it has no trace.
    #[must_use]
    pub fn new(report: &'a ReplayReport) -> Option<Self> {
        let lines = &report.trace;
        if lines.is_empty() {
            return None;
        }
        let places = lines.iter().enumerate().filter(|(_, line)| line.event != 0).map(|(i, line)| (line.event, i));
        let broken = report.story.iter().find(|line| line.mark == Mark::Violation);
        Some(Self {
            report,
            places: places.collect(),
            violation: broken.map(|line| format!("{}: {}", line.who, line.text)),
            at: 0,
            typing: None,
            sought: String::new(),
            message: String::new(),
        })
    }

    /// Goes to an event by its number; false if there is none of that number.
    pub fn go_to_event(&mut self, event: u64) -> bool {
        let place = self.place_of(event);
        self.at = place.unwrap_or(self.at);
        place.is_some()
    }

    /// Does what a key asks for; false if it asks to end the walk.
    pub fn press(&mut self, key: Key) -> bool {
        self.message.clear();
        if let Some(text) = self.typing.take() {
            self.type_on(text, key);
            return true;
        }
        match key {
            Key::Char('q') | Key::Escape => return false,
            Key::Char('n' | ' ') | Key::Enter | Key::On => self.by(To::On, 1),
            Key::Char('p') | Key::Backspace | Key::Back => self.by(To::Back, 1),
            Key::PageOn => self.by(To::On, PAGE),
            Key::PageBack => self.by(To::Back, PAGE),
            Key::Char('g') | Key::Home => self.at = 0,
            Key::Char('G') | Key::End => self.at = self.last(),
            Key::Char('f') => self.seek(To::On, "fault", |line| line.fault.is_some()),
            Key::Char('F') => self.seek(To::Back, "fault", |line| line.fault.is_some()),
            Key::Char('t') => self.same_thing(To::On),
            Key::Char('T') => self.same_thing(To::Back),
            Key::Char('c') => self.go_to_cause(),
            Key::Char('v') => self.go_to_violation(),
            Key::Char('/') => self.typing = Some(String::new()),
            Key::Char('m') => self.go_to_match(To::On),
            Key::Char('M') => self.go_to_match(To::Back),
            Key::Char(_) => "no such key".clone_into(&mut self.message),
        }
        true
    }

    /// The report that is walked through.
    #[must_use]
    pub fn report(&self) -> &'a ReplayReport {
        self.report
    }

    /// All lines.
    #[must_use]
    pub fn lines(&self) -> &'a [TraceLine] {
        &self.report.trace
    }

    /// The index of the line that one stands at.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The line that one stands at.
    #[must_use]
    pub fn line(&self) -> &'a TraceLine {
        &self.lines()[self.at]
    }

    /// The number of the last event before the line that one stands at.
    #[must_use]
    pub fn event_before(&self) -> Option<u64> {
        self.lines()[..self.at].iter().rev().map(|line| line.event).find(|event| *event != 0)
    }

    /// The event that caused the one at hand, if it is in the trace.
    #[must_use]
    pub fn cause(&self) -> Option<&'a TraceLine> {
        self.place_of(self.line().cause).map(|i| &self.lines()[i])
    }

    /// The numbers of the events that the one at hand caused.
    pub fn effects(&self) -> impl Iterator<Item = u64> {
        let event = self.line().event;
        self.lines().iter().filter(move |line| event != 0 && line.cause == event).map(|line| line.event)
    }

    /// The broken property, if it is here that it breaks: at the last event of a failing run.
    #[must_use]
    pub fn broken_here(&self) -> Option<&str> {
        self.violation.as_deref().filter(|_| self.at == self.last())
    }

    /// The text of a search that is being typed.
    #[must_use]
    pub fn typing(&self) -> Option<&str> {
        self.typing.as_deref()
    }

    /// What to tell about the last key; often nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    fn place_of(&self, event: u64) -> Option<usize> {
        self.places.get(&event).copied()
    }

    fn last(&self) -> usize {
        self.lines().len() - 1
    }

    fn by(&mut self, to: To, steps: usize) {
        let before = self.at;
        match to {
            To::On => self.at = (self.at + steps).min(self.last()),
            To::Back => self.at = self.at.saturating_sub(steps),
        }
        if self.at == before {
            let end = if to == To::On { "the run ends here" } else { "the run begins here" };
            end.clone_into(&mut self.message);
        }
    }

    /// Goes to the nearest line of a kind in one direction, or says that there is none.
    fn seek(&mut self, to: To, what: &str, wanted: impl Fn(&TraceLine) -> bool) {
        let lines = self.lines();
        let found = match to {
            To::On => (self.at + 1..lines.len()).find(|&i| wanted(&lines[i])),
            To::Back => (0..self.at).rev().find(|&i| wanted(&lines[i])),
        };
        match found {
            Some(i) => self.at = i,
            None if to == To::On => self.message = format!("no {what} after this step"),
            None => self.message = format!("no {what} before this step"),
        }
    }

    fn same_thing(&mut self, to: To) {
        let here: Vec<&String> = self.line().things.iter().filter(|thing| !thing.is_empty()).collect();
        if here.is_empty() {
            "this step changes nothing".clone_into(&mut self.message);
            return;
        }
        self.seek(to, "change of the same thing", |line| line.things.iter().any(|thing| here.contains(&thing)));
    }

    fn go_to_cause(&mut self) {
        match self.place_of(self.line().cause) {
            Some(i) => self.at = i,
            None => "this step comes from outside".clone_into(&mut self.message),
        }
    }

    fn go_to_violation(&mut self) {
        match self.violation {
            Some(_) => self.at = self.last(),
            None => "nothing breaks in this run".clone_into(&mut self.message),
        }
    }

    fn type_on(&mut self, mut text: String, key: Key) {
        match key {
            Key::Escape => return,
            Key::Enter => {
                if !text.is_empty() {
                    self.sought = text.to_lowercase();
                }
                self.go_to_match(To::On);
                return;
            }
            Key::Backspace if text.is_empty() => return,
            Key::Backspace => drop(text.pop()),
            Key::Char(c) => text.push(c),
            _ => {}
        }
        self.typing = Some(text);
    }

    fn go_to_match(&mut self, to: To) {
        if self.sought.is_empty() {
            "nothing was searched for yet: / begins a search".clone_into(&mut self.message);
            return;
        }
        let sought = std::mem::take(&mut self.sought);
        self.seek(to, &format!("match of {sought:?}"), |line| holds(line, &sought));
        self.sought = sought;
    }
}

/// Whether a line has a text anywhere; `text` is in lower case.
fn holds(line: &TraceLine, text: &str) -> bool {
    let words = [&line.node, &line.what].into_iter().chain(&line.changed).chain(&line.fault);
    words.chain(&line.things).any(|words| words.to_lowercase().contains(text)) || line.event.to_string() == text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReplayStatus;
    use crate::sample;

    fn report(status: ReplayStatus) -> ReplayReport {
        ReplayReport { trace: sample::trace(), ..sample::replay(status) }
    }

    /// Types a text, `<` and `>` being the arrows, `~` the return key, `^` escape and `%` the way back.
    fn walk<'a>(report: &'a ReplayReport, keys: &str) -> Walk<'a> {
        let mut walk = Walk::new(report).unwrap();
        for c in keys.chars() {
            let key = match c {
                '<' => Key::Back,
                '>' => Key::On,
                '~' => Key::Enter,
                '^' => Key::Escape,
                '%' => Key::Backspace,
                c => Key::Char(c),
            };
            assert!(walk.press(key), "{keys}");
        }
        walk
    }

    #[test]
    fn keys_lead_where_they_say() {
        let report = report(ReplayStatus::StillFails);
        let last = report.trace.len() - 1;
        for (keys, at, message) in [
            ("", 0, ""),
            ("n", 1, ""),
            (">~ p", 2, ""),
            ("<", 0, "the run begins here"),
            ("G", last, ""),
            ("Gn", last, "the run ends here"),
            ("Gg", 0, ""),
            ("v", last, ""),
            ("f", 3, ""),
            ("ff", 3, "no fault after this step"),
            ("GF", 3, ""),
            ("F", 0, "no fault before this step"),
            ("t", 4, ""),
            ("tT", 0, ""),
            ("tt", 4, "no change of the same thing after this step"),
            ("nt", 1, "this step changes nothing"),
            ("Gc", 3, ""),
            ("c", 0, "this step comes from outside"),
            ("/RELAY~", 1, ""),
            ("/relay~m", 3, ""),
            ("/relay~mM", 1, ""),
            ("/relay~m/~", 3, "no match of \"relay\" after this step"),
            ("/117~", 3, ""),
            ("/nowhere~", 0, "no match of \"nowhere\" after this step"),
            ("/relay^n", 1, ""),
            ("/x%%n", 1, ""),
            ("m", 0, "nothing was searched for yet: / begins a search"),
            ("x", 0, "no such key"),
            ("xn", 1, ""),
        ] {
            let walk = walk(&report, keys);
            assert_eq!((walk.at(), walk.message()), (at, message), "{keys}");
        }
    }

    #[test]
    fn pages_stop_at_the_ends() {
        let long = ReplayReport {
            trace: (1..=25).map(|event| TraceLine { event, ..TraceLine::default() }).collect(),
            ..report(ReplayStatus::Fixed)
        };
        let mut walk = Walk::new(&long).unwrap();
        let places: Vec<usize> = [Key::PageOn, Key::PageOn, Key::PageOn, Key::PageBack, Key::End, Key::Home]
            .into_iter()
            .map(|key| {
                walk.press(key);
                walk.at()
            })
            .collect();
        assert_eq!(places, [10, 20, 24, 14, 24, 0]);
    }

    #[test]
    fn the_walk_ends_when_asked() {
        let report = report(ReplayStatus::StillFails);
        for key in [Key::Char('q'), Key::Escape] {
            assert!(!walk(&report, "n").press(key));
            assert!(walk(&report, "/").press(key), "while a search is typed, it is part of that");
        }
    }

    #[test]
    fn causes_and_effects_are_known() {
        let report = report(ReplayStatus::StillFails);
        let walk = walk(&report, "n");
        assert_eq!(walk.cause().map(|line| line.event), Some(1));
        assert_eq!(walk.effects().collect::<Vec<_>>(), [117]);
        let mut walk = walk;
        walk.press(Key::Char('n'));
        assert_eq!((walk.line().event, walk.cause(), walk.effects().count()), (0, None, 0));
    }

    #[test]
    fn the_violation_is_at_the_last_step_of_a_failing_run() {
        let failing = report(ReplayStatus::StillFails);
        assert!(walk(&failing, "v").broken_here().is_some_and(|text| text.starts_with("billing: charges")));
        assert_eq!(walk(&failing, "Gp").broken_here(), None);
        let passing = report(ReplayStatus::Fixed);
        let walk = walk(&passing, "Gv");
        assert_eq!((walk.broken_here(), walk.message()), (None, "nothing breaks in this run"));
    }

    #[test]
    fn a_walk_may_begin_at_an_event() {
        let report = report(ReplayStatus::StillFails);
        let mut walk = Walk::new(&report).unwrap();
        assert!(walk.go_to_event(117) && walk.at() == 3);
        for event in [0, 3, u64::MAX] {
            assert!(!walk.go_to_event(event) && walk.at() == 3, "{event}");
        }
        assert!(Walk::new(&sample::replay(ReplayStatus::Fixed)).is_none());
    }
}
