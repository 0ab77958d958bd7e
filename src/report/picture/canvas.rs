//! The elements that the picture is made of, as SVG: the one place where text becomes markup.

use crate::foreign::markup;
use std::fmt::Write;

/// SVG that grows.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// What there is so far.
    pub(super) svg: String,
}

/// A box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    /// Left edge.
    pub(super) x: f64,
    /// Upper edge.
    pub(super) y: f64,
    /// Width.
    pub(super) width: f64,
    /// Height.
    pub(super) height: f64,
}

/// Where a text is in relation to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A number with one decimal at most.
fn number(of: f64) -> String {
    let text = format!("{of:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// Writing to a string does not fail.
macro_rules! put {
    ($canvas:expr, $($what:tt)*) => {{ let _ = write!($canvas.svg, $($what)*); }};
}

impl Canvas {
    /// Markup that is made already.
    pub(super) fn raw(&mut self, markup: &str) {
        self.svg.push_str(markup);
    }

    /// Begins a group of shapes that belong to a lane.
    pub(super) fn group(&mut self, class: &str, node: Option<u32>) {
        let node = node.map_or_else(|| "none".to_owned(), |node| node.to_string());
        put!(self, "<g class=\"{class}\" data-node=\"{node}\">\n");
    }

    /// Begins the group of one of two pictures.
    pub(super) fn side(&mut self, name: &str) {
        put!(self, "<g class=\"boot\" data-name=\"{}\">\n", markup(name));
    }

    /// Ends a group.
    pub(super) fn end(&mut self) {
        self.raw("</g>\n");
    }

    /// A box with the words that a pointer on it shows.
    pub(super) fn rect(&mut self, class: &str, rect: Rect, title: &str) {
        self.filled(class, None, rect, title);
    }

    /// The same, filled with the pattern of that name.
    pub(super) fn filled(&mut self, class: &str, pattern: Option<&str>, rect: Rect, title: &str) {
        let fill = pattern.map(|name| format!(" fill=\"url(#{name})\"")).unwrap_or_default();
        let Rect { x, y, width, height } = rect;
        put!(
            self,
            "<rect class=\"{class}\"{fill} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
            number(x),
            number(y),
            number(width.max(0.8)),
            number(height),
            markup(title)
        );
    }

    /// A path.
    pub(super) fn path(&mut self, class: &str, path: &str, title: &str) {
        put!(self, "<path class=\"{class}\" d=\"{path}\"><title>{}</title></path>\n", markup(title));
    }

    /// A line of text.
    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        put!(
            self,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{}</text>\n",
            number(x),
            number(y),
            markup(text)
        );
    }

    /// A flag on a pole from `top` down to `foot`, to the left of the pole where there is no room to the right of it.
    pub(super) fn flag(&mut self, x: f64, (top, foot): (f64, f64), to_left: bool, title: &str) {
        let by = if to_left { "-11" } else { "11" };
        let (x, foot, low, top) = (number(x), number(foot), number(top + 9.0), number(top));
        self.path("flag", &format!("M{x} {foot}V{top}l{by} 4.5L{x} {low}"), title);
    }
}

/// How wide letters are on average, of their size, in the widest of the usual fonts.
pub(super) const WIDE: f64 = 0.56;

/// How wide a text is at most, in a usual font of this size.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * WIDE
}

/// The text, cut to a width.
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    let fits = (width / (size * WIDE)).max(0.0) as usize;
    if text.chars().count() <= fits {
        return text.to_owned();
    }
    match fits {
        0..4 => String::new(),
        _ => text.chars().take(fits - 1).collect::<String>().trim_end_matches([' ', ',']).to_owned() + "…",
    }
}
