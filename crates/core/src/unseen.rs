//! Characters that text from elsewhere must not bring onto a terminal.

/// Whether `c` is a character that is not seen, but acts: control characters (a terminal obeys some),
/// line and paragraph separators, marks that turn the direction of text or have no width.
///
/// What shows text that a server sent should escape these.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}
