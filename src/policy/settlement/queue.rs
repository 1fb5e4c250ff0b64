//! One participant's queue: in order of a key, and able to find the first that has cover.
//!
//! Where the head binds and nothing overtakes, a plain line; else a treap whose nodes know the
//! least amount below them, so that every question costs the logarithm of the queue's length. The
//! weights are a mix of the key: the same queue has the same shape in every run.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::units::Due;

/// The place in a queue: a rank (lower first), then order of arrival.
pub type Key = (u64, u32);

const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Node {
    key: Key,
    due: Due,
    /// What must be covered for the first part of it to settle.
    offered: u64,
    /// The least `offered` of this node and all below it.
    least: u64,
    weight: u32,
    left: u32,
    right: u32,
}

/// Obligations that wait for cover, in order.
#[derive(Clone, Debug)]
pub struct Queue(Form);

#[derive(Clone, Debug)]
enum Form {
    Line(VecDeque<(Key, Due)>),
    Tree(Tree),
}

impl Queue {
    /// An empty queue. `arrivals`: keys come in rising order, and what leaves is mostly the head.
    pub fn new(arrivals: bool) -> Self {
        Self(if arrivals { Form::Line(VecDeque::new()) } else { Form::Tree(Tree::default()) })
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Line(line) => line.is_empty(),
            Form::Tree(tree) => tree.root == NONE,
        }
    }

    /// Puts one in its place. `offered` is what must be covered for (a part of) it to settle.
    pub fn insert(&mut self, key: Key, due: Due, offered: u64) {
        match &mut self.0 {
            Form::Line(line) => {
                let at = line.partition_point(|(other, _)| *other < key);
                line.insert(at, (key, due));
            }
            Form::Tree(tree) => tree.insert(key, due, offered),
        }
    }

    /// Takes one out.
    pub fn remove(&mut self, key: Key) -> Option<Due> {
        match &mut self.0 {
            Form::Line(line) => {
                let at = line.binary_search_by_key(&key, |(other, _)| *other).ok()?;
                line.remove(at).map(|(_, due)| due)
            }
            Form::Tree(tree) => tree.remove(key),
        }
    }

    /// The one with this key.
    pub fn get(&self, key: Key) -> Option<&Due> {
        match &self.0 {
            Form::Line(line) => {
                let at = line.binary_search_by_key(&key, |(other, _)| *other).ok()?;
                Some(&line[at].1)
            }
            Form::Tree(tree) => tree.get(key),
        }
    }

    /// The head.
    pub fn first(&self) -> Option<(Key, &Due)> {
        match &self.0 {
            Form::Line(line) => line.front().map(|(key, due)| (*key, due)),
            Form::Tree(tree) => tree.first(),
        }
    }

    /// The first in order, at `from` or later, that asks for no more than `cover`.
    pub fn first_covered(&self, from: Key, cover: u64) -> Option<(Key, &Due)> {
        match &self.0 {
            Form::Line(line) => {
                let mut later = line.iter().filter(|(key, _)| *key >= from);
                let fits = |due: &Due| due.obligation.amount.minor() <= cover;
                later.find(|(_, due)| fits(due)).map(|(key, due)| (*key, due))
            }
            Form::Tree(tree) => tree.covered_below(tree.root, from, cover),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Due)> {
        let (line, tree) = match &self.0 {
            Form::Line(line) => (Some(line.iter().map(|(key, due)| (*key, due))), None),
            Form::Tree(tree) => (None, Some(tree.iter())),
        };
        line.into_iter().flatten().chain(tree.into_iter().flatten())
    }
}

#[derive(Clone, Debug)]
struct Tree {
    nodes: Vec<Node>,
    free: Vec<u32>,
    root: u32,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: Vec::new(), free: Vec::new(), root: NONE }
    }
}

impl Tree {
    fn insert(&mut self, key: Key, due: Due, offered: u64) {
        let weight = mix(key);
        let node = Node { key, due, offered, least: offered, weight, left: NONE, right: NONE };
        let at = if let Some(at) = self.free.pop() {
            self.nodes[at as usize] = node;
            at
        } else {
            self.nodes.push(node);
            u32::try_from(self.nodes.len() - 1).expect("a queue holds less than 2^32")
        };
        self.root = self.grown(self.root, at);
    }

    fn remove(&mut self, key: Key) -> Option<Due> {
        let (root, found) = self.pruned(self.root, key);
        self.root = root;
        if found == NONE {
            return None;
        }
        self.free.push(found);
        Some(self.nodes[found as usize].due)
    }

    fn get(&self, key: Key) -> Option<&Due> {
        let mut at = self.root;
        while at != NONE {
            let node = &self.nodes[at as usize];
            at = match key.cmp(&node.key) {
                Ordering::Less => node.left,
                Ordering::Equal => return Some(&node.due),
                Ordering::Greater => node.right,
            };
        }
        None
    }

    fn first(&self) -> Option<(Key, &Due)> {
        let mut at = self.root;
        if at == NONE {
            return None;
        }
        while self.nodes[at as usize].left != NONE {
            at = self.nodes[at as usize].left;
        }
        let node = &self.nodes[at as usize];
        Some((node.key, &node.due))
    }

    fn iter(&self) -> impl Iterator<Item = (Key, &Due)> {
        let mut path = Vec::new();
        let mut at = self.root;
        std::iter::from_fn(move || {
            while at != NONE {
                path.push(at);
                at = self.nodes[at as usize].left;
            }
            let node = &self.nodes[path.pop()? as usize];
            at = node.right;
            Some((node.key, &node.due))
        })
    }

    fn covered_below(&self, at: u32, from: Key, cover: u64) -> Option<(Key, &Due)> {
        if at == NONE || self.nodes[at as usize].least > cover {
            return None;
        }
        let node = &self.nodes[at as usize];
        if node.key >= from {
            if let Some(found) = self.covered_below(node.left, from, cover) {
                return Some(found);
            }
            if node.offered <= cover {
                return Some((node.key, &node.due));
            }
        }
        self.covered_below(node.right, from, cover)
    }

    fn least(&self, at: u32) -> u64 {
        if at == NONE { u64::MAX } else { self.nodes[at as usize].least }
    }

    fn renew(&mut self, at: u32) {
        let (left, right) = (self.nodes[at as usize].left, self.nodes[at as usize].right);
        let below = self.least(left).min(self.least(right));
        let node = &mut self.nodes[at as usize];
        node.least = node.offered.min(below);
    }

    /// The tree below `at` with one more node. Only the part that the node outweighs is split.
    fn grown(&mut self, at: u32, new: u32) -> u32 {
        let (key, weight) = (self.nodes[new as usize].key, self.nodes[new as usize].weight);
        if at == NONE || self.nodes[at as usize].weight < weight {
            let (before, after) = self.split(at, key);
            self.nodes[new as usize].left = before;
            self.nodes[new as usize].right = after;
            self.renew(new);
            return new;
        }
        if key < self.nodes[at as usize].key {
            self.nodes[at as usize].left = self.grown(self.nodes[at as usize].left, new);
        } else {
            self.nodes[at as usize].right = self.grown(self.nodes[at as usize].right, new);
        }
        let offered = self.nodes[new as usize].offered;
        let node = &mut self.nodes[at as usize];
        node.least = node.least.min(offered);
        at
    }

    /// The tree below `at` without the node of a key, and that node.
    fn pruned(&mut self, at: u32, key: Key) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        let node = &self.nodes[at as usize];
        let (left, right) = (node.left, node.right);
        match key.cmp(&node.key) {
            Ordering::Equal => (self.merge(left, right), at),
            Ordering::Less => {
                let (left, found) = self.pruned(left, key);
                self.nodes[at as usize].left = left;
                self.renew(at);
                (at, found)
            }
            Ordering::Greater => {
                let (right, found) = self.pruned(right, key);
                self.nodes[at as usize].right = right;
                self.renew(at);
                (at, found)
            }
        }
    }

    /// Two trees: keys before `key`, and the others.
    fn split(&mut self, at: u32, key: Key) -> (u32, u32) {
        if at == NONE {
            return (NONE, NONE);
        }
        if self.nodes[at as usize].key < key {
            let (middle, after) = self.split(self.nodes[at as usize].right, key);
            self.nodes[at as usize].right = middle;
            self.renew(at);
            (at, after)
        } else {
            let (before, middle) = self.split(self.nodes[at as usize].left, key);
            self.nodes[at as usize].left = middle;
            self.renew(at);
            (before, at)
        }
    }

    /// One tree of two, all keys of the first before those of the second.
    fn merge(&mut self, before: u32, after: u32) -> u32 {
        if before == NONE || after == NONE {
            return if before == NONE { after } else { before };
        }
        if self.nodes[before as usize].weight >= self.nodes[after as usize].weight {
            let right = self.merge(self.nodes[before as usize].right, after);
            self.nodes[before as usize].right = right;
            self.renew(before);
            before
        } else {
            let left = self.merge(before, self.nodes[after as usize].left);
            self.nodes[after as usize].left = left;
            self.renew(after);
            after
        }
    }
}

/// A weight that no order of arrival can line up.
fn mix(key: Key) -> u32 {
    let mixed = (key.0 ^ (u64::from(key.1) << 32)).wrapping_add(u64::from(key.1) + 1);
    let mixed = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 32) as u32
}
