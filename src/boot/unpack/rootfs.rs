//! The root file system as far as unpacking depends on it: which files can be opened, and whether there is an `/init` in the
//! end.

use std::collections::HashMap;

/// How many files are kept in mind, and how many bytes of names: an archive with more is no ordinary one.
const MOST_FILES: usize = 1 << 16;
const MOST_BYTES: usize = 8 << 20;
/// How many symbolic links a path may lead through (MAXSYMLINKS).
const MOST_LINKS: usize = 40;
/// The longest name between two slashes (NAME_MAX).
const LONGEST_NAME: usize = 255;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A folder with this many entries.
    Folder(usize),
    /// A regular file.
    File,
    /// A symbolic link and what it leads to.
    Link(Vec<u8>),
    /// A device, a pipe or a socket.
    Special,
}

impl Node {
    fn is_like(&self, other: &Node) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// The files by their paths, which begin without a slash; the root is the empty one.
#[derive(Debug)]
pub(super) struct RootFs {
    nodes: HashMap<Vec<u8>, Node>,
    bytes: usize,
    /// What could not be kept in mind: from then on a missing file may be there.
    pub(super) is_full: bool,
    /// The first name of each file that has several, by inode, devices and kind.
    linked: HashMap<(u32, u32, u32, u32), Vec<u8>>,
}

impl RootFs {
    /// What the archive built into the kernel has, unless someone put more into it.
    pub(super) fn new() -> Self {
        let mut new = RootFs { nodes: HashMap::new(), bytes: 0, is_full: false, linked: HashMap::new() };
        new.nodes.insert(Vec::new(), Node::Folder(0));
        new.insert(b"dev", Node::Folder(0));
        new.insert(b"dev/console", Node::Special);
        new.insert(b"root", Node::Folder(0));
        new
    }

    /// Where a path leads: its folder with all links followed, and the last name; the last link too where `follow` says so.
    /// `None` when a folder on the way is missing or the path is none.
    fn resolve(&self, path: &[u8], follow: bool) -> Option<Vec<u8>> {
        if path.is_empty() {
            return None;
        }
        let mut links = 0;
        let mut at: Vec<u8> = Vec::new();
        let mut rest: Vec<Vec<u8>> = parts(path);
        while let Some(part) = rest.pop() {
            match part.as_slice() {
                b"." => continue,
                b".." => {
                    let parent = at.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                    at.truncate(parent);
                    continue;
                }
                _ if part.len() > LONGEST_NAME => return None,
                _ => {}
            }
            if !matches!(self.nodes.get(&at), Some(Node::Folder(_))) {
                return None;
            }
            let child = join(&at, &part);
            match self.nodes.get(&child) {
                Some(Node::Link(target)) if follow || !rest.is_empty() => {
                    links += 1;
                    if links > MOST_LINKS || target.is_empty() {
                        return None;
                    }
                    if target.first() == Some(&b'/') {
                        at.clear();
                    }
                    rest.extend(parts(target));
                }
                Some(_) => at = child,
                None if rest.is_empty() => at = child,
                None => return None,
            }
        }
        Some(at)
    }

    /// Whether something is at a path, links followed.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.resolve(path, true).is_some_and(|path| self.nodes.contains_key(&path))
    }

    fn insert(&mut self, path: &[u8], node: Node) {
        let len = path.len() + if let Node::Link(target) = &node { target.len() } else { 0 };
        if self.nodes.len() >= MOST_FILES || self.bytes.saturating_add(len) > MOST_BYTES {
            self.is_full = true;
            return;
        }
        self.bytes += len;
        if self.nodes.insert(path.to_vec(), node).is_none() {
            self.count(path, 1);
        }
    }

    /// Counts an entry of the folder that `path` is in.
    fn count(&mut self, path: &[u8], change: isize) {
        let parent = path.iter().rposition(|byte| *byte == b'/').and_then(|at| path.get(..at));
        if let Some(Node::Folder(entries)) = self.nodes.get_mut(parent.unwrap_or_default()) {
            *entries = entries.saturating_add_signed(change);
        }
    }

    fn remove(&mut self, path: &[u8]) {
        if self.nodes.remove(path).is_some() {
            self.bytes = self.bytes.saturating_sub(path.len());
            self.count(path, -1);
        }
    }

    /// Takes away what is in the way: something of another kind than `wanted`, or anything where that is `None`. A folder
    /// that is not empty stays.
    fn clean(&mut self, path: &[u8], wanted: Option<&Node>) {
        let Some(place) = self.resolve(path, false) else { return };
        let Some(node) = self.nodes.get(&place) else { return };
        let is_in_the_way = wanted.is_none_or(|wanted| !wanted.is_like(node));
        if is_in_the_way && !place.is_empty() && !matches!(node, Node::Folder(1..)) {
            self.remove(&place);
        }
    }

    /// Puts something there if its folder exists and nothing is at its place.
    fn put(&mut self, path: &[u8], node: Node) {
        if let Some(place) = self.resolve(path, false)
            && !self.nodes.contains_key(&place)
        {
            self.insert(&place, node);
        }
    }

    /// An entry for a regular file; `links` are its inode, devices and kind where it has several names. Gives whether it can
    /// be opened for writing.
    pub(super) fn file(&mut self, path: &[u8], links: Option<(u32, u32, u32, u32)>) -> bool {
        self.clean(path, Some(&Node::File));
        if let Some(first) = links.and_then(|links| self.linked_to(links, path)) {
            self.clean(path, None);
            let there = self.resolve(&first, false).filter(|first| self.nodes.contains_key(first));
            if there.is_none() && !self.is_full {
                return false;
            }
            self.put(path, Node::File);
        }
        if path.last() == Some(&b'/') {
            return false;
        }
        let Some(place) = self.resolve(path, true) else { return self.is_full };
        match self.nodes.get(&place) {
            Some(Node::File) => true,
            Some(_) => false,
            None => {
                self.insert(&place, Node::File);
                true
            }
        }
    }

    /// An entry for a folder, a device or the like.
    pub(super) fn other(&mut self, path: &[u8], node: Node, links: Option<(u32, u32, u32, u32)>) {
        self.clean(path, Some(&node));
        if links.is_some_and(|links| self.linked_to(links, path).is_some()) {
            self.clean(path, None);
        }
        self.put(path, node);
    }

    /// An entry for a symbolic link.
    pub(super) fn link(&mut self, path: &[u8], target: &[u8]) {
        self.clean(path, None);
        self.put(path, Node::Link(target.to_vec()));
    }

    /// The name under which a file with several names came first, unless this is the first.
    fn linked_to(&mut self, links: (u32, u32, u32, u32), path: &[u8]) -> Option<Vec<u8>> {
        if let Some(first) = self.linked.get(&links) {
            return Some(first.clone());
        }
        if self.linked.len() < MOST_FILES && self.bytes.saturating_add(path.len()) <= MOST_BYTES {
            self.bytes += path.len();
            self.linked.insert(links, path.to_vec());
        }
        None
    }

    /// What the end of an archive does: later entries are links to none before it.
    pub(super) fn forget_links(&mut self) {
        self.linked.clear();
    }
}

/// The names in a path, the last one first.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    let names = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty());
    names.rev().map(<[u8]>::to_vec).collect()
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, name].join(&b'/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_need_their_folders() {
        let mut root = RootFs::new();
        assert!(!root.file(b"kernel/firmware/acpi/srat.aml", None));
        for folder in [&b"kernel"[..], b"./kernel/firmware", b"/kernel//firmware/acpi/"] {
            root.other(folder, Node::Folder(0), None);
        }
        assert!(root.file(b"kernel/firmware/acpi/srat.aml", None));
        assert!(root.has(b"/kernel/firmware/../firmware/acpi/./srat.aml"));
        for bad in [&b""[..], b"kernel", b"kernel/new/", b"kernel/firmware/acpi/srat.aml/x", &[b'n'; 256]] {
            assert!(!root.file(bad, None), "{}", crate::bytes::escape(bad));
        }
        assert!(root.file(&[b'n'; 255], None) && root.file(b"../../up", None) && root.has(b"up"));
    }

    #[test]
    fn links_are_followed_as_far_as_linux_does() {
        let mut root = RootFs::new();
        root.link(b"init", b"usr/lib/systemd/systemd");
        assert!(!root.has(b"/init"));
        root.other(b"usr", Node::Folder(0), None);
        root.other(b"usr/lib", Node::Folder(0), None);
        root.link(b"lib", b"/usr/lib");
        root.other(b"lib/systemd", Node::Folder(0), None);
        assert!(!root.has(b"/init"));
        assert!(root.file(b"lib/systemd/systemd", None));
        assert!(root.has(b"/init") && root.has(b"usr/lib/systemd/systemd"));
        root.link(b"loop", b"loop");
        assert!(!root.has(b"loop") && !root.file(b"loop/x", None));
        // Written through a link, the file is where the link leads.
        root.link(b"there", b"root/here");
        assert!(root.file(b"there", None), "the link itself is taken away first, since it is no file");
        assert!(!root.has(b"root/here") && root.has(b"there"));
    }

    #[test]
    fn names_of_one_file_and_what_is_in_the_way() {
        let mut root = RootFs::new();
        let one = Some((7, 0, 0, 0o100_000));
        assert!(root.file(b"a", one) && root.file(b"b", one) && root.has(b"b"));
        root.other(b"a", Node::Folder(0), None);
        assert!(root.file(b"a/x", None) && !root.file(b"a", None), "a folder that is not empty stays");
        root.forget_links();
        assert!(root.file(b"c", one));
        assert!(!root.file(b"nowhere/d", one), "it is linked to c, and then its folder is missing");
    }

    #[test]
    fn there_is_an_end_to_what_is_kept_in_mind() {
        let mut root = RootFs::new();
        let name =
            |number: u32| [&number.to_be_bytes().map(|byte| byte % 200 + 48)[..], &[b'n'; 200]].concat();
        for number in 0..100_000 {
            assert!(root.file(&name(number), None));
        }
        assert!(root.is_full && root.bytes <= MOST_BYTES && root.nodes.len() <= MOST_FILES);
        assert!(root.file(b"no/such/folder", None), "for all that is known it is there");
    }
}
