//! Where what has maps goes and as what: text, JSON or a picture, on standard output or in a file; and whether maps are shown.

use super::args::{Format, OutputFormat};
use super::{AbsentError, UsageError};
use crate::bytes::escape;
use crate::report::ink;
use crate::report::picture::text::Look;
use crate::sink::{self, How, Output};
use clap::{Args, ValueEnum};
use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How to print what has maps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MapFormat {
    /// For people; may change
    #[default]
    Text,
    /// For programs: the documented contract
    Json,
    /// A picture: one bar for each node, all on one scale
    Svg,
}

impl OutputFormat for MapFormat {
    const JSON: MapFormat = MapFormat::Json;
}

/// The output of a result that may go into a file.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct MapOutput {
    /// How to print the result [default: by the suffix of FILE, else text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<MapFormat>,
    /// Short for --format json
    #[arg(short = 'J', long = "json", conflicts_with = "format")]
    pub json: bool,
    /// Write to a file; its suffix says how: .svg, .json or .txt
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

impl MapFormat {
    /// What is printed where there is nothing to draw.
    pub(super) fn or_text(self) -> Format {
        Format::of(self == MapFormat::Json)
    }

    /// The maps, if a picture of them is asked for.
    ///
    /// # Errors
    /// [`AbsentError`] where there are none, with `why`.
    pub(super) fn drawn<'a, T>(self, maps: Option<&'a T>, why: &str) -> Result<Option<&'a T>, AbsentError> {
        match (self, maps) {
            (MapFormat::Svg, None) => Err(AbsentError(format!("there is no map to draw: {why}"))),
            (MapFormat::Svg, maps) => Ok(maps),
            _ => Ok(None),
        }
    }
}

/// `--map`, where a change is shown.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct MapArgs {
    /// Draw nodes before and after as bars on one scale; shown on a terminal anyway
    #[arg(long, help_heading = "Output")]
    pub map: bool,
}

impl MapArgs {
    /// How the maps look; `None` where they are not shown.
    pub(super) fn look(self) -> Option<Look> {
        (self.map || is_seen()).then(|| look(true))
    }

    /// The same of what may go into a file.
    pub(super) fn look_in(self, output: &MapOutput) -> Option<Look> {
        (self.map || output.is_seen()).then(|| output.look())
    }
}

/// Whether people look at standard output, on a terminal that is wide enough for a picture.
fn is_seen() -> bool {
    const LEAST: u16 = 72;
    let wide = || rustix::termios::tcgetwinsize(rustix::stdio::stdout()).map_or(80, |size| size.ws_col);
    // A terminal that does not know its width says 0.
    io::stdout().is_terminal() && !(1..LEAST).contains(&wide())
}

/// Paints what is written next, or not: with `streamed` that goes to standard error, as [`sink::tell`] has it.
pub(super) fn paint(streamed: bool) {
    ink::paint(match streamed {
        true => is_coloured(io::stderr().is_terminal()),
        false => is_coloured(io::stdout().is_terminal()),
    });
}

/// Whether text has colours, on a terminal or elsewhere.
fn is_coloured(on_terminal: bool) -> bool {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_forced = var("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let is_able = on_terminal && var("TERM").is_some_and(|term| term != "dumb");
    var("NO_COLOR").is_none() && (is_forced || is_able)
}

/// What is shown of a picture in text, on standard output or in a file.
fn look(on_stdout: bool) -> Look {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(var);
    let utf8 = locale.is_some_and(|name| {
        let name = name.to_string_lossy().to_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    });
    Look { utf8, colour: is_coloured(on_stdout && io::stdout().is_terminal()) }
}

impl MapOutput {
    /// The format that was asked for.
    ///
    /// # Errors
    /// [`UsageError`] for a file whose name does not say it.
    pub(super) fn format(&self) -> Result<MapFormat, UsageError> {
        let by_suffix = |path: &Path| match path.extension().map(OsStr::as_bytes) {
            Some(b"svg") => Ok(MapFormat::Svg),
            Some(b"json") => Ok(MapFormat::Json),
            Some(b"txt") => Ok(MapFormat::Text),
            _ => {
                let name = escape(path.as_os_str().as_bytes()).into_owned();
                let expected = "expected a name that ends with .svg, .json or .txt, or --format";
                Err(UsageError(format!("--output {name}: {expected}")))
            }
        };
        match (self.json, self.format, &self.output) {
            (true, ..) => Ok(MapFormat::Json),
            (_, Some(format), _) => Ok(format),
            (_, None, Some(path)) if path.as_os_str() != "-" => by_suffix(path),
            _ => Ok(MapFormat::Text),
        }
    }

    /// Whether people look at what is written, on a terminal that is wide enough for a picture.
    pub(super) fn is_seen(&self) -> bool {
        self.output.is_none() && is_seen()
    }

    /// What is shown of a picture in text.
    pub(super) fn look(&self) -> Look {
        look(self.output.is_none())
    }

    /// Writes the output.
    ///
    /// # Errors
    /// As [`Output::write`] and [`sink::stdout()`].
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
        ink::paint(self.look().colour);
        match &self.output {
            None => sink::stdout(write)?,
            Some(path) => Output::open(path)?.write(How::default(), write)?,
        }
        Ok(())
    }
}
