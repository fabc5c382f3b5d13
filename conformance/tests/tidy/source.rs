//! Reads the tree and splits Rust text into code and comments, so that a rule about code is not
//! fooled by a string and a rule about comments is not fooled by code. Not a parser: it knows
//! comments, strings, characters and braces, which is all that the rules need.

use std::fs;
use std::path::{Path, PathBuf};

/// One text file of the repository.
pub struct Source {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// The text as it stands.
    pub text: String,
    /// Rust only: the text with comments and the insides of literals blanked out, line breaks kept.
    pub code: String,
    /// Rust only: the text with all but comments blanked out, line breaks kept.
    pub comments: String,
}

impl Source {
    /// A source from its text; `path` decides whether it is Rust.
    pub fn new(path: &str, text: &str) -> Self {
        let (code, comments) = if path.ends_with(".rs") { split(text) } else { (String::new(), String::new()) };
        Self { path: path.to_owned(), text: text.to_owned(), code, comments }
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The code without `#[cfg(test)]` items: what ships.
    pub fn shipped(&self) -> String {
        let mut code = self.code.clone();
        while let Some(start) = code.find("#[cfg(test)]") {
            let end = item_end(&code, start);
            let blank: String = code[start..end].chars().map(blank).collect();
            code.replace_range(start..end, &blank);
        }
        code
    }
}

/// The repository's root: the parent of this package's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}

/// Every text file of the repository, sorted by path. Build output and corpus bytes are left out.
pub fn read_tree() -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<Source>) {
    const SKIPPED: &[&str] =
        &["target", "out", "corpus", "fuzz/artifacts", "fuzz/corpus", "fuzz/coverage", "Cargo.lock", ".git"];
    for entry in fs::read_dir(folder).expect("a folder of the repository can be read") {
        let path = entry.expect("an entry of the repository can be read").path();
        let relative = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        if SKIPPED.contains(&relative.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, files);
        } else if !relative.starts_with("LICENSE")
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push(Source::new(&relative, &text));
        }
    }
}

/// Line number (from 1) of a byte offset.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Whether `c` can be part of an identifier.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Offsets at which `word` stands in `code` as a whole word.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !code[..at].chars().next_back().is_some_and(is_word)
            && !code[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

/// The end of the item that starts at `start`: behind its matching brace, or its semicolon.
pub fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    let mut nested = 0usize;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' => nested += 1,
            ')' | ']' => nested = nested.saturating_sub(1),
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return start + at + 1;
                }
            }
            ';' if depth == 0 && nested == 0 => return start + at + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(c: char) -> char {
    if c == '\n' { '\n' } else { ' ' }
}

/// What the scanner is inside of.
enum Inside {
    Code,
    LineComment,
    BlockComment(usize),
    Text,
    RawText(usize),
}

/// Code and comments of Rust text, each as long (in characters) as the text.
fn split(text: &str) -> (String, String) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut comments) = (String::with_capacity(text.len()), String::new());
    let mut inside = Inside::Code;
    let mut at = 0;
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    while at < chars.len() {
        let before = at;
        let mut shown_as_code = matches!(inside, Inside::Code);
        match inside {
            Inside::Code if starts(at, "//") => {
                (inside, at, shown_as_code) = (Inside::LineComment, at + 2, false);
            }
            Inside::Code if starts(at, "/*") => {
                (inside, at, shown_as_code) = (Inside::BlockComment(1), at + 2, false);
            }
            Inside::Code => {
                let literal;
                (at, literal) = step_code(&chars, at, &mut inside);
                shown_as_code = !literal;
            }
            Inside::LineComment => {
                if chars[at] == '\n' {
                    inside = Inside::Code;
                }
                at += 1;
            }
            Inside::BlockComment(depth) => {
                at += if starts(at, "/*") || starts(at, "*/") { 2 } else { 1 };
                let depth = if starts(before, "/*") { depth + 1 } else { depth - usize::from(starts(before, "*/")) };
                inside = if depth == 0 { Inside::Code } else { Inside::BlockComment(depth) };
                push(&mut code, &mut comments, &chars[before..at], false, true);
                continue;
            }
            Inside::Text => {
                at += if chars[at] == '\\' { 2 } else { 1 };
                if chars[before] == '"' {
                    (inside, shown_as_code) = (Inside::Code, true);
                }
            }
            Inside::RawText(hashes) => {
                at += 1;
                if chars[before] == '"' && (0..hashes).all(|i| chars.get(at + i) == Some(&'#')) {
                    (inside, at, shown_as_code) = (Inside::Code, at + hashes, true);
                }
            }
        }
        at = at.min(chars.len());
        let comment = matches!(inside, Inside::LineComment | Inside::BlockComment(_));
        push(&mut code, &mut comments, &chars[before..at], shown_as_code, comment);
    }
    (code, comments)
}

fn push(code: &mut String, comments: &mut String, chars: &[char], is_code: bool, is_comment: bool) {
    code.extend(chars.iter().map(|&c| if is_code { c } else { blank(c) }));
    comments.extend(chars.iter().map(|&c| if is_comment { c } else { blank(c) }));
}

/// One step in code at `at`: over one character, into a literal, or over a character literal (`true`).
fn step_code(chars: &[char], at: usize, inside: &mut Inside) -> (usize, bool) {
    let get = |i: usize| chars.get(i).copied();
    match chars[at] {
        '"' => *inside = Inside::Text,
        'r' | 'b' | 'c' if !(at > 0 && is_word(chars[at - 1])) => {
            let open = if chars[at] == 'r' { at + 1 } else { at + 2 };
            let hashes = chars.iter().skip(open).take_while(|&&c| c == '#').count();
            if get(open - 1) == Some('r') && get(open + hashes) == Some('"') {
                *inside = Inside::RawText(hashes);
                return (open + hashes + 1, false);
            }
        }
        // A character literal; anything else behind a quote is a lifetime.
        '\'' if get(at + 1) == Some('\\') => {
            let close = chars.iter().skip(at + 3).position(|&c| c == '\'').map_or(chars.len(), |i| at + 4 + i);
            return (close, true);
        }
        '\'' if get(at + 2) == Some('\'') => return (at + 3, true),
        _ => {}
    }
    (at + 1, false)
}
