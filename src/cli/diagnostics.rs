//! How mistakes and failures are shown: place, snippet with a caret, expectation and hint on stderr; readable without colour.

use crate::cli::arguments::ColorChoice;
use crate::cli::failure::Failure;
use crate::scenario::Mistake;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::fmt;
use std::io::{IsTerminal, Write};

/// Columns of a report where the terminal's width is not known.
const WIDTH: usize = 110;

/// Tells a failure on stderr.
pub(super) fn report(failure: &Failure, color: ColorChoice) {
    talk(&told(failure, Style::of_stderr(color)));
}

/// A failure as text without colour or drawn lines.
pub(super) fn plain_text(failure: &Failure) -> String {
    told(failure, Style { color: false, unicode: false })
}

fn told(failure: &Failure, style: Style) -> String {
    match failure {
        Failure::ClosedPipe | Failure::Told => String::new(),
        Failure::Scenario(mistakes) => render_mistakes(mistakes, style),
        Failure::Table(mistake) => render(mistake.as_ref(), style) + "\n",
        Failure::Input { message, hint } | Failure::Run { message, hint } => plain(message, hint.as_deref(), style),
        Failure::Interrupted { hint } => plain("interrupted", Some(hint), style),
    }
}

/// Writes to stderr; nobody is left to be told if that fails.
pub(super) fn talk(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// How reports look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    color: bool,
    unicode: bool,
}

impl Style {
    /// Lines and colours for stderr: drawn on terminals, plain characters elsewhere.
    pub(super) fn of_stderr(color: ColorChoice) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && wanted && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        Self { color, unicode: terminal }
    }
}

/// All mistakes, one report each, and how many there are if more than one.
pub(super) fn render_mistakes(mistakes: &[Mistake], style: Style) -> String {
    let mut text = String::new();
    for mistake in mistakes {
        text.push_str(&render(&Shown::new(mistake), style));
        text.push('\n');
    }
    if mistakes.len() > 1 {
        text.push_str(&format!("{} mistakes\n", mistakes.len()));
    }
    text
}

fn render(mistake: &dyn Diagnostic, style: Style) -> String {
    let mut theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    if !style.unicode {
        // A span of one character would otherwise be marked by a bar alone, without a caret.
        theme.characters.underbar = '^';
    }
    let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false).without_syntax_highlighting();
    let mut text = String::new();
    if handler.render_report(&mut text, mistake).is_err() {
        return format!("{mistake}\n");
    }
    // miette calls it help; everywhere else in this program it is a hint. Same length, so that wrapped lines stay aligned.
    text.replacen("  help: ", "  hint: ", 1)
}

fn plain(message: &str, hint: Option<&str>, style: Style) -> String {
    let (red, cyan, reset) = if style.color { ("\u{1b}[31m", "\u{1b}[36m", "\u{1b}[0m") } else { ("", "", "") };
    let mut text = format!("{red}error:{reset} {message}\n");
    if let Some(hint) = hint {
        text.push_str(&format!("  {cyan}hint:{reset} {hint}\n"));
    }
    text
}

/// A mistake as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    mistake: &'a Mistake,
    source: NamedSource<String>,
}

impl<'a> Shown<'a> {
    fn new(mistake: &'a Mistake) -> Self {
        let source = NamedSource::new(mistake.source.name(), mistake.source.text().to_owned());
        Self { mistake, source }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistake.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.mistake.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let expected = self.mistake.expected.as_ref().map(|expected| format!("expected {expected}"));
        let main = LabeledSpan::new_primary_with_span(expected, self.mistake.span.clone());
        let also = self.mistake.also.as_ref();
        let also = also.map(|(span, label)| LabeledSpan::new_with_span(Some(label.clone()), span.clone()));
        Some(Box::new(std::iter::once(main).chain(also)))
    }
}
