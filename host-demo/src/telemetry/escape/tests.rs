use super::{json_line, push_escaped, push_quoted, push_value};

/// All that Unicode calls `Bidi_Control`, and the separators.
const HARMFUL: [char; 14] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202b}', '\u{202c}',
    '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

#[test]
fn nothing_that_changes_direction_passes_unescaped() {
    for character in HARMFUL
        .into_iter()
        .chain('\0'..' ')
        .chain(['\u{7f}', '\u{9b}'])
    {
        let text = format!("a{character}b");
        let mut lines = [String::new(), String::new(), String::new()];
        let [escaped, value, quoted] = &mut lines;
        push_escaped(escaped, &text);
        push_value(value, &text);
        push_quoted(quoted, &text);
        for line in &lines {
            assert!(!line.contains(character), "{line:?}");
        }
        let line = json_line(&serde_json::json!({ "text": text }));
        assert!(!line.trim_end().contains(character), "{line:?}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["text"], text);
    }
}

#[test]
fn letters_of_languages_that_are_written_from_right_to_left_stay() {
    let text = "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{645}\u{631}\u{62d}\u{628}\u{627}";
    let mut line = String::new();
    push_escaped(&mut line, text);
    assert_eq!(line, text);
}
