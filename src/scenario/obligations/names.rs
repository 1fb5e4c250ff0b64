//! Names to ids, in one look where names do not collide.

use crate::units::InstitutionId;

/// A table of places by a mix of the name; whoever collides takes the next free place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NameTable {
    /// One more than the id; 0 is free. At least half of the places are free.
    places: Vec<u32>,
}

impl NameTable {
    pub(super) fn new(names: &[String]) -> Self {
        let mut places = vec![0; (2 * names.len()).next_power_of_two()];
        for (name, id) in names.iter().zip(1..) {
            let mut at = start(name.as_bytes(), places.len());
            while places[at] != 0 {
                at = (at + 1) % places.len();
            }
            places[at] = id;
        }
        Self { places }
    }

    /// The id of a name among `names`, from which the table was made.
    #[inline]
    pub(super) fn find(&self, name: &[u8], names: &[String]) -> Option<InstitutionId> {
        if names.is_empty() {
            return None;
        }
        let mut at = start(name, self.places.len());
        while self.places[at] != 0 {
            let id = self.places[at] as usize - 1;
            if names[id].as_bytes() == name {
                return Some(InstitutionId::new(id));
            }
            at = (at + 1) % self.places.len();
        }
        None
    }
}

/// Where a name is looked for first: its bytes, mixed as by Fowler, Noll and Vo.
#[inline]
fn start(name: &[u8], places: usize) -> usize {
    let mix = |mixed: u64, byte: &u8| (mixed ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    let mixed = name.iter().fold(0xCBF2_9CE4_8422_2325, mix);
    (mixed >> 32) as usize & (places - 1)
}
