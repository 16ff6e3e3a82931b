//! Text that anyone may have sent, made fit to be put into a report.

/// What cannot be seen as its code: controls, marks of direction and of no width, what is no character.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}');
        let no_character = u32::from(c) & 0xfffe == 0xfffe;
        if hidden || no_character || (c.is_control() && c != '\n' && c != '\t') {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
}

/// As text in HTML, or as the value of an attribute in quotes.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

/// As text in a cell of a table in Markdown: nothing in it is markup, or ends the cell or the line.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let visible = visible(text);
    let mut chars = visible.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Neither an address nor an emoji has a space after it.
            ':' if chars.peek().is_none_or(|next| *next == ' ') => escaped.push(':'),
            '\n' => escaped += "⏎ ",
            '\t' => escaped.push(' '),
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '|' | '`' | '*' | '_' | '~' | '[' | ']' | '\\' | '$' | '#' | '@' | '!' | ':' => {
                escaped += &format!("&#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// The first characters of a long text, and how many there were.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => {
            format!("{}… ({} characters)", &text[..end], text.chars().count())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden_and_nothing_is_markup() {
        assert_eq!(
            visible("a\u{1}\n\u{202e}b\u{ffff}\u{0}é\r"),
            r"a\u{1}
\u{202e}b\u{ffff}\u{0}é\u{d}"
        );
        assert_eq!(html("<b a='\"'>&\u{7f}"), r"&lt;b a=&#39;&quot;&#39;&gt;&amp;\u{7f}");
        assert_eq!(markdown("a|`b`\n<x>"), "a&#124;&#96;b&#96;⏎ &lt;x&gt;");
        assert_eq!(markdown("a: http://b :x:"), "a: http&#58;//b &#58;x:");
        assert_eq!(shortened("éèà", 2), "éè… (3 characters)");
        assert_eq!(shortened("éèà", 3), "éèà");
    }
}
