//! Reads expressions.

use serde_json::Value;

use super::token::{Placed, Token, tokens};
use super::tree::Operator;
use super::{Expression, ExpressionError, FILTERS, FilterCall, Path, PathStep};
use crate::document::nearest;

/// The longest expression, in bytes.
const LONGEST: usize = 2_000;

/// How deep brackets and operators may stand in each other.
const DEEPEST: u32 = 40;

/// Words that are no names.
const KEYWORDS: [&str; 11] = [
    "or", "and", "not", "in", "is", "if", "else", "true", "false", "none", "defined",
];

/// The expression that a text is.
///
/// # Errors
/// What cannot be read, and where.
pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let mut parser = Parser::new(text)?;
    let expression = parser.expression()?;
    parser.end()?;
    Ok(expression)
}

/// The filters that a text names, with `|` between: `trim | lower`.
///
/// # Errors
/// What cannot be read, and where.
pub fn parse_filters(text: &str) -> Result<Vec<FilterCall>, ExpressionError> {
    let mut parser = Parser::new(text)?;
    let mut filters = vec![parser.filter()?];
    while parser.takes_sign("|") {
        filters.push(parser.filter()?);
    }
    parser.end()?;
    Ok(filters)
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    length: usize,
    depth: u32,
}

impl Parser {
    fn new(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            return Err(ExpressionError {
                span: (0, text.len()),
                message: format!("has {} bytes, more than the {LONGEST} that it may have", text.len()),
            });
        }
        Ok(Self {
            tokens: tokens(text)?,
            next: 0,
            length: text.len(),
            depth: 0,
        })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Where the next word stands.
    fn span(&self) -> (usize, usize) {
        let end = (self.length, self.length);
        self.tokens.get(self.next).map_or(end, |(_, span)| *span)
    }

    /// Where the word before stands.
    fn span_before(&self) -> (usize, usize) {
        let before = self.next.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.map_or((0, 0), |(_, span)| *span)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.next += usize::from(there);
        there
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Name(next)) if next == word);
        self.next += usize::from(there);
        there
    }

    /// Whether these two words follow.
    fn takes_words(&mut self, first: &str, second: &str) -> bool {
        let start = self.next;
        if self.takes_word(first) && self.takes_word(second) {
            return true;
        }
        self.next = start;
        false
    }

    fn needs_sign(&mut self, sign: &str) -> Result<(), ExpressionError> {
        match self.takes_sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{sign}`"))),
        }
    }

    fn unexpected(&self, wanted: &str) -> ExpressionError {
        let message = match self.peek() {
            Some(Token::Sign("=")) => "one `=` assigns, and nothing can be assigned here; `==` compares".to_owned(),
            Some(Token::Sign(found)) => format!("`{found}` stands where {wanted} is expected"),
            Some(Token::Name(found) | Token::Number(found)) => {
                format!("`{found}` stands where {wanted} is expected")
            }
            Some(Token::Text(_)) => format!("a text stands where {wanted} is expected"),
            None => format!("{wanted} is missing at the end"),
        };
        ExpressionError {
            span: self.span(),
            message,
        }
    }

    fn end(&self) -> Result<(), ExpressionError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("an operator, or the end,")),
        }
    }

    /// Goes one deeper, but not too deep.
    fn deeper(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Expression, ExpressionError>,
    ) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ExpressionError {
                span: self.span(),
                message: format!("more than {DEEPEST} things stand in each other here"),
            });
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        self.deeper(|parser| {
            let value = parser.binary(0)?;
            if !parser.takes_word("if") {
                return Ok(value);
            }
            let condition = parser.binary(0)?;
            let other = match parser.takes_word("else") {
                true => parser.expression()?,
                false => Expression::Literal(Value::Null),
            };
            Ok(Expression::Choice(Box::new([value, condition, other])))
        })
    }

    /// Operators that bind at least as tightly as `tightness`.
    fn binary(&mut self, tightness: u8) -> Result<Expression, ExpressionError> {
        let mut left = match tightness {
            2 if self.takes_word("not") => {
                let of = self.deeper(|parser| parser.binary(2))?;
                Expression::Not(Box::new(of))
            }
            0..=6 => self.binary(tightness + 1)?,
            _ => return self.unary(),
        };
        let mut chained = 0;
        while let Some((operator, span)) = self.operator(tightness) {
            // A long chain is as deep a tree as brackets are.
            chained += 1;
            if chained > 10 * DEEPEST {
                return Err(ExpressionError {
                    span,
                    message: "too many operators stand in a row".to_owned(),
                });
            }
            let right = self.binary(tightness + 1)?;
            left = Expression::Binary(operator, Box::new([left, right]), span);
        }
        if tightness == 3 {
            return Ok(self.defined(left));
        }
        Ok(left)
    }

    fn defined(&mut self, of: Expression) -> Expression {
        let start = self.next;
        if self.takes_word("is") {
            let negative = self.takes_word("not");
            if self.takes_word("defined") {
                return Expression::Defined(Box::new(of), !negative);
            }
        }
        self.next = start;
        of
    }

    /// The next operator, if it binds just so tightly.
    fn operator(&mut self, tightness: u8) -> Option<(Operator, (usize, usize))> {
        let span = self.span();
        let operators: &[(&str, Operator)] = match tightness {
            0 => &[("or", Operator::Or)],
            1 => &[("and", Operator::And)],
            3 => &[
                ("==", Operator::Equal),
                ("!=", Operator::Unequal),
                ("<=", Operator::LessOrEqual),
                (">=", Operator::GreaterOrEqual),
                ("<", Operator::Less),
                (">", Operator::Greater),
                ("in", Operator::In),
            ],
            4 => &[("~", Operator::Join)],
            5 => &[("+", Operator::Add), ("-", Operator::Subtract)],
            6 => &[
                ("*", Operator::Multiply),
                ("/", Operator::Divide),
                ("%", Operator::Remainder),
            ],
            _ => &[],
        };
        for (sign, operator) in operators {
            if self.takes_sign(sign) || self.takes_word(sign) {
                return Some((*operator, span));
            }
        }
        (tightness == 3 && self.takes_words("not", "in")).then_some((Operator::NotIn, span))
    }

    fn unary(&mut self) -> Result<Expression, ExpressionError> {
        let span = self.span();
        if self.takes_sign("-") {
            let of = self.deeper(Self::unary)?;
            return Ok(Expression::Negative(Box::new(of), span));
        }
        let mut value = self.primary()?;
        while self.takes_sign("|") {
            let call = self.filter()?;
            value = Expression::Filtered(Box::new(value), call);
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Expression, ExpressionError> {
        let wanted = "a value";
        let Some((token, span)) = self.tokens.get(self.next).cloned() else {
            return Err(self.unexpected(wanted));
        };
        self.next += 1;
        let value = match token {
            Token::Text(text) => text.into(),
            Token::Number(number) => serde_json::from_str(&number).map_err(|_| ExpressionError {
                span,
                message: format!("`{number}` is no number"),
            })?,
            Token::Name(name) => match name.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                "none" => Value::Null,
                word if KEYWORDS.contains(&word) => {
                    self.next -= 1;
                    return Err(self.unexpected(wanted));
                }
                _ => return self.path(name, span),
            },
            Token::Sign("(") => {
                let inner = self.expression()?;
                self.needs_sign(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => return Ok(Expression::List(self.until("]")?)),
            Token::Sign(_) => {
                self.next -= 1;
                return Err(self.unexpected(wanted));
            }
        };
        Ok(Expression::Literal(value))
    }

    fn path(&mut self, root: String, start: (usize, usize)) -> Result<Expression, ExpressionError> {
        let mut steps = Vec::new();
        loop {
            if self.takes_sign(".") {
                let Some(Token::Name(name)) = self.peek().cloned() else {
                    return Err(self.unexpected("the name of a field"));
                };
                self.next += 1;
                steps.push(PathStep::Name(name));
            } else if self.takes_sign("[") {
                let index = self.expression()?;
                self.needs_sign("]")?;
                steps.push(match index {
                    Expression::Literal(Value::String(name)) => PathStep::Name(name),
                    index => PathStep::Index(index),
                });
            } else {
                break;
            }
        }
        if matches!(self.peek(), Some(Token::Sign("("))) {
            return Err(ExpressionError {
                span: start,
                message: format!("`{root}` is no function; there are none, but filters: `value|{root}`"),
            });
        }
        let span = (start.0, self.span_before().1);
        Ok(Expression::Path(Path { root, steps, span }))
    }

    /// Values with commas between, up to a closing bracket.
    fn until(&mut self, close: &str) -> Result<Vec<Expression>, ExpressionError> {
        let mut values = Vec::new();
        while !self.takes_sign(close) {
            if !values.is_empty() {
                self.needs_sign(",")?;
            }
            values.push(self.expression()?);
        }
        Ok(values)
    }

    fn filter(&mut self) -> Result<FilterCall, ExpressionError> {
        let (start, wanted) = (self.span(), "the name of a filter");
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(self.unexpected(wanted));
        };
        self.next += 1;
        let Some(filter) = FILTERS.iter().find(|filter| filter.name == name) else {
            let names = || FILTERS.iter().map(|filter| filter.name);
            let hint = match nearest(&name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: `{}`", names().collect::<Vec<_>>().join("`, `")),
            };
            return Err(ExpressionError {
                span: start,
                message: format!("`{name}` is no filter; {hint}"),
            });
        };
        let arguments = match self.takes_sign("(") {
            true => self.until(")")?,
            false => Vec::new(),
        };
        let span = (start.0, self.span_before().1);
        let (least, most) = filter.arguments;
        if !(least..=most).contains(&arguments.len()) {
            let takes = match (least, most) {
                (0, 0) => "nothing in brackets".to_owned(),
                (least, most) if least == most => format!("{least} in brackets"),
                (least, most) => format!("{least} to {most} in brackets"),
            };
            return Err(ExpressionError {
                span,
                message: format!("the filter `{name}` takes {takes}, like `{}`", filter.example),
            });
        }
        if let (Some(check), Some(Expression::Literal(Value::String(text)))) = (filter.check, arguments.first()) {
            check(text).map_err(|message| ExpressionError {
                span,
                message: format!("`{name}`: {message}"),
            })?;
        }
        Ok(FilterCall {
            filter,
            arguments,
            span,
        })
    }
}
