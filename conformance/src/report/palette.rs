//! The few styles of terminal output. Whether they reach the terminal is decided where the stream is
//! opened (`NO_COLOR`, not a terminal); [`Palette::PLAIN`] is for everything that is no terminal by nature.

use anstyle::{AnsiColor, Style};

/// The styles by their meaning.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// As it should be.
    pub good: Style,
    /// Wrong, gates.
    pub bad: Style,
    /// Wrong, does not gate.
    pub warn: Style,
    /// Said by the way.
    pub dim: Style,
    /// Headings and ids.
    pub strong: Style,
}

impl Palette {
    /// With colours.
    pub const COLOURED: Self = Self {
        good: AnsiColor::Green.on_default(),
        bad: AnsiColor::Red.on_default().bold(),
        warn: AnsiColor::Yellow.on_default(),
        dim: Style::new().dimmed(),
        strong: Style::new().bold(),
    };

    /// Without any escape sequence.
    pub const PLAIN: Self =
        Self { good: Style::new(), bad: Style::new(), warn: Style::new(), dim: Style::new(), strong: Style::new() };
}

/// `text` in `style`.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
