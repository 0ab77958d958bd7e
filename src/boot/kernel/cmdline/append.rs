//! A command line with words added and taken away, as `--append` takes them.

use super::{Parameter, is_space, next_parameter};

/// A word that is to be taken away, and is not there; as it was given. For messages: escape before printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotThere(pub String);

/// The line with the words of `more` at its end, before a `--` that ends the kernel's own words. A word `-NAME` or `-NAME=`
/// takes every option of that name away, `-NAME=VALUE` those with that value; `-` and `_` in names are the same.
///
/// # Errors
/// [`NotThere`] for an option that is to be taken away and that the line does not have.
pub fn appended(line: &str, more: &str) -> Result<String, NotThere> {
    let (mut words, tail) = words(line);
    for (word, _) in self::words(more).0 {
        match word.strip_prefix('-').filter(|rest| !rest.is_empty() && !rest.starts_with('-')) {
            Some(taken) => {
                let before = words.len();
                words.retain(|(_, parameter)| !is_meant(taken, parameter));
                if words.len() == before {
                    return Err(NotThere(word));
                }
            }
            None => {
                let parameter = Parameter::new(&word, None);
                words.push((word, parameter));
            }
        }
    }
    let words = words.into_iter().map(|(word, _)| word).chain(tail.map(str::to_owned));
    Ok(words.collect::<Vec<_>>().join(" "))
}

/// Whether an option is the one that `taken`, without its first `-`, names.
fn is_meant(taken: &str, parameter: &Parameter) -> bool {
    let mut rest = taken;
    let Some(taken) = next_parameter(&mut rest) else { return false };
    taken.name == parameter.name && (taken.text().is_empty() || taken.value == parameter.value)
}

/// The words of a line as they stand in it, each with what it says, and what follows from a `--` on.
fn words(line: &str) -> (Vec<(String, Parameter)>, Option<&str>) {
    let mut rest = line.trim_matches(is_space);
    let mut words = Vec::new();
    loop {
        let before = rest;
        let Some(parameter) = next_parameter(&mut rest) else {
            let tail = before.trim_matches(is_space);
            return (words, Some(tail).filter(|tail| !tail.is_empty()));
        };
        let len = before.len() - rest.len();
        let word = before.get(..len).unwrap_or(before).trim_matches(is_space);
        words.push((word.to_owned(), parameter));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_added_and_taken_away() {
        let line =
            "BOOT_IMAGE=/vmlinuz root=/dev/sda1 mem=4G crashkernel=256M mem=8G \"dyndbg=file a b\" quiet";
        let cases = [
            ("movable_node", format!("{line} movable_node")),
            ("-mem=", line.replace("mem=4G ", "").replace("mem=8G ", "")),
            ("-mem", line.replace("mem=4G ", "").replace("mem=8G ", "")),
            ("-mem=8G -quiet a=b", line.replace("mem=8G ", "").replace("quiet", "a=b")),
            ("-dyndbg=", line.replace("\"dyndbg=file a b\" ", "")),
            ("", line.to_owned()),
        ];
        for (more, wanted) in cases {
            assert_eq!(appended(line, more).unwrap(), wanted, "{more}");
        }
        assert_eq!(appended("a -- init", "b").unwrap(), "a b -- init");
        assert_eq!(appended("log-buf-len=1M", "-log_buf_len=").unwrap(), "");
        assert_eq!(appended("", "x").unwrap(), "x");
        for missing in ["-nothing", "-mem=5G", "-q"] {
            assert_eq!(appended(line, missing), Err(NotThere(missing.to_owned())));
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_appended_is_read_and_the_rest_stays(line in "([a-z]{1,4}(=[a-z\" ]{0,4})? ){0,6}", word in "[a-z]{5}=[0-9]") {
            let both = appended(&line, &word).unwrap();
            let names = |line: &str| words(line).0.into_iter().map(|(_, parameter)| parameter).collect::<Vec<_>>();
            // A quote without its end takes all that follows with it.
            if line.matches('"').count() % 2 == 0 {
                let wanted: Vec<_> = names(&line).into_iter().chain(names(&word)).collect();
                proptest::prop_assert_eq!(names(&both), wanted);
            }
        }
    }
}
