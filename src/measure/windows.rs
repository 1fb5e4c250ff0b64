//! Windows: equal stretches of time from the epoch on.

/// Finds the window of an instant; remembers the last one, because facts come nearly in order.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    width_ns: u64,
    index: usize,
    start_ns: u64,
}

impl Windows {
    /// Windows of this width, in nanoseconds.
    pub(super) fn new(width_ns: u64) -> Self {
        assert!(width_ns > 0, "a window has a width");
        Self { width_ns, index: 0, start_ns: 0 }
    }

    pub(super) const fn width_ns(&self) -> u64 {
        self.width_ns
    }

    /// The index of the window that holds this instant, and its start.
    #[inline]
    pub(super) fn find(&mut self, at_ns: u64) -> (usize, u64) {
        if at_ns.wrapping_sub(self.start_ns) >= self.width_ns {
            self.turn(at_ns);
        }
        (self.index, self.start_ns)
    }

    /// What `find` found last.
    pub(super) const fn latest(&self) -> (usize, u64) {
        (self.index, self.start_ns)
    }

    #[cold]
    fn turn(&mut self, at_ns: u64) {
        let index = at_ns / self.width_ns;
        self.index = usize::try_from(index).expect("fewer windows than memory");
        self.start_ns = index * self.width_ns;
    }

    /// How many windows a run that ended at this instant has; at least one.
    pub(super) fn until(&self, end_ns: u64) -> usize {
        usize::try_from(end_ns.div_ceil(self.width_ns)).expect("fewer windows than memory").max(1)
    }

    /// Start and width in nanoseconds of a window of a run that ended at this instant.
    pub(super) fn bounds(&self, index: usize, end_ns: u64) -> (u64, u64) {
        let start = index as u64 * self.width_ns;
        let stop = start.saturating_add(self.width_ns).min(end_ns);
        (start, stop.saturating_sub(start))
    }
}
