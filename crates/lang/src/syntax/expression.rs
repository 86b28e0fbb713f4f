//! Expressions.

use super::ast::{BinaryOp, Call, Conditional, Expr, ExprKind, For, Ident, Key, Step, UnaryOp};
use super::cursor::{Cursor, Parsed, starts_identifier};
use super::template;
use crate::source::At;
use cairn_model::{Number, Value};

/// How many operators one expression may chain.
const MAX_OPERATORS: usize = 1_000;

/// Text that is one expression and nothing else.
pub(super) fn whole(c: &mut Cursor<'_>) -> Parsed<Expr> {
    c.skip(true)?;
    let expr = expression(c, true)?;
    c.skip(true)?;
    if !c.at_end() {
        return c.unexpected("Extra characters after the expression", "an operator or the end");
    }
    Ok(expr)
}

/// An expression. `wide`: line ends mean nothing, as between brackets.
pub(super) fn expression(c: &mut Cursor<'_>, wide: bool) -> Parsed<Expr> {
    c.nested(|c| {
        let condition = binary(c, wide)?;
        let before = c.position;
        c.skip(wide)?;
        if !c.take("?") {
            c.position = before;
            return Ok(condition);
        }
        c.skip(wide)?;
        let then = expression(c, wide)?;
        c.skip(wide)?;
        if !c.take(":") {
            return c.unexpected("Incomplete conditional", "\":\" and the value for the false case");
        }
        c.skip(wide)?;
        let otherwise = expression(c, wide)?;
        let at = condition.at.to(otherwise.at);
        Ok(Expr { kind: ExprKind::Conditional(Box::new(Conditional { condition, then, otherwise })), at })
    })
}

/// The operator that stands here, its length and how tightly it binds.
fn operator(c: &Cursor<'_>) -> Option<(BinaryOp, usize, u8)> {
    let rest = c.rest().as_bytes();
    let second = rest.get(1).copied();
    Some(match rest.first()? {
        b'|' if second == Some(b'|') => (BinaryOp::Or, 2, 1),
        b'&' if second == Some(b'&') => (BinaryOp::And, 2, 2),
        b'=' if second == Some(b'=') => (BinaryOp::Equal, 2, 3),
        b'!' if second == Some(b'=') => (BinaryOp::NotEqual, 2, 3),
        b'<' if second == Some(b'=') => (BinaryOp::LessOrEqual, 2, 4),
        b'>' if second == Some(b'=') => (BinaryOp::GreaterOrEqual, 2, 4),
        b'<' => (BinaryOp::Less, 1, 4),
        b'>' => (BinaryOp::Greater, 1, 4),
        b'+' => (BinaryOp::Add, 1, 5),
        b'-' => (BinaryOp::Subtract, 1, 5),
        b'*' => (BinaryOp::Multiply, 1, 6),
        b'/' => (BinaryOp::Divide, 1, 6),
        b'%' if second != Some(b'{') => (BinaryOp::Modulo, 1, 6),
        _ => return None,
    })
}

/// Operands and operators, by two stacks, so that a long chain needs no deep recursion.
fn binary(c: &mut Cursor<'_>, wide: bool) -> Parsed<Expr> {
    fn fold(operands: &mut Vec<Expr>, op: BinaryOp) {
        if let (Some(right), Some(left)) = (operands.pop(), operands.pop()) {
            let at = left.at.to(right.at);
            operands.push(Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), at });
        }
    }
    let first = unary(c, wide)?;
    let mut operands = vec![first];
    let mut operators: Vec<(BinaryOp, u8)> = Vec::new();
    let mut count = 0;
    loop {
        let before = c.position;
        c.skip(wide)?;
        let Some((op, length, binding)) = operator(c) else {
            c.position = before;
            break;
        };
        count += 1;
        if count > MAX_OPERATORS {
            return c.error("Expression too long", format!("One expression may hold up to {MAX_OPERATORS} operators."), c.here());
        }
        c.position += length;
        while let Some((top, top_binding)) = operators.last().copied() {
            if top_binding < binding {
                break;
            }
            operators.pop();
            fold(&mut operands, top);
        }
        operators.push((op, binding));
        c.skip(wide)?;
        operands.push(unary(c, wide)?);
    }
    while let Some((op, _)) = operators.pop() {
        fold(&mut operands, op);
    }
    match operands.pop() {
        Some(expr) => Ok(expr),
        None => c.unexpected("Invalid expression", "a value"),
    }
}

fn unary(c: &mut Cursor<'_>, wide: bool) -> Parsed<Expr> {
    let start = c.position;
    let op = match c.peek() {
        Some('-') => UnaryOp::Negate,
        Some('!') => UnaryOp::Not,
        _ => {
            let term = term(c)?;
            return traversal(c, wide, term);
        }
    };
    c.advance();
    c.nested(|c| {
        c.skip(wide)?;
        let operand = unary(c, wide)?;
        Ok(Expr { kind: ExprKind::Unary(op, Box::new(operand)), at: c.since(start) })
    })
}

fn term(c: &mut Cursor<'_>) -> Parsed<Expr> {
    let start = c.position;
    let kind = match c.peek() {
        Some('(') => {
            c.advance();
            c.skip(true)?;
            let inner = expression(c, true)?;
            c.skip(true)?;
            if !c.take(")") {
                return c.unexpected("Unbalanced parentheses", "\")\" or an operator");
            }
            ExprKind::Parenthesis(Box::new(inner))
        }
        Some('0'..='9') => ExprKind::Literal(number(c)?),
        Some('"') => return template::quoted(c),
        Some('<') if c.looking_at("<<") => return template::heredoc(c),
        Some('[') => tuple(c)?,
        Some('{') => object(c)?,
        Some(ch) if starts_identifier(ch) => name_or_call(c)?,
        Some('\'') => {
            return Err(super::SyntaxError {
                summary: "Invalid character".into(),
                detail: "Single quotes mean nothing here.".into(),
                help: Some("write text in double quotes".into()),
                at: c.here(),
            });
        }
        _ => return c.unexpected("Invalid expression", "a value: text, a number, a reference, a list or an object"),
    };
    Ok(Expr { kind, at: c.since(start) })
}

fn number(c: &mut Cursor<'_>) -> Parsed<Value> {
    let start = c.position;
    let digits = |c: &mut Cursor<'_>| {
        while c.peek().is_some_and(|d| d.is_ascii_digit()) {
            c.position += 1;
        }
    };
    digits(c);
    let mut after = c.rest().chars();
    if after.next() == Some('.') && after.next().is_some_and(|d| d.is_ascii_digit()) {
        c.position += 1;
        digits(c);
    }
    if matches!(c.peek(), Some('e' | 'E')) {
        let mut after = c.rest().chars().skip(1);
        let next = after.next();
        let signed = matches!(next, Some('+' | '-'));
        let digit = if signed { after.next() } else { next };
        if digit.is_some_and(|d| d.is_ascii_digit()) {
            c.position += 1 + usize::from(signed);
            digits(c);
        }
    }
    let at = c.since(start);
    if c.peek().is_some_and(starts_identifier) {
        return c.unexpected("Invalid number", "digits only");
    }
    match c.text.get(start..c.position).and_then(Number::parse) {
        Some(n) => Ok(Value::number(n)),
        None => c.error("Invalid number", "This number can't be read; its exponent may be too large.", at),
    }
}

fn name_or_call(c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    let start = c.position;
    let mut name = c.identifier("a name")?;
    while c.looking_at("::") {
        c.take("::");
        let part = c.identifier("the name of a function")?;
        name = Ident { name: format!("{}::{}", name.name, part.name).into(), at: c.since(start) };
    }
    let before = c.position;
    c.skip(false)?;
    if c.take("(") {
        return arguments(c, name);
    }
    c.position = before;
    if name.name.contains("::") {
        return c.unexpected("Missing arguments", "\"(\" after the name of a function");
    }
    Ok(match &*name.name {
        "true" => ExprKind::Literal(Value::bool(true)),
        "false" => ExprKind::Literal(Value::bool(false)),
        "null" => ExprKind::Literal(Value::null()),
        _ => ExprKind::Name(name),
    })
}

fn arguments(c: &mut Cursor<'_>, name: Ident) -> Parsed<ExprKind> {
    let mut arguments = Vec::new();
    let mut expand = false;
    loop {
        c.skip(true)?;
        if c.take(")") {
            break;
        }
        if expand {
            return c.unexpected("Invalid function call", "\")\" after an argument that is expanded with \"...\"");
        }
        arguments.push(expression(c, true)?);
        c.skip(true)?;
        if c.take("...") {
            expand = true;
            c.skip(true)?;
        }
        if c.take(",") {
            continue;
        }
        if !c.looking_at(")") {
            return c.unexpected("Invalid function call", "\",\" before the next argument, or \")\"");
        }
    }
    Ok(ExprKind::Call(Call { name, arguments, expand }))
}

/// True when `for` and a space or comment follow an opening bracket.
fn is_for(c: &mut Cursor<'_>) -> Parsed<bool> {
    let before = c.position;
    c.skip(true)?;
    let found = c.take_word("for") && c.peek().is_some_and(|x| x.is_whitespace() || x == '#' || x == '/');
    // An object may have a key called "for".
    let mut found = found;
    if found {
        c.skip(true)?;
        found = c.peek().is_some_and(starts_identifier);
    }
    c.position = before;
    Ok(found)
}

fn tuple(c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    let opening = c.here();
    c.take("[");
    if is_for(c)? {
        return for_expression(c, false);
    }
    let mut elements = Vec::new();
    loop {
        c.skip(true)?;
        if c.take("]") {
            return Ok(ExprKind::Tuple(elements));
        }
        if c.at_end() {
            return c.error("Unclosed list", "There is no closing \"]\" for this bracket.", opening);
        }
        elements.push(expression(c, true)?);
        c.skip(true)?;
        if !c.take(",") && !c.looking_at("]") {
            return c.unexpected("Missing item separator", "\",\" before the next element, or \"]\"");
        }
    }
}

fn object(c: &mut Cursor<'_>) -> Parsed<ExprKind> {
    let opening = c.here();
    c.take("{");
    if is_for(c)? {
        return for_expression(c, true);
    }
    let mut items = Vec::new();
    loop {
        c.skip(true)?;
        if c.take("}") {
            return Ok(ExprKind::Object(items));
        }
        if c.at_end() {
            return c.error("Unclosed object", "There is no closing \"}\" for this brace.", opening);
        }
        let key = key(c)?;
        c.skip(false)?;
        if c.looking_at("==") || !(c.take("=") || c.take(":")) {
            return c.unexpected("Missing value", "\"=\" and a value after this key");
        }
        c.skip(false)?;
        let value = expression(c, false)?;
        items.push((key, value));
        c.skip(false)?;
        if c.take(",") || c.take_line_end() || c.looking_at("}") {
            continue;
        }
        return c.unexpected("Missing item separator", "a line break or \",\" before the next item, or \"}\"");
    }
}

fn key(c: &mut Cursor<'_>) -> Parsed<Key> {
    let start = c.position;
    if c.peek().is_some_and(starts_identifier) {
        let name = c.identifier("a key")?;
        let before = c.position;
        c.skip(false)?;
        if (c.looking_at("=") && !c.looking_at("==")) || c.looking_at(":") && !c.looking_at("::") {
            c.position = before;
            return Ok(Key::Name(name));
        }
        c.position = start;
    }
    let expr = expression(c, false)?;
    Ok(Key::Expr(expr))
}

/// What stands between `for` and the body, in an expression and in a template.
pub(super) struct ForHead {
    pub(super) key_name: Option<Ident>,
    pub(super) value_name: Ident,
    pub(super) collection: Expr,
}

/// Parses what follows the word `for`. `error` is the summary of what is said when it is wrong.
pub(super) fn for_head(c: &mut Cursor<'_>, error: &str) -> Parsed<ForHead> {
    c.skip(true)?;
    let mut value_name = c.identifier("the name of a variable after \"for\"")?;
    let mut key_name = None;
    c.skip(true)?;
    if c.take(",") {
        c.skip(true)?;
        key_name = Some(value_name);
        value_name = c.identifier("the name of a second variable")?;
        c.skip(true)?;
    }
    if !c.take_word("in") {
        return c.unexpected(error, "\"in\" and a collection");
    }
    c.skip(true)?;
    let collection = expression(c, true)?;
    Ok(ForHead { key_name, value_name, collection })
}

fn for_expression(c: &mut Cursor<'_>, object: bool) -> Parsed<ExprKind> {
    c.skip(true)?;
    c.take_word("for");
    let ForHead { key_name, value_name, collection } = for_head(c, "Invalid for expression")?;
    c.skip(true)?;
    if !c.take(":") {
        return c.unexpected("Invalid for expression", "\":\" after the collection");
    }
    c.skip(true)?;
    let mut key = None;
    let mut value = expression(c, true)?;
    c.skip(true)?;
    let mut group = false;
    if object {
        if !c.take("=>") {
            return c.unexpected("Invalid for expression", "\"=>\" and a value, since this one makes an object");
        }
        c.skip(true)?;
        key = Some(value);
        value = expression(c, true)?;
        c.skip(true)?;
        group = c.take("...");
        c.skip(true)?;
    } else if c.looking_at("=>") {
        return c.error(
            "Invalid for expression",
            "A for expression in brackets makes a list and has no keys; use braces to make an object.",
            c.here(),
        );
    }
    let mut condition = None;
    if c.take_word("if") {
        c.skip(true)?;
        condition = Some(expression(c, true)?);
        c.skip(true)?;
    }
    let closing = if object { "}" } else { "]" };
    if !c.take(closing) {
        return c.unexpected("Invalid for expression", &format!("\"{closing}\" or a condition that begins with \"if\""));
    }
    Ok(ExprKind::For(Box::new(For { key_name, value_name, collection, key, value, condition, group })))
}

/// Accesses that follow a term.
fn traversal(c: &mut Cursor<'_>, wide: bool, root: Expr) -> Parsed<Expr> {
    let steps = steps(c, wide, false)?;
    if steps.is_empty() {
        return Ok(root);
    }
    let at = At { end: c.position as u32, ..root.at };
    Ok(Expr { kind: ExprKind::Traversal(Box::new(root), steps), at })
}

/// Steps; with `attributes_only` just those that `.*` spreads over.
fn steps(c: &mut Cursor<'_>, wide: bool, attributes_only: bool) -> Parsed<Vec<Step>> {
    let mut out = Vec::new();
    loop {
        let before = c.position;
        c.skip(wide)?;
        let start = c.position;
        if c.looking_at(".") && !c.looking_at("..") {
            c.take(".");
            c.skip(wide)?;
            match c.peek() {
                Some('*') if attributes_only => {
                    return c.unexpected("Nested splat", "an attribute; a splat with \".*\" can't hold another one");
                }
                Some('*') => {
                    c.advance();
                    let at = c.since(start);
                    let inner = steps(c, wide, true)?;
                    out.push(Step::Splat(inner, at));
                }
                Some('0'..='9') => {
                    let digits = c.position;
                    while c.peek().is_some_and(|d| d.is_ascii_digit()) {
                        c.position += 1;
                    }
                    let at = c.since(digits);
                    let index = c.text.get(digits..c.position).and_then(Number::parse).map_or_else(Value::null, Value::number);
                    out.push(Step::Index(Expr { kind: ExprKind::Literal(index), at }, at));
                }
                _ => out.push(Step::Attribute(c.identifier("the name of an attribute after \".\"")?)),
            }
        } else if c.looking_at("[") && !attributes_only {
            c.take("[");
            c.skip(true)?;
            if c.looking_at("*") {
                c.take("*");
                c.skip(true)?;
                if !c.take("]") {
                    return c.unexpected("Invalid splat", "\"]\" after \"[*\"");
                }
                let at = c.since(start);
                let inner = c.nested(|c| steps(c, wide, false))?;
                out.push(Step::Splat(inner, at));
                return Ok(out);
            }
            let index = expression(c, true)?;
            c.skip(true)?;
            if !c.take("]") {
                return c.unexpected("Invalid index", "\"]\" after the index");
            }
            out.push(Step::Index(index, c.since(start)));
        } else {
            c.position = before;
            return Ok(out);
        }
    }
}
