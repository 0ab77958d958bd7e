//! What differs between two lists of lines.

/// A line, and in which of the lists it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// In both.
    Both(&'a str),
    /// In the first one only.
    Old(&'a str),
    /// In the second one only.
    New(&'a str),
}

/// More lines than this are not compared with each other: the table of places would be large.
const MOST: usize = 2000;

/// The lines of both lists with as many in common as there can be.
pub(super) fn diff<'a>(old: &'a [String], new: &'a [String]) -> Vec<Line<'a>> {
    if old.len() > MOST || new.len() > MOST {
        let old = old.iter().map(|line| Line::Old(line));
        return old.chain(new.iter().map(|line| Line::New(line))).collect();
    }
    let width = new.len() + 1;
    // How many lines the ends of both lists have in common, from each pair of places on.
    let mut common = vec![0u16; (old.len() + 1) * width];
    let at = |common: &[u16], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let best = match one == other {
                true => at(&common, i + 1, j + 1) + 1,
                false => at(&common, i + 1, j).max(at(&common, i, j + 1)),
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (None, None) => return lines,
            (Some(one), Some(other)) if one == other => {
                lines.push(Line::Both(one));
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), other) if other.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(Line::Old(one));
                i += 1;
            }
            (_, other) => {
                lines.extend(other.map(|line| Line::New(line)));
                j += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split(' ').filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn lines_in_common_stay_in_order() {
        let (old, new) = (lines("a b c d"), lines("a x c d y"));
        let found: Vec<String> = diff(&old, &new)
            .into_iter()
            .map(|line| match line {
                Line::Both(text) => format!(" {text}"),
                Line::Old(text) => format!("-{text}"),
                Line::New(text) => format!("+{text}"),
            })
            .collect();
        assert_eq!(found, [" a", "-b", "+x", " c", " d", "+y"]);
        assert_eq!(diff(&[], &new).len(), 5);
        assert_eq!(diff(&old, &[]).len(), 4);
    }
}
