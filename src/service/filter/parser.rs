//! From the text of a filter to its expression.

use super::FilterError;
use crate::store::Expression;

/// How long a filter may be, in characters.
const LENGTH_LIMIT: usize = 4_000;
/// How deep parentheses may be nested.
const DEPTH_LIMIT: usize = 32;
/// How many conditions there may be.
const TEST_LIMIT: usize = 100;

/// The field that a value which stands alone is looked for in.
const TEXT: &str = "text";

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Minus,
    Operator(Operator),
    /// A field, a value, or one of AND, OR and NOT.
    Word(String),
    /// A value in quotation marks.
    Quoted(String),
}

/// What stands between a field and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

/// A value, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// Makes a condition of a field, an operator and a value; the error says what is wrong, and whether with the operator or
/// with the value.
pub(super) type MakeTest<T> = fn(&str, Operator, &Value) -> Result<T, Problem>;

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    Field,
    Operator(String),
    Value(String),
}

/// Reads a filter; an empty one is `None`. `known` lists the fields there are.
pub(super) fn parse<T>(
    text: &str,
    known: &[&str],
    make: MakeTest<T>,
) -> Result<Option<Expression<T>>, FilterError> {
    let length = text.chars().count();
    if length > LENGTH_LIMIT {
        let problem = format!("the filter has {length} characters; at most {LENGTH_LIMIT} are possible");
        return Err(FilterError { position: LENGTH_LIMIT + 1, problem });
    }
    let tokens = scan(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens, at: 0, end: length + 1, depth: 0, tests: 0, known, make };
    let expression = parser.conjunction()?;
    match parser.peek() {
        None => Ok(Some(expression)),
        Some(Token::Close) => Err(parser.error("this parenthesis was never opened")),
        Some(_) => Err(parser.error("expected AND, OR or the end of the filter")),
    }
}

fn scan(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().enumerate().map(|(at, c)| (at + 1, c)).peekable();
    while let Some((position, c)) = rest.next() {
        let equals_follows = matches!(rest.peek(), Some((_, '=')));
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => {
                // "==" is meant for "=" by many.
                rest.next_if(|(_, c)| *c == '=');
                Token::Operator(Operator::Equal)
            }
            ':' => Token::Operator(Operator::Has),
            '!' if equals_follows => {
                rest.next();
                Token::Operator(Operator::NotEqual)
            }
            '<' | '>' => {
                let wide = rest.next_if(|(_, c)| *c == '=').is_some();
                Token::Operator(match (c, wide) {
                    ('<', false) => Operator::Less,
                    ('<', true) => Operator::LessOrEqual,
                    (_, false) => Operator::Greater,
                    (_, true) => Operator::GreaterOrEqual,
                })
            }
            '-' if matches!(rest.peek(), Some((_, c)) if c.is_alphabetic() || *c == '(') => Token::Minus,
            '"' | '\'' => Token::Quoted(quoted(&mut rest, position, c)?),
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some((_, c)) = rest.next_if(|(_, c)| is_word(*c) || (*c == ':' && is_time(&word))) {
                    word.push(c);
                }
                Token::Word(word)
            }
            c => {
                let problem = format!(
                    "{c:?} has no meaning here; put text into quotation marks, as in quote : \"a, b\""
                );
                return Err(FilterError { position, problem });
            }
        };
        tokens.push((position, token));
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_.-+%/*".contains(c)
}

/// Whether what was read so far begins a date with a time, in which a colon is no operator: 2024-06-19T10.
fn is_time(word: &str) -> bool {
    word.len() >= 13 && word.as_bytes()[0].is_ascii_digit() && word.as_bytes()[10] == b'T'
}

fn quoted(
    rest: &mut impl Iterator<Item = (usize, char)>,
    opened: usize,
    mark: char,
) -> Result<String, FilterError> {
    let mut text = String::new();
    loop {
        match rest.next() {
            None => {
                let problem = format!("this quotation mark is never closed; write {mark} behind the value");
                return Err(FilterError { position: opened, problem });
            }
            Some((_, c)) if c == mark => return Ok(text),
            Some((position, '\\')) => match rest.next() {
                Some((_, c @ ('"' | '\'' | '\\'))) => text.push(c),
                _ => {
                    let problem = "behind a backslash expected a quotation mark or a backslash".to_owned();
                    return Err(FilterError { position, problem });
                }
            },
            Some((position, '\0')) => {
                return Err(FilterError { position, problem: "a NUL character is in no text".to_owned() });
            }
            Some((_, c)) => text.push(c),
        }
    }
}

struct Parser<'a, T> {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
    depth: usize,
    tests: usize,
    known: &'a [&'a str],
    make: MakeTest<T>,
}

impl<T> Parser<'_, T> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(position, _)| *position)
    }

    fn error(&self, problem: impl Into<String>) -> FilterError {
        FilterError { position: self.position(), problem: problem.into() }
    }

    fn word_is(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    fn conjunction(&mut self) -> Result<Expression<T>, FilterError> {
        let mut parts = vec![self.disjunction()?];
        while self.word_is("AND") {
            self.at += 1;
            parts.push(self.disjunction()?);
        }
        Ok(single(parts, Expression::All))
    }

    fn disjunction(&mut self) -> Result<Expression<T>, FilterError> {
        let mut parts = vec![self.negation()?];
        while self.word_is("OR") {
            self.at += 1;
            parts.push(self.negation()?);
        }
        Ok(single(parts, Expression::Any))
    }

    fn negation(&mut self) -> Result<Expression<T>, FilterError> {
        if self.word_is("NOT") || self.peek() == Some(&Token::Minus) {
            self.at += 1;
            return Ok(Expression::Not(Box::new(self.term()?)));
        }
        self.term()
    }

    fn term(&mut self) -> Result<Expression<T>, FilterError> {
        if self.peek() != Some(&Token::Open) {
            return self.restriction();
        }
        let opened = self.position();
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(self.error(format!("parentheses can be nested {DEPTH_LIMIT} deep, no deeper")));
        }
        self.at += 1;
        let expression = self.conjunction()?;
        match self.peek() {
            Some(Token::Close) => {
                self.at += 1;
                self.depth -= 1;
                Ok(expression)
            }
            None => {
                Err(FilterError { position: opened, problem: "this parenthesis is never closed".to_owned() })
            }
            Some(_) => Err(self.error("expected AND, OR or a closing parenthesis")),
        }
    }

    fn count_test(&mut self) -> Result<(), FilterError> {
        self.tests += 1;
        if self.tests > TEST_LIMIT {
            return Err(self.error(format!("there can be {TEST_LIMIT} conditions, no more")));
        }
        Ok(())
    }

    /// A value that stands alone, where there is a text to look for it in. The name of a field that stands alone was meant
    /// to be compared with something.
    fn literal(&self) -> Option<Value> {
        let compared = matches!(self.tokens.get(self.at + 1), Some((_, Token::Operator(_))));
        if compared || !self.known.contains(&TEXT) {
            return None;
        }
        match self.peek()? {
            Token::Quoted(text) => Some(Value { text: text.clone(), quoted: true }),
            Token::Word(word) if !["AND", "OR", "NOT"].contains(&word.as_str()) => {
                let field = self.known.contains(&word.as_str());
                (!field).then(|| Value { text: word.clone(), quoted: false })
            }
            _ => None,
        }
    }

    fn restriction(&mut self) -> Result<Expression<T>, FilterError> {
        let fields = self.known.join(", ");
        let field_at = self.position();
        if let Some(literal) = self.literal() {
            self.count_test()?;
            self.at += 1;
            let test = (self.make)(TEXT, Operator::Has, &literal);
            return test.map(Expression::Test).map_err(|problem| FilterError {
                position: field_at,
                problem: match problem {
                    Problem::Field => format!("there is no field \"{TEXT}\""),
                    Problem::Operator(problem) | Problem::Value(problem) => problem,
                },
            });
        }
        let field = match self.peek() {
            Some(Token::Word(word)) if !["AND", "OR", "NOT"].contains(&word.as_str()) => word.clone(),
            Some(Token::Quoted(_)) => {
                return Err(self.error(format!("expected a field, without quotation marks: one of {fields}")));
            }
            _ => return Err(self.error(format!("expected a field: one of {fields}"))),
        };
        if !self.known.contains(&field.as_str()) {
            return Err(self.error(format!("there is no field \"{field}\"; there are {fields}")));
        }
        self.count_test()?;
        self.at += 1;
        let operator_at = self.position();
        let Some(Token::Operator(operator)) = self.peek().cloned() else {
            return Err(self.error(format!("behind {field} expected one of = != < <= > >= :")));
        };
        self.at += 1;
        let value_at = self.position();
        let value = match self.peek() {
            Some(Token::Word(word)) => Value { text: word.clone(), quoted: false },
            Some(Token::Quoted(text)) => Value { text: text.clone(), quoted: true },
            _ => return Err(self.error("expected a value, such as 12, 2024-06 or \"some text\"")),
        };
        self.at += 1;
        // That two differ is the negation of the condition that they are equal.
        let (asked, negated) = match operator {
            Operator::NotEqual => (Operator::Equal, true),
            operator => (operator, false),
        };
        let test = (self.make)(&field, asked, &value).map_err(|problem| match problem {
            Problem::Field => {
                FilterError { position: field_at, problem: format!("there is no field \"{field}\"") }
            }
            Problem::Operator(problem) => FilterError { position: operator_at, problem },
            Problem::Value(problem) => FilterError { position: value_at, problem },
        })?;
        let test = Expression::Test(test);
        Ok(if negated { Expression::Not(Box::new(test)) } else { test })
    }
}

fn single<T>(mut parts: Vec<Expression<T>>, join: fn(Vec<Expression<T>>) -> Expression<T>) -> Expression<T> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn as_text(field: &str, operator: Operator, value: &Value) -> Result<String, Problem> {
        Ok(format!("{field} {operator:?} {}", value.text))
    }

    fn show(expression: &Expression<String>) -> String {
        let joined = |parts: &[Expression<String>], word| {
            format!("({})", parts.iter().map(show).collect::<Vec<_>>().join(word))
        };
        match expression {
            Expression::All(parts) => joined(parts, " and "),
            Expression::Any(parts) => joined(parts, " or "),
            Expression::Not(part) => format!("not {}", show(part)),
            Expression::Test(test) => test.clone(),
        }
    }

    fn read(text: &str) -> Result<String, String> {
        parse(text, &["a", "b.c"], as_text)
            .map(|expression| expression.map_or_else(String::new, |expression| show(&expression)))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn or_binds_tighter_than_and() {
        assert_eq!(read("a=1 AND a=2 OR a=3"), Ok("(a Equal 1 and (a Equal 2 or a Equal 3))".to_owned()));
        assert_eq!(read("(a=1 AND a=2) OR a=3"), Ok("((a Equal 1 and a Equal 2) or a Equal 3)".to_owned()));
        assert_eq!(read("NOT a=1 AND -b.c:x"), Ok("(not a Equal 1 and not b.c Has x)".to_owned()));
        assert_eq!(read(" "), Ok(String::new()));
    }

    #[test]
    fn values_are_words_or_quoted() {
        assert_eq!(read(r#"a != "x \"y\" \\ (z)""#), Ok(r#"not a Equal x "y" \ (z)"#.to_owned()));
        assert_eq!(read("a >= 2024-06-19T10:30:00Z"), Ok("a GreaterOrEqual 2024-06-19T10:30:00Z".to_owned()));
        assert_eq!(read("a<-1.5"), Ok("a Less -1.5".to_owned()));
        assert_eq!(read("a == 'b c'"), Ok("a Equal b c".to_owned()));
    }

    #[test]
    fn a_value_alone_is_looked_for_in_the_text() {
        let read = |text: &str| {
            parse(text, &["a", "text"], as_text)
                .map(|expression| expression.map_or_else(String::new, |expression| show(&expression)))
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(r#"a=1 AND "x y""#), Ok("(a Equal 1 and text Has x y)".to_owned()));
        assert_eq!(read("x OR -y"), Ok("(text Has x or not text Has y)".to_owned()));
        assert!(read("a").expect_err("a field alone").contains("behind a expected"));
        assert!(read("x y").expect_err("two values").contains("expected AND"));
        assert!(read("b = 1").expect_err("no field").contains("there is no field"));
        assert!(read("AND").is_err());
    }

    #[test]
    fn an_error_tells_the_place_and_what_was_expected() {
        let error = |text: &str| read(text).expect_err(text);
        assert_eq!(error("x = 1"), "at character 1: there is no field \"x\"; there are a, b.c");
        assert_eq!(error("a = 1 b.c = 2"), "at character 7: expected AND, OR or the end of the filter");
        assert_eq!(error("a"), "at character 2: behind a expected one of = != < <= > >= :");
        assert_eq!(error("a = "), "at character 5: expected a value, such as 12, 2024-06 or \"some text\"");
        assert_eq!(error("(a = 1"), "at character 1: this parenthesis is never closed");
        assert_eq!(error("a = 1)"), "at character 6: this parenthesis was never opened");
        assert_eq!(
            error("a = \"ä"),
            "at character 5: this quotation mark is never closed; write \" behind the value"
        );
        assert!(error(&"(".repeat(40)).contains("32 deep"));
        assert!(error(&vec!["a=1"; 101].join(" AND ")).contains("100 conditions"));
        assert!(error(&"a".repeat(5000)).contains("4000"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn no_sequence_of_its_words_makes_it_panic(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "b.c", "=", "!=", "!", "<", ">=", ":", "(", ")", "AND", "OR", "NOT", "-", "1", "\"", "'",
                    "\\", "2024-06-19T10:00", " ", "é",
                ]),
                0..30,
            ),
        ) {
            for text in [words.join(" "), words.concat()] {
                match parse(&text, &["a", "b.c", "text"], as_text) {
                    Ok(Some(expression)) => {
                        // Parentheses around it say the same, and NOT before them the opposite.
                        let again = |text: String| parse(&text, &["a", "b.c", "text"], as_text);
                        prop_assert_eq!(again(format!("({text})")), Ok(Some(expression.clone())));
                        let denied = Expression::Not(Box::new(expression));
                        prop_assert_eq!(again(format!("NOT ({text})")), Ok(Some(denied)));
                    }
                    Ok(None) => prop_assert!(text.trim().is_empty()),
                    Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.position), "{}", error),
                }
            }
        }
    }
}
