//! HTML that grows: elements whose text is made harmless as it comes in.

use crate::foreign::markup;

/// A page, or a part of one.
#[derive(Debug, Default)]
pub(super) struct Html {
    /// What there is so far.
    pub(super) text: String,
}

impl Html {
    /// Markup that is made already.
    pub(super) fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// An element with text in it; `tag` may have attributes, which are not from outside.
    pub(super) fn element(&mut self, tag: &str, text: &str) {
        self.open(tag);
        self.text(text);
        self.close(tag);
    }

    /// The beginning of an element.
    pub(super) fn open(&mut self, tag: &str) {
        self.raw(&format!("<{tag}>"));
    }

    /// The end of an element that began with this.
    pub(super) fn close(&mut self, tag: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.raw(&format!("</{name}>\n"));
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        self.raw(&markup(text));
    }

    /// A heading of a part, with what is in it.
    pub(super) fn part(&mut self, id: &str, heading: &str, fill: impl FnOnce(&mut Html)) {
        self.raw(&format!("<section id=\"{id}\">\n"));
        self.element("h2", heading);
        fill(self);
        self.raw("</section>\n");
    }

    /// A table: a header, and rows with the attributes of each.
    pub(super) fn table(&mut self, header: &[&str], rows: impl IntoIterator<Item = (String, Vec<String>)>) {
        self.raw("<div class=\"wide\"><table>\n<thead><tr>");
        header.iter().for_each(|name| self.element("th scope=\"col\"", name));
        self.raw("</tr></thead>\n<tbody>\n");
        for (attributes, cells) in rows {
            self.raw(&format!("<tr{attributes}>"));
            cells.iter().for_each(|cell| self.element("td", cell));
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table></div>\n");
    }
}
