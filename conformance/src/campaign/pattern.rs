//! Patterns that name case instances: exact ids, prefixes at a dot, parts of ids, and globs, each with
//! optional parameters in brackets (`tcp.resets.*[family=ipv6]`).

use std::collections::BTreeMap;

/// How well a pattern names an instance; a better way wins over a worse one for the whole selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The pattern is somewhere in the id.
    Part,
    /// The id goes on after the pattern with a dot.
    Prefix,
    /// The id itself, or a glob that fits all of it.
    Exact,
}

/// One pattern of the command line or of an expectation file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    id: String,
    params: Vec<(String, String)>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// An empty pattern, an unclosed bracket or a parameter without `=`, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        let Some((id, rest)) = text.split_once('[') else {
            return Ok(Self { id: text.to_owned(), params: Vec::new() });
        };
        let list = rest.strip_suffix(']').ok_or_else(|| format!("`{text}` lacks the closing `]`"))?;
        let params = list
            .split(',')
            .map(|param| match param.split_once('=') {
                Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
                None => Err(format!("`{param}` in `{text}` is not NAME=VALUE")),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { id: id.to_owned(), params })
    }

    /// How well it names the instance of case `id` with these parameters, `None` if it does not.
    pub fn closeness(&self, id: &str, params: &BTreeMap<String, String>) -> Option<Closeness> {
        let fits = |(name, value): &(String, String)| params.get(name).is_some_and(|given| glob_matches(value, given));
        if !self.params.iter().all(fits) {
            return None;
        }
        if glob_matches(&self.id, id) {
            Some(Closeness::Exact)
        } else if id.strip_prefix(self.id.as_str()).is_some_and(|rest| rest.starts_with('.')) {
            Some(Closeness::Prefix)
        } else if id.contains(&self.id) {
            Some(Closeness::Part)
        } else {
            None
        }
    }

    /// The part before the brackets.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Whether `text` fits `pattern`, where `*` stands for any run of characters and `?` for one.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at_pattern, mut at_text) = (0, 0);
    // Where to go back to: the last star, and the first character it does not swallow yet.
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                star = Some((at_pattern, at_text));
                at_pattern += 1;
            }
            Some(one) if *one == '?' || *one == text[at_text] => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match star {
                Some((at_star, swallowed)) => {
                    star = Some((at_star, swallowed + 1));
                    at_pattern = at_star + 1;
                    at_text = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at_pattern..].iter().all(|one| *one == '*')
}

/// The up to three names nearest to `wanted`, best first; nothing that is too far off to be a slip.
pub fn suggest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (name, tail_distance(wanted, name)))
        .filter(|(_, distance)| *distance <= (wanted.len() / 3).max(2))
        .map(|(name, distance)| (distance, name))
        .collect();
    near.sort_unstable();
    near.dedup_by(|a, b| a.1 == b.1);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// The edit distance of `wanted` to the whole of `name` or to its end after a dot, whichever is nearer.
fn tail_distance(wanted: &str, name: &str) -> usize {
    let tails = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
    std::iter::once(name).chain(tails).map(|tail| edit_distance(wanted, tail)).min().unwrap_or(usize::MAX)
}

/// How many characters must be put in, taken out or replaced to make one text the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, here) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, there) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(here != *there);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("tcp.*", "tcp.resets.x", true),
            ("tcp.*", "udp.tcp.x", false),
            ("*.x", "tcp.resets.x", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc", "abc", true),
        ] {
            assert_eq!(glob_matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_names_ids_prefixes_parts_and_parameters() {
        let both = params(&[("family", "ipv4"), ("offset", "left")]);
        let close = |text: &str| Pattern::parse(text).ok().and_then(|pattern| pattern.closeness("tcp.resets.x", &both));
        assert_eq!(close("tcp.resets.x"), Some(Closeness::Exact));
        assert_eq!(close("tcp.resets.x[family=ipv4]"), Some(Closeness::Exact));
        assert_eq!(close("tcp.resets.x[offset=left,family=ipv4]"), Some(Closeness::Exact));
        assert_eq!(close("tcp.resets.x[family=ipv6]"), None);
        assert_eq!(close("tcp.resets.x[window=1]"), None);
        assert_eq!(close("tcp"), Some(Closeness::Prefix));
        assert_eq!(close("tcp[family=ipv4]"), Some(Closeness::Prefix));
        assert_eq!(close("tc"), Some(Closeness::Part));
        assert_eq!(close("resets"), Some(Closeness::Part));
        assert_eq!(close("*[family=ipv?]"), Some(Closeness::Exact));
        assert_eq!(close("udp"), None);
    }

    #[test]
    fn broken_patterns_say_what_is_wrong() {
        assert_eq!(Pattern::parse("a.b[family=ipv4"), Err("`a.b[family=ipv4` lacks the closing `]`".to_owned()));
        assert!(Pattern::parse("a.b[family]").is_err());
        assert!(Pattern::parse(" ").is_err());
    }

    #[test]
    fn slips_are_recognised() {
        let names = ["tcp.resets.outside-window", "tcp.resets.inside-window", "arp.reply"];
        assert_eq!(suggest("tcp.reset.outside-window", names).first(), Some(&"tcp.resets.outside-window"));
        assert_eq!(suggest("arp.repyl", names), ["arp.reply"]);
        assert_eq!(suggest("outsid-window", names).first(), Some(&"tcp.resets.outside-window"));
        assert!(suggest("zzzzzz", names).is_empty());
    }
}
