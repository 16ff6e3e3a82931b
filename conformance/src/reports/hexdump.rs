//! Bytes as people read them: in hexadecimal, and beside it as text.

/// A line for each 16 bytes; of masked ones neither.
pub(super) fn hexdump(bytes: &[u8], masked: &[(usize, usize)]) -> String {
    let hidden =
        |at: usize| masked.iter().any(|(start, length)| (*start..start + length).contains(&at));
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let (mut hexadecimal, mut ascii) = (String::new(), String::new());
        for (column, byte) in bytes.iter().enumerate() {
            let hidden = hidden(16 * row + column);
            hexadecimal += if column == 8 { "  " } else { " " };
            hexadecimal += &if hidden { "··".to_owned() } else { format!("{byte:02x}") };
            ascii.push(match byte {
                _ if hidden => '▒',
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            });
        }
        text += &format!("{:06x} {hexadecimal:<49}  {ascii}\n", 16 * row);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_sixteen_bytes_twice() {
        let text = hexdump(b"HTTP/1.1 200 OK\r\nX: secret\xff", &[(20, 3)]);
        let expected = "\
000000  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d  HTTP/1.1 200 OK.
000010  0a 58 3a 20 ·· ·· ·· 72  65 74 ff                 .X: ▒▒▒ret.
";
        assert_eq!(text, expected);
        assert_eq!(hexdump(b"", &[]), "");
    }
}
