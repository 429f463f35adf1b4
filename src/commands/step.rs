//! The terminal of `sagasim replay --step`: keys in, screens out. Where keys lead and what a screen shows is
//! [`reports::walk`].

use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::Print;
use crossterm::{cursor, execute, queue, terminal};
use reports::formats::terminal as screens;
use reports::walk::{Key, Walk};
use reports::{ReplayReport, Style};
use sagasim::Error;
use sagasim::files::{FileError, words};

use super::Context;

/// How long to wait for a key before looking whether somebody asked to stop.
const PATIENCE: Duration = Duration::from_millis(200);

/// What came in from the keyboard.
enum Input {
    Key(Key),
    /// Nothing to act on: no key, another size, a key without a meaning.
    Nothing,
    Quit,
}

/// Says no where nobody can press a key or see a screen.
///
/// # Errors
///
/// [`Error::Usage`] if standard input or output is no terminal.
pub fn require_terminal() -> Result<(), Error> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::Usage("--step needs a terminal for its input and output; --trace prints every event instead".to_owned()))
}

/// Walks through a run until it is left.
///
/// # Errors
///
/// [`Error::Usage`] for an event that is not there; if the terminal cannot be read or written.
pub fn walk(report: &ReplayReport, from: Option<u64>, cx: &Context<'_>) -> Result<(), Error> {
    let mut walk = Walk::new(report).ok_or_else(|| Error::Usage("nothing happens in this run".to_owned()))?;
    if let Some(event) = from.filter(|&event| !walk.go_to_event(event)) {
        let last = report.trace.iter().map(|line| line.event).max().unwrap_or(0);
        return Err(Error::Usage(format!("there is no event {event}: the last one is {last}")));
    }
    let mut out = cx.out.borrow_mut();
    let mut screen = Screen::open(&mut *out).map_err(|error| failed(&error))?;
    while !cx.session.stopped() {
        screen.draw(&walk, &cx.terminal.style).map_err(|error| failed(&error))?;
        match input().map_err(|error| failed(&error))? {
            Input::Key(key) if !walk.press(key) => break,
            Input::Key(_) | Input::Nothing => {}
            Input::Quit => break,
        }
    }
    Ok(())
}

fn failed(error: &io::Error) -> Error {
    Error::File(FileError::Write { path: "the terminal".into(), why: words(error) })
}

/// The terminal in raw mode, on a screen of its own; as it was before once this is dropped.
struct Screen<'a, W: Write> {
    out: &'a mut W,
}

impl<'a, W: Write> Screen<'a, W> {
    fn open(out: &'a mut W) -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        // From here on, dropping it puts things right.
        let screen = Self { out };
        execute!(screen.out, terminal::EnterAlternateScreen, terminal::DisableLineWrap, cursor::Hide)?;
        Ok(screen)
    }

    fn draw(&mut self, walk: &Walk<'_>, style: &Style) -> io::Result<()> {
        let (columns, rows) = terminal::size()?;
        let style = Style { width: usize::from(columns).max(1), ..*style };
        let text = screens::step(walk, &style, usize::from(rows));
        for (row, line) in text.lines().enumerate() {
            let to = cursor::MoveTo(0, row as u16);
            queue!(self.out, to, Print(line), terminal::Clear(terminal::ClearType::UntilNewLine))?;
        }
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<'_, W> {
    fn drop(&mut self) {
        // A terminal that is gone needs no putting right.
        let _ = execute!(self.out, cursor::Show, terminal::EnableLineWrap, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}

fn input() -> io::Result<Input> {
    if !event::poll(PATIENCE)? {
        return Ok(Input::Nothing);
    }
    Ok(match event::read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => meaning(&key),
        _ => Input::Nothing,
    })
}

fn meaning(key: &KeyEvent) -> Input {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Input::Key(match key.code {
        KeyCode::Char('c' | 'd') if control => return Input::Quit,
        KeyCode::Char(_) if control => return Input::Nothing,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Esc => Key::Escape,
        KeyCode::Left | KeyCode::Up => Key::Back,
        KeyCode::Right | KeyCode::Down => Key::On,
        KeyCode::PageUp => Key::PageBack,
        KeyCode::PageDown => Key::PageOn,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return Input::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_people_expect() {
        let key = |code, modifiers| meaning(&KeyEvent::new(code, modifiers));
        let none = KeyModifiers::NONE;
        assert!(matches!(key(KeyCode::Char('n'), none), Input::Key(Key::Char('n'))));
        assert!(matches!(key(KeyCode::Char('G'), KeyModifiers::SHIFT), Input::Key(Key::Char('G'))));
        assert!(matches!(key(KeyCode::Up, none), Input::Key(Key::Back)));
        assert!(matches!(key(KeyCode::Right, none), Input::Key(Key::On)));
        assert!(matches!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Input::Quit));
        assert!(matches!(key(KeyCode::Char('x'), KeyModifiers::CONTROL), Input::Nothing));
        assert!(matches!(key(KeyCode::F(1), none), Input::Nothing));
    }
}
