//! Route programs: message counts follow the law and the published table in every cell.

use hutong::model::fact::{Funding, RouteClass, Topology};
use hutong::model::itinerary::Itinerary;
use hutong::model::route::{Acts, END, Place, Program, Way};
use hutong::scenario::Mode;
use proptest::prelude::*;

/// Directed transmissions of an accepted payment, counted by walking the program.
fn walked(program: &Program) -> usize {
    program.steps.iter().skip(1).filter(|step| step.way == Way::Link).count()
}

fn path(topology: Topology) -> (Vec<Place>, Option<Place>) {
    use Place::{Acquirer, FarHub, Hub, Wallet};
    match topology {
        Topology::OnUs => (vec![Wallet], None),
        Topology::Bilateral => (vec![Wallet, Acquirer], Some(Acquirer)),
        Topology::OneHub | Topology::Background => (vec![Wallet, Hub, Acquirer], Some(Hub)),
        Topology::TwoHubs => (vec![Wallet, Hub, FarHub, Acquirer], Some(FarHub)),
    }
}

fn itinerary(topology: Topology, mode: Mode, funding: Funding, fetch: bool) -> Itinerary {
    let (path, cleared_at) = path(topology);
    let bank = funding == Funding::Bank;
    let debit = if bank { vec![Place::Wallet, Place::DebitHub, Place::Bank] } else { vec![] };
    Itinerary {
        class: RouteClass { topology, funding, mode },
        path,
        debit,
        parse: mode != Mode::ConsumerPresented && fetch && topology != Topology::OnUs,
        cleared_at,
        debit_cleared_at: bank.then_some(Place::DebitHub),
    }
}

/// Goal: every cell of the table of message counts. Method: the table as published (columns:
/// merchant-presented balance and bank, consumer-presented balance and bank), against both the
/// closed form and a walk over the compiled program.
#[test]
fn message_counts_equal_the_table_in_every_cell() {
    let table = [
        (Topology::OnUs, true, [0, 4, 0, 4]),
        (Topology::Bilateral, true, [4, 8, 2, 6]),
        (Topology::OneHub, true, [8, 12, 4, 8]),
        (Topology::TwoHubs, true, [12, 16, 6, 10]),
    ];
    for (topology, fetch, counts) in table {
        let cells = [
            (Mode::Static, Funding::Balance),
            (Mode::Static, Funding::Bank),
            (Mode::ConsumerPresented, Funding::Balance),
            (Mode::ConsumerPresented, Funding::Bank),
        ];
        for ((mode, funding), count) in cells.into_iter().zip(counts) {
            let itinerary = itinerary(topology, mode, funding, fetch);
            assert_eq!(itinerary.messages(), count, "{topology:?} {mode:?} {funding:?}");
            assert_eq!(walked(&itinerary.program()), count, "{topology:?} {mode:?} {funding:?}");
        }
    }
}

#[test]
fn a_dynamic_code_that_carries_everything_saves_the_parse_exchange() {
    for (funding, count) in [(Funding::Balance, 4), (Funding::Bank, 8)] {
        let emv = itinerary(Topology::OneHub, Mode::Dynamic, funding, false);
        assert_eq!(walked(&emv.program()), count);
        let fetched = itinerary(Topology::OneHub, Mode::Dynamic, funding, true);
        let printed = itinerary(Topology::OneHub, Mode::Static, funding, true);
        assert_eq!(walked(&fetched.program()), walked(&printed.program()), "as static");
    }
}

#[test]
fn a_tap_counts_as_a_static_code() {
    for topology in [Topology::Bilateral, Topology::OneHub, Topology::TwoHubs] {
        let tap = itinerary(topology, Mode::Tap, Funding::Bank, true);
        let printed = itinerary(topology, Mode::Static, Funding::Bank, true);
        assert_eq!(walked(&tap.program()), walked(&printed.program()));
    }
}

#[test]
fn a_background_item_is_four_messages() {
    let item = itinerary(Topology::Background, Mode::Static, Funding::Balance, false);
    assert_eq!(walked(&item.program()), 4);
}

/// Follows a program from a refusal at `step` to its end; returns the places visited after it.
fn follow_refusal(program: &Program, step: usize) -> Vec<Place> {
    let mut visited = Vec::new();
    let mut next = program.steps[step].refused;
    while next != END {
        let at = program.steps[usize::from(next)];
        assert!(at.answer, "a refusal travels along answers only");
        visited.push(at.place);
        let stops = at.acts.has(Acts::STOP_IF_REFUSED);
        let last = usize::from(next) + 1 == program.steps.len();
        next = if stops || last { END } else { next + 1 };
    }
    visited
}

/// Goal: a refusal anywhere comes back to whoever asked first, over links that exist.
/// Method: from each step that may refuse, follow the refusal; neighbours on the way must be
/// neighbours on one of the payment's paths, and the end must be the program's own last place.
#[test]
fn every_refusal_finds_its_way_back_to_the_shopper() {
    for topology in [Topology::OnUs, Topology::Bilateral, Topology::OneHub, Topology::TwoHubs] {
        for mode in Mode::ALL {
            for funding in [Funding::Balance, Funding::Bank] {
                let itinerary = itinerary(topology, mode, funding, true);
                let program = itinerary.program();
                for (index, step) in program.steps.iter().enumerate() {
                    if !step.acts.has(Acts::DECIDE) && step.admitted {
                        continue;
                    }
                    let back = follow_refusal(&program, index);
                    let way: Vec<Place> = [step.place].into_iter().chain(back).collect();
                    for pair in way.windows(2) {
                        let linked = |path: &[Place]| {
                            path.windows(2)
                                .any(|hop| hop == [pair[0], pair[1]] || hop == [pair[1], pair[0]])
                        };
                        assert!(linked(&itinerary.path) || linked(&itinerary.debit), "{way:?}");
                    }
                    let end = program.steps.last().expect("a program has steps").place;
                    assert_eq!(*way.last().expect("not empty"), end, "{topology:?} {mode:?}");
                }
            }
        }
    }
}

proptest! {
    /// The law on random topologies: 2 × the sum over exchanges of the hops on the path.
    #[test]
    fn messages_are_twice_the_hops_of_all_exchanges(
        hubs in 0_usize..=2,
        debit_hops in 0_usize..=2,
        consumer in any::<bool>(),
        parse in any::<bool>(),
    ) {
        let path: Vec<Place> = [Place::Wallet, Place::Hub, Place::FarHub].into_iter()
            .take(hubs + 1).chain([Place::Acquirer]).collect();
        let debit: Vec<Place> = [Place::Wallet, Place::DebitHub].into_iter()
            .take(debit_hops).chain((debit_hops > 0).then_some(Place::Bank)).collect();
        let itinerary = Itinerary {
            class: RouteClass {
                topology: [Topology::Bilateral, Topology::OneHub, Topology::TwoHubs][hubs],
                funding: if debit.is_empty() { Funding::Balance } else { Funding::Bank },
                mode: if consumer { Mode::ConsumerPresented } else { Mode::Static },
            },
            cleared_at: Some(path[path.len() - 2].max(Place::Hub)),
            debit_cleared_at: (!debit.is_empty()).then(|| debit[debit.len() - 2]),
            path: path.clone(),
            debit: debit.clone(),
            parse: parse && !consumer,
        };
        let exchanges = 1 + usize::from(parse && !consumer);
        let law = 2 * (exchanges * (path.len() - 1) + debit.len().saturating_sub(1));
        prop_assert_eq!(walked(&itinerary.program()), law);
        prop_assert_eq!(itinerary.messages(), law);
    }
}
