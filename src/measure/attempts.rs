//! Attempts in flight: what later facts about an attempt do not repeat.

use crate::model::fact::Attempt;
use crate::units::{Amount, InstitutionId};

/// What is remembered of an attempt from `Opened` to `Closed`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) amount: Amount,
    pub(super) wallet: InstitutionId,
    pub(super) background: bool,
    /// Fraudulent, and no wallet saw it.
    pub(super) missed: bool,
    /// The house that carries its bank debit.
    pub(super) debit_house: Option<InstitutionId>,
}

/// Dense by source and slot: as large as the most attempts ever in flight.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts {
    sources: Vec<Vec<Option<Open>>>,
}

impl Attempts {
    #[inline]
    pub(super) fn open(&mut self, of: Attempt, open: Open) {
        let (source, slot) = (of.id.source().index(), of.slot as usize);
        match self.sources.get_mut(source).and_then(|slots| slots.get_mut(slot)) {
            Some(place) => *place = Some(open),
            None => self.open_beyond(source, slot, open),
        }
    }

    #[cold]
    #[inline(never)]
    fn open_beyond(&mut self, source: usize, slot: usize, open: Open) {
        if self.sources.len() <= source {
            self.sources.resize_with(source + 1, Vec::new);
        }
        self.sources[source].resize(slot + 1, None);
        self.sources[source][slot] = Some(open);
    }

    /// The attempt, when it is open: an attempt that sent no message never opened.
    #[inline]
    pub(super) fn get(&self, of: Attempt) -> Option<Open> {
        *self.sources.get(of.id.source().index())?.get(of.slot as usize)?
    }

    /// A fraud that its wallet did not see.
    pub(super) fn missed(&mut self, of: Attempt) {
        let slots = self.sources.get_mut(of.id.source().index());
        if let Some(Some(open)) = slots.and_then(|slots| slots.get_mut(of.slot as usize)) {
            open.missed = true;
        }
    }

    #[inline]
    pub(super) fn close(&mut self, of: Attempt) -> Option<Open> {
        self.sources.get_mut(of.id.source().index())?.get_mut(of.slot as usize)?.take()
    }
}
