//! Tables of SQL: `CREATE TABLE` and `COMMENT ON` of a script or a dump; everything else in it is passed over.

use std::collections::HashMap;

use meshveil_detect::dictionary;
use sqlparser::{
    ast::{ColumnOption, CommentObject, CreateTable, Statement},
    dialect::{Dialect, GenericDialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect},
    parser::Parser,
};

use super::add_roots;
use crate::{
    graph::{Graph, Id, Step},
    shown,
};

/// Reads the tables of a script.
pub(crate) fn read(name: &str, text: &str, graph: &mut Graph, notes: &mut Vec<String>) {
    let mut tables: HashMap<String, Id> = HashMap::new();
    let mut roots = Vec::new();
    for (line, statement) in statements(text) {
        let dialects: [&dyn Dialect; 4] =
            [&GenericDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}, &MsSqlDialect {}];
        let parsed = dialects.into_iter().find_map(|dialect| Parser::parse_sql(dialect, statement).ok());
        let Some(parsed) = parsed else {
            notes.push(format!("{name}: the statement in line {line} is not understood, and not looked at"));
            continue;
        };
        for statement in parsed {
            match statement {
                Statement::CreateTable(own) => {
                    let title = last(&own.name.to_string());
                    let node = table(graph, &own, &title);
                    tables.insert(title.clone(), node);
                    roots.push((format!("table {}", shown(&title)), node));
                }
                Statement::Comment {
                    object_type: CommentObject::Column, object_name, comment: Some(comment), ..
                } => {
                    let full = object_name.to_string();
                    let mut parts: Vec<String> = full.split('.').map(last).collect();
                    let (column, table) = (parts.pop(), parts.pop());
                    let child = table
                        .and_then(|table| tables.get(&table))
                        .zip(column)
                        .map(|(table, column)| graph.child(*table, &Step::Name(column)));
                    if let Some(node) = child.and_then(|child| graph.at(child)) {
                        node.facts.described = dictionary::by_text(&comment);
                    }
                }
                _ => {}
            }
        }
    }
    add_roots(graph, roots);
}

/// The name without quotes and what it stands in.
fn last(name: &str) -> String {
    let plain = |letter: char| matches!(letter, '"' | '`' | '[' | ']' | '\'');
    name.rsplit('.').next().unwrap_or_default().trim_matches(plain).to_owned()
}

/// Statements that make tables or comment on columns, each with its line; values of a dump are not looked into.
fn statements(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let begin = at;
        at += line.len();
        if begin < start {
            continue;
        }
        let mut words = line.split_whitespace().map(str::to_ascii_uppercase);
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_table = first == "CREATE" && (second == "TABLE" || words.take(3).any(|word| word == "TABLE"));
        if !(is_table || first == "COMMENT" && second == "ON") {
            continue;
        }
        let rest = text.get(begin..).unwrap_or_default();
        let end = end(rest);
        start = begin + end;
        found.push((number + 1, rest.get(..end).unwrap_or_default()));
    }
    found
}

/// The end of a statement: the first `;` outside of quotes and comments.
fn end(text: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    let mut in_comment = false;
    for (at, letter) in text.char_indices() {
        match quote {
            _ if in_comment => in_comment = letter != '\n',
            Some(open) => {
                if letter == open {
                    quote = None;
                }
            }
            None => match letter {
                '\'' | '"' | '`' => quote = Some(letter),
                '-' if before == '-' => in_comment = true,
                ';' => return at + 1,
                _ => {}
            },
        }
        before = letter;
    }
    text.len()
}

fn table(graph: &mut Graph, own: &CreateTable, title: &str) -> Id {
    let node = graph.add();
    if let Some(node) = graph.at(node) {
        node.titles.insert(title.to_owned());
        node.facts.is_named = true;
        node.facts.shapes.object = true;
    }
    for column in &own.columns {
        let child = graph.child(node, &Step::Name(last(&column.name.to_string())));
        let Some(node) = graph.at(child) else { continue };
        let facts = &mut node.facts;
        let kind = column.data_type.to_string().to_ascii_uppercase();
        let begins = |list: &[&str]| list.iter().any(|begin| kind.starts_with(begin));
        if begins(&["BOOL", "BIT(1)", "TINYINT(1)"]) || kind == "BIT" {
            facts.shapes.bool = true;
        } else if begins(&[
            "INT",
            "BIGINT",
            "SMALLINT",
            "TINYINT",
            "NUMERIC",
            "DECIMAL",
            "FLOAT",
            "DOUBLE",
            "REAL",
            "SERIAL",
            "BIGSERIAL",
            "MONEY",
            "NUMBER",
            "UNSIGNED",
        ]) {
            facts.shapes.number = true;
            facts.is_free = true;
        } else if begins(&["DATE", "TIMESTAMP", "TIME", "INTERVAL", "YEAR"]) {
            facts.shapes.text = true;
            facts.is_time = true;
        } else if begins(&["ENUM", "SET("]) {
            facts.shapes.text = true;
            facts.is_listed = true;
        } else {
            facts.shapes.text = true;
            facts.is_free = true;
        }
        for option in &column.options {
            match &option.option {
                ColumnOption::Comment(text) => facts.described = dictionary::by_text(text),
                ColumnOption::Check(check) if check.to_string().to_ascii_uppercase().contains(" IN (") => {
                    facts.is_listed = true;
                    facts.is_free = false;
                }
                _ => {}
            }
        }
    }
    node
}
