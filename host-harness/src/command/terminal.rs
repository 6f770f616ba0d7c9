//! The way to the terminal, for everything that a command says.
//!
//! Much of it was written by others: in events, in GHL, in configurations, in the names of files. Nothing is printed
//! but through here, and here every line is made fit to be shown ([`text`]), whatever went into it: a call of
//! `println!` prints one line, and what would do more than that is shown escaped. Who prints a value need not think of
//! it. The looks of a line are marks that only this process knows ([`Style`]), so that no text can bring its own.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use host_harness::text;
use serde::Serialize;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::fmt::{FormatFields, MakeWriter};

/// Begins a mark: a character that no text may hold, and a number that nobody else knows.
static MARK: LazyLock<String> = LazyLock::new(|| format!("\u{fdd0}{:016x}", fastrand::u64(..)));

/// Ends a mark.
const END: char = '\u{fdd1}';

/// How something looks: `{STYLE}` begins it, `{STYLE:#}` ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style(anstyle::Style);

impl Style {
    pub(super) const fn new(style: anstyle::Style) -> Self {
        Self(style)
    }
}

impl Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = MARK.as_str();
        match f.alternate() {
            true => write!(f, "{mark}{}{END}", self.0.render_reset()),
            false => write!(f, "{mark}{}{END}", self.0.render()),
        }
    }
}

/// Prints one line on standard output.
macro_rules! print_line {
    () => { $crate::command::terminal::on_output(::std::format_args!("")) };
    ($($words:tt)*) => { $crate::command::terminal::on_output(::std::format_args!($($words)*)) };
}
/// Prints one line on standard error.
macro_rules! print_error_line {
    ($($words:tt)*) => { $crate::command::terminal::on_error(::std::format_args!($($words)*)) };
}
pub(super) use {print_error_line as eprintln, print_line as println};

pub(super) fn on_output(words: fmt::Arguments<'_>) {
    write_output(&shown(&words.to_string()));
    write_output("\n");
}

pub(super) fn on_error(words: fmt::Arguments<'_>) {
    write_error(&(shown(&words.to_string()) + "\n"));
}

/// Prints a text of many lines on standard output: a file, or a part of one.
pub(super) fn block(text: &str) {
    write_output(&text::block(text));
}

/// Prints one JSON document on standard output.
pub(super) fn document(value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    let document = serde_json::to_string_pretty(value)?;
    write_output(&(text::json(&document) + "\n"));
    Ok(())
}

/// Prints one JSON document in one line on standard output.
pub(super) fn document_in_a_line(value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    let document = serde_json::to_string(value)?;
    write_output(&(text::json(&document) + "\n"));
    Ok(())
}

/// Prints on standard output what a library has drawn of texts that can be shown: with its colours, and its lines.
pub(super) fn drawing(text: &str) {
    write_output(&(drawn(text) + "\n"));
}

/// The same on standard error.
pub(super) fn drawing_on_error(text: &str) {
    write_error(&drawn(text));
}

/// A line as it is shown.
fn shown(line: &str) -> String {
    let mut parts = line.split(MARK.as_str());
    let mut out = text::line(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let (style, rest) = part.split_once(END).unwrap_or(("", part));
        out.push_str(style);
        out.push_str(&text::line(rest));
    }
    out
}

/// A drawing as it is shown: of sequences for the terminal, colours alone.
fn drawn(drawing: &str) -> String {
    let mut parts = drawing.split("\u{1b}[");
    let mut out = text::block(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let is_part_of_style = |letter: char| letter.is_ascii_digit() || letter == ';';
        let rest = part.trim_start_matches(is_part_of_style);
        match rest.strip_prefix('m') {
            Some(rest) => {
                out.push_str("\u{1b}[");
                out.push_str(part.strip_suffix(rest).unwrap_or_default());
                out.push_str(&text::block(rest));
            }
            None => out.push_str(&text::block(&format!("\u{1b}[{part}"))),
        }
    }
    out
}

#[expect(clippy::disallowed_macros, reason = "everything that is printed comes through here")]
fn write_output(text: &str) {
    anstream::print!("{text}");
}

#[expect(clippy::disallowed_macros, reason = "everything that is printed comes through here")]
fn write_error(text: &str) {
    anstream::eprint!("{text}");
}

/// The way of the log: each event is one line, whatever was written into it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Log {
    /// Text, with colours where standard error is a terminal.
    Text { colours: bool },
    /// One JSON document in each line.
    Json,
}

impl Log {
    /// Text, with colours where they can be seen.
    pub(super) fn text() -> Self {
        Self::Text {
            colours: io::stderr().is_terminal(),
        }
    }

    /// Whether it has colours.
    pub(super) fn has_colours(self) -> bool {
        matches!(self, Self::Text { colours: true })
    }

    /// An event as it is shown.
    fn line(self, event: &str) -> String {
        let event = event.strip_suffix('\n').unwrap_or(event);
        let shown = match self {
            Self::Json => text::json(event).into_owned(),
            Self::Text { colours: false } => text::line(event).into_owned(),
            // The library draws its own. Those of others are escaped by then, by [`fields`].
            Self::Text { colours: true } => drawn(&event.replace('\r', "\\r").replace('\n', "\\n")),
        };
        shown + "\n"
    }
}

/// Writes the message and the fields of an event, and those of spans, made fit to be shown. The library by itself
/// would let the escapes through of what is logged by its `Display`.
pub(super) fn fields() -> impl for<'w> FormatFields<'w> + 'static {
    let name_of = anstyle::Style::new().italic();
    debug_fn(move |writer, field, value| {
        let value = format!("{value:?}");
        let value = text::line(&value);
        match field.name() {
            "message" => write!(writer, "{value}"),
            name if writer.has_ansi_escapes() => write!(writer, "{name_of}{name}{name_of:#}={value}"),
            name => write!(writer, "{name}={value}"),
        }
    })
    .delimited(" ")
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(*self)
    }
}

/// Writes events of the log; each comes in one write.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogLine(Log);

impl Write for LogLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = self.0.line(&String::from_utf8_lossy(event));
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::format::FmtSpan;

    const RED: Style = Style::new(anstyle::AnsiColor::Red.on_default());

    /// Clears the screen, fills the clipboard, colours, breaks lines, turns letters around.
    const HOSTILE: &str = "a\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{1b}[31m\r\nERROR forged\u{202e}\u{2028}\u{7f}b";

    fn is_one_fit_line(text: &str) -> bool {
        text.strip_suffix('\n').is_some_and(text::is_printable)
    }

    #[test]
    fn styles_are_ours_alone() {
        let line = shown(&format!(
            "{RED}{HOSTILE}{RED:#} \u{fdd0}0000000000000000\u{1b}[31m{END}"
        ));
        assert!(line.starts_with("\u{1b}[31ma\\u{1b}[2J"), "{line:?}");
        assert_eq!(line.matches('\u{1b}').count(), 2, "{line:?}");
        assert!(
            text::is_printable(&line.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "")),
            "{line:?}"
        );
    }

    #[test]
    fn a_line_is_fit_to_be_shown_whatever_went_into_it() {
        assert!(text::is_printable(&shown(HOSTILE)), "{:?}", shown(HOSTILE));
        let line = Log::Text { colours: false }.line(&format!("{HOSTILE}\n"));
        assert!(is_one_fit_line(&line), "{line:?}");
    }

    #[test]
    fn drawings_keep_colours_and_lines_and_nothing_else() {
        assert_eq!(
            drawn("\u{1b}[1;31merror\u{1b}[0m\n  \u{1b}[2J\u{1b}]52;x\u{7}\u{1b}["),
            "\u{1b}[1;31merror\u{1b}[0m\n  \\u{1b}[2J\\u{1b}]52;x\\u{7}\\u{1b}["
        );
    }

    /// What a log of this kind says where every part of an event is hostile.
    fn logged(log: Log) -> String {
        #[derive(Clone, Default)]
        struct Kept(Arc<Mutex<Vec<u8>>>, Option<Log>);
        impl Write for Kept {
            fn write(&mut self, event: &[u8]) -> io::Result<usize> {
                let line = self.1.unwrap().line(std::str::from_utf8(event).unwrap());
                self.0.lock().unwrap().extend(line.as_bytes());
                Ok(event.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let kept = Kept(Arc::default(), Some(log));
        let writer = kept.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(log.has_colours())
            .with_writer(move || writer.clone());
        let say = || {
            let span = tracing::info_span!("run", id = HOSTILE, subject = %HOSTILE, late = tracing::field::Empty);
            let _entered = span.enter();
            span.record("late", HOSTILE);
            tracing::error!(why = HOSTILE, error = %HOSTILE, debug = ?HOSTILE, "failed: {HOSTILE}");
        };
        match log {
            Log::Json => tracing::subscriber::with_default(subscriber.json().flatten_event(true).finish(), say),
            Log::Text { .. } => tracing::subscriber::with_default(subscriber.fmt_fields(fields()).finish(), say),
        }
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_event_of_the_log_is_one_fit_line() {
        let log = logged(Log::Text { colours: false });
        let lines: Vec<_> = log.split_inclusive('\n').collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(lines.iter().all(|line| is_one_fit_line(line)), "{log:?}");
    }

    #[test]
    fn a_coloured_log_has_no_colours_but_its_own() {
        let log = logged(Log::Text { colours: true });
        assert_eq!(log.lines().count(), 2, "{log}");
        let mut colours = log.split('\u{1b}').skip(1);
        assert!(
            colours.all(|after| after.starts_with('[') && after.contains('m')),
            "{log:?}"
        );
        // Red is the library's own for an error, and stands for nothing else.
        assert_eq!(log.matches("\u{1b}[31m").count(), 1, "{log:?}");
        let bare = anstream::adapter::strip_str(&log).to_string();
        assert!(bare.lines().all(text::is_printable), "{bare:?}");
    }

    #[test]
    fn a_log_for_programs_is_a_document_in_each_line() {
        let log = logged(Log::Json);
        let lines: Vec<_> = log.split_inclusive('\n').collect();
        assert_eq!(lines.len(), 2, "{log}");
        assert!(lines.iter().all(|line| is_one_fit_line(line)), "{log:?}");
        let event: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(event["why"], HOSTILE);
        assert_eq!(event["message"], format!("failed: {HOSTILE}"));
    }
}
