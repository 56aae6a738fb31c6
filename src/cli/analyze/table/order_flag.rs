//! `--order` as a user would type it, for hints.

/// Most labels that a hint shows.
pub(super) const MOST_SHOWN: usize = 12;

/// `--order` with some labels.
pub(super) fn order_of<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = labels.collect();
    let shown = &all[..all.len().min(MOST_SHOWN)];
    let more = if all.len() > MOST_SHOWN { ",…" } else { "" };
    if shown.iter().any(|text| text.contains(',')) {
        let flags: Vec<String> = shown.iter().map(|text| format!("--order {}", quoted(text))).collect();
        return format!("{}{}", flags.join(" "), if more.is_empty() { "" } else { " …" });
    }
    format!("--order {}", quoted(&format!("{}{more}", shown.join(","))))
}

/// A text in quotation marks for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
