//! A small scanner of RON text: where every value stands, in bytes. It records places and forms and converts nothing;
//! what the values mean is left to `ron` and `serde`. Syntax mistakes are found here, with better words than a parser's.

use std::ops::Range;

/// Nesting deeper than this is refused, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 96;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Bytes of the value, from its first to after its last character.
    pub(crate) span: Range<usize>,
    /// What kind of value it is.
    pub(crate) form: Form,
}

/// Kinds of values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    /// A number (digits; `inf` and `NaN` are words).
    Number,
    /// A string in quotes.
    Text,
    /// A character in single quotes.
    Character,
    /// A word: `true`, `None`, a variant without payload…
    Word,
    /// Named fields in parentheses, perhaps after a variant's name.
    Group {
        /// Place of the name before the parentheses.
        name: Option<Range<usize>>,
        /// The fields in their order.
        fields: Vec<Field>,
    },
    /// Values without names in parentheses, perhaps after a variant's name.
    Tuple {
        /// Place of the name before the parentheses.
        name: Option<Range<usize>>,
        /// The values in their order.
        items: Vec<Node>,
    },
    /// Values in square brackets.
    List(Vec<Node>),
    /// Keys and values in braces.
    Map(Vec<(Node, Node)>),
}

/// A named field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Place of the name.
    pub(crate) name: Range<usize>,
    /// Its value.
    pub(crate) value: Node,
}

/// Why a text is not RON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SyntaxFault {
    /// Where.
    pub(crate) span: Range<usize>,
    /// What is wrong, as a headline.
    pub(crate) message: String,
    /// What was expected there.
    pub(crate) expected: String,
    /// How to mend it.
    pub(crate) hint: Option<String>,
    /// Another place that explains the mistake, with its label.
    pub(crate) also: Option<(Range<usize>, String)>,
}

/// What a step of scanning yields; faults are boxed to keep the way of success small.
pub(crate) type Scanned<T> = Result<T, Box<SyntaxFault>>;

/// Scans a text that holds one value.
///
/// # Errors
/// The first place at which the text stops being RON.
pub(crate) fn scan(text: &str) -> Scanned<Node> {
    let mut scanner = Scanner { text, at: 0, depth: 0 };
    scanner.skip_attributes()?;
    if scanner.at == text.len() {
        return Err(
            fault(scanner.here(), "there is nothing here", "a scenario").with_hint("the shortest scenario is (name: \"x\")")
        );
    }
    let node = scanner.value()?;
    scanner.skip_blank()?;
    if scanner.at < text.len() {
        let span = scanner.here();
        return Err(fault(span, "something follows the end", "nothing more"));
    }
    Ok(node)
}

fn fault(span: Range<usize>, message: &str, expected: &str) -> Box<SyntaxFault> {
    Box::new(SyntaxFault { span, message: message.to_owned(), expected: expected.to_owned(), hint: None, also: None })
}

impl SyntaxFault {
    fn with_hint(mut self: Box<Self>, hint: &str) -> Box<Self> {
        self.hint = Some(hint.to_owned());
        self
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// A bracket that was opened: where, and what closes it.
struct Opened {
    at: usize,
    close: char,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The character here as a span; empty at the end.
    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) {
        let length = self.rest().find(|c| !accept(c)).unwrap_or(self.rest().len());
        self.at += length;
    }

    fn skip_attributes(&mut self) -> Scanned<()> {
        self.skip_blank()?;
        while self.rest().starts_with("#!") || (self.rest().starts_with('#') && self.at == 0) {
            let start = self.at;
            match self.rest().find(']') {
                Some(end) => self.at += end + 1,
                None => return Err(fault(start..start + 1, "this attribute is never closed", "a closing `]`")),
            }
            self.skip_blank()?;
        }
        Ok(())
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) -> Scanned<()> {
        loop {
            self.take_while(is_blank);
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Scanned<()> {
        let start = self.at;
        let mut open = 0;
        while self.at < self.text.len() {
            if self.rest().starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return Ok(());
                }
            } else {
                self.at += self.peek().map_or(0, char::len_utf8);
            }
        }
        Err(fault(start..start + 2, "this comment is never closed", "a closing `*/`"))
    }

    fn value(&mut self) -> Scanned<Node> {
        self.skip_blank()?;
        let start = self.at;
        let form = match self.peek() {
            Some('(') => self.parentheses(None)?,
            Some('[') => self.list()?,
            Some('{') => self.map()?,
            Some('"') => self.text()?,
            Some('\'') => self.character()?,
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(),
            Some(c) if is_word_start(c) => self.word_or_named()?,
            Some('=') => {
                let hint = "write `field: value`, not `field = value`";
                return Err(fault(self.here(), "`=` does not belong here", "a value").with_hint(hint));
            }
            Some(c) => return Err(fault(self.here(), &format!("`{c}` does not belong here"), "a value")),
            None => return Err(fault(self.here(), "the text ends where a value should stand", "a value")),
        };
        Ok(Node { span: start..self.at, form })
    }

    fn number(&mut self) -> Form {
        self.at += 1;
        loop {
            self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            let before = self.text[..self.at].chars().next_back();
            let exponent = matches!(before, Some('e' | 'E')) && matches!(self.peek(), Some('+' | '-'));
            if !exponent {
                return Form::Number;
            }
            self.at += 1;
        }
    }

    fn text(&mut self) -> Scanned<Form> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Ok(Form::Text),
                _ => {}
            }
        }
        let first_line = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        Err(fault(start..first_line.max(start + 1), "this text is never closed", "a closing `\"`"))
    }

    fn character(&mut self) -> Scanned<Form> {
        let start = self.at;
        let rest = &self.rest()[1..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let skip = if line.starts_with('\\') { 2 } else { 0 };
        let close = line.char_indices().find(|(offset, c)| *offset >= skip && *c == '\'').map(|(offset, _)| offset);
        let Some(close) = close else {
            let hint = "texts stand in double quotes: \"…\"";
            return Err(fault(start..start + 1, "`'` does not belong here", "a value").with_hint(hint));
        };
        self.at += close + 2;
        Ok(Form::Character)
    }

    /// A raw or byte string, a bare word, or a word followed by parentheses.
    fn word_or_named(&mut self) -> Scanned<Form> {
        if let Some(form) = self.prefixed_text()? {
            return Ok(form);
        }
        let name = self.name();
        let after = self.at;
        self.skip_blank()?;
        if self.peek() == Some('(') {
            return self.parentheses(Some(name));
        }
        self.at = after;
        Ok(Form::Word)
    }

    fn prefixed_text(&mut self) -> Scanned<Option<Form>> {
        let start = self.at;
        let rest = self.rest();
        let byte = usize::from(rest.starts_with('b'));
        if rest[byte..].starts_with('r') {
            let hashes = rest[byte + 1..].chars().take_while(|c| *c == '#').count();
            let open = byte + 1 + hashes;
            if rest[open..].starts_with('"') {
                let close = format!("\"{}", "#".repeat(hashes));
                let Some(end) = rest[open + 1..].find(&close) else {
                    return Err(fault(start..start + open + 1, "this text is never closed", &format!("a closing `{close}`")));
                };
                self.at += open + 1 + end + close.len();
                return Ok(Some(Form::Text));
            }
        }
        if byte == 1 && rest[1..].starts_with('"') {
            self.at += 1;
            return self.text().map(Some);
        }
        if byte == 1 && rest[1..].starts_with('\'') {
            self.at += 1;
            return self.character().map(Some);
        }
        Ok(None)
    }

    /// The word here, without the `r#` of a raw identifier.
    fn name(&mut self) -> Range<usize> {
        if self.rest().starts_with("r#") {
            self.at += 2;
        }
        let start = self.at;
        self.take_while(is_word_part);
        start..self.at
    }

    fn parentheses(&mut self, name: Option<Range<usize>>) -> Scanned<Form> {
        let opened = self.open(')')?;
        let (mut fields, mut items): (Vec<Field>, Vec<Node>) = (Vec::new(), Vec::new());
        while !self.at_close(&opened)? {
            match self.field_name()? {
                Some(name) => {
                    let value = self.value()?;
                    fields.push(Field { name, value });
                }
                None => items.push(self.value()?),
            }
            if let (Some(item), false) = (items.last(), fields.is_empty()) {
                let message = "a value without a field name among named fields";
                return Err(fault(item.span.clone(), message, "`field: value`"));
            }
            self.separator(&opened)?;
        }
        self.depth -= 1;
        Ok(if items.is_empty() { Form::Group { name, fields } } else { Form::Tuple { name, items } })
    }

    /// The name of a field, if one stands here followed by `:`; else stays put.
    fn field_name(&mut self) -> Scanned<Option<Range<usize>>> {
        let start = self.at;
        if !self.peek().is_some_and(is_word_start) {
            return Ok(None);
        }
        let name = self.name();
        self.skip_blank()?;
        if self.take(':') {
            return Ok(Some(name));
        }
        if self.peek() == Some('=') {
            let hint = "write `field: value`, not `field = value`";
            return Err(fault(self.here(), "`=` does not belong here", "`:` after a field name").with_hint(hint));
        }
        let next_is_value = self.peek().is_some_and(|c| c.is_alphanumeric() || matches!(c, '"' | '[' | '-'));
        if next_is_value && !name.is_empty() {
            let message = format!("a `:` is missing after `{}`", &self.text[name.clone()]);
            return Err(fault(name, &message, "`field: value`"));
        }
        self.at = start;
        Ok(None)
    }

    fn list(&mut self) -> Scanned<Form> {
        let opened = self.open(']')?;
        let mut items = Vec::new();
        while !self.at_close(&opened)? {
            items.push(self.value()?);
            self.separator(&opened)?;
        }
        self.depth -= 1;
        Ok(Form::List(items))
    }

    fn map(&mut self) -> Scanned<Form> {
        let opened = self.open('}')?;
        let mut entries = Vec::new();
        while !self.at_close(&opened)? {
            let key = self.value()?;
            self.skip_blank()?;
            if !self.take(':') {
                return Err(fault(self.here(), "a `:` is missing after the key", "`key: value`"));
            }
            entries.push((key, self.value()?));
            self.separator(&opened)?;
        }
        self.depth -= 1;
        Ok(Form::Map(entries))
    }

    fn open(&mut self, close: char) -> Scanned<Opened> {
        let at = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(fault(self.here(), "nested too deeply", &format!("at most {MAX_DEPTH} levels")));
        }
        self.at += 1;
        Ok(Opened { at, close })
    }

    fn at_close(&mut self, opened: &Opened) -> Scanned<bool> {
        self.skip_blank()?;
        match self.peek() {
            None => Err(self.never_closed(opened)),
            Some(c) if c == opened.close => {
                self.at += 1;
                Ok(true)
            }
            Some(c @ (')' | ']' | '}')) => {
                let message = format!("`{c}` does not match the bracket that was opened");
                let mut wrong = fault(self.here(), &message, &format!("`{}`", opened.close));
                wrong.also = Some((opened.at..opened.at + 1, "opened here".to_owned()));
                Err(wrong)
            }
            Some(_) => Ok(false),
        }
    }

    fn separator(&mut self, opened: &Opened) -> Scanned<()> {
        let end = self.at;
        self.skip_blank()?;
        match self.peek() {
            Some(',') => {
                self.at += 1;
                Ok(())
            }
            Some(')' | ']' | '}') => Ok(()),
            None => Err(self.never_closed(opened)),
            Some(_) => {
                let last = self.text[..end].char_indices().next_back().map_or(end, |(offset, _)| offset);
                Err(fault(last..end, "a comma is missing after this", &format!("`,` or `{}`", opened.close)))
            }
        }
    }

    fn never_closed(&self, opened: &Opened) -> Box<SyntaxFault> {
        let bracket = &self.text[opened.at..opened.at + 1];
        fault(opened.at..opened.at + 1, &format!("this `{bracket}` is never closed"), &format!("a closing `{}`", opened.close))
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0B' | '\x0C' | '\u{85}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_word_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_ron_is_recognised() {
        let text = "#![enable(implicit_some)]\n/* a /* nested */ comment */ (\n  a: -1_000.5e-3, b: \"q\\\"(\", c: Thompson(x: [1, 2,],), // note\n  d: Pooled(3), e: r#\"raw \" text\"#, f: 'x', g: {\"k\": None}, h: (), i: -inf )";
        let node = scan(text).expect("valid RON");
        let Form::Group { fields, .. } = node.form else { panic!("a group") };
        let values: Vec<&str> = fields.iter().map(|field| &text[field.value.span.clone()]).collect();
        let expected = [
            "-1_000.5e-3",
            "\"q\\\"(\"",
            "Thompson(x: [1, 2,],)",
            "Pooled(3)",
            "r#\"raw \" text\"#",
            "'x'",
            "{\"k\": None}",
            "()",
            "-inf",
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn syntax_mistakes_are_named() {
        let cases = [
            ("(a: 1 b: 2)", "a comma is missing after this"),
            ("(a: 1", "this `(` is never closed"),
            ("(a = 1)", "`=` does not belong here"),
            ("(a 1)", "a `:` is missing after `a`"),
            ("(a: [1, 2)", "`)` does not match the bracket that was opened"),
            ("(a: \"x)", "this text is never closed"),
            ("(a: 'x)", "`'` does not belong here"),
            ("(a: 1) b", "something follows the end"),
            ("", "there is nothing here"),
            ("// only a comment", "there is nothing here"),
            ("(a: )", "`)` does not belong here"),
            ("(/* a: 1)", "this comment is never closed"),
        ];
        for (text, message) in cases {
            assert_eq!(scan(text).expect_err(text).message, message, "{text}");
        }
        assert_eq!(scan(&"[".repeat(10_000)).expect_err("deep").message, "nested too deeply");
    }
}
