//! The inbox against a model of it, whatever happens in whatever order.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};

const SUBJECTS: usize = 3;

/// Something that happens. Times are in hours, so that the milliseconds that the test itself takes do not count.
#[derive(Clone, Debug)]
enum Happening {
    Accept {
        subject: usize,
    },
    Take {
        room: usize,
    },
    /// One of those that run ends.
    Finish {
        which: usize,
        next: Next,
    },
    Pass {
        hours: u64,
    },
    /// Whoever runs events dies, and knows nothing of them any more.
    Crash,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Waiting { due: u64, holds_place: bool },
    Running { until: u64 },
    Final,
}

/// What should be there.
#[derive(Default)]
struct Model {
    hour: u64,
    events: BTreeMap<u64, (usize, Standing)>,
    /// How often each was taken.
    taken: BTreeMap<u64, u32>,
}

impl Model {
    /// The events that should be taken now, with room for so many.
    fn take(&mut self, room: usize) -> Vec<u64> {
        let hour = self.hour;
        for (_, standing) in self.events.values_mut() {
            if matches!(standing, Standing::Running { until } if *until <= hour) {
                *standing = Standing::Waiting {
                    due: hour,
                    holds_place: true,
                };
            }
        }
        let may_begin = self
            .events
            .iter()
            .filter(|(number, event)| self.may_begin(**number, **event));
        let mut begun = HashSet::new();
        let taken: Vec<_> = may_begin
            .take(room)
            .filter(|(_, (subject, _))| begun.insert(*subject))
            .map(|(number, _)| *number)
            .collect();
        for number in &taken {
            self.events.get_mut(number).unwrap().1 = Standing::Running { until: hour + 1 };
            *self.taken.entry(*number).or_default() += 1;
        }
        taken
    }

    fn may_begin(&self, number: u64, (subject, standing): (usize, Standing)) -> bool {
        let is_in_the_way = |(other, (of, standing)): (&u64, &(usize, Standing))| {
            *of == subject
                && *other != number
                && match standing {
                    Standing::Running { .. } => true,
                    Standing::Waiting { holds_place, .. } => *other < number && *holds_place,
                    Standing::Final => false,
                }
        };
        matches!(standing, Standing::Waiting { due, .. } if due <= self.hour) && !self.events.iter().any(is_in_the_way)
    }

    /// Whether it is still run by whoever took it here, and not taken by another since.
    fn has_lease(&self, taken: &Taken) -> bool {
        matches!(self.events[&taken.number].1, Standing::Running { .. })
            && self.taken[&taken.number] == taken.attempts + 1
    }

    fn finish(&mut self, number: u64, next: Next) {
        self.events.get_mut(&number).unwrap().1 = match next {
            Next::Done | Next::SetAside => Standing::Final,
            Next::Wait { after_ms, holds_place } => Standing::Waiting {
                due: self.hour + after_ms / HOUR_MS,
                holds_place,
            },
        };
    }
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![
        Just(Next::Done),
        Just(Next::SetAside),
        (0..3_u64, any::<bool>()).prop_map(|(hours, holds_place)| Next::Wait {
            after_ms: hours * HOUR_MS,
            holds_place
        }),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0..SUBJECTS).prop_map(|subject| Happening::Accept { subject }),
        3 => (1..5_usize).prop_map(|room| Happening::Take { room }),
        3 => (any::<prop::sample::Index>(), next()).prop_map(|(which, next)| Happening::Finish {
            which: which.index(usize::MAX),
            next
        }),
        2 => (1..3_u64).prop_map(|hours| Happening::Pass { hours }),
        1 => Just(Happening::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn none_is_lost_no_two_of_a_subject_run_at_once_and_they_begin_in_order(
        happenings in prop::collection::vec(happening(), 1..40)
    ) {
        let desk = Desk::new();
        let under = desk.connection("austin");
        let mut model = Model::default();
        let mut running: Vec<Taken> = Vec::new();
        for (index, happening) in happenings.into_iter().enumerate() {
            match happening {
                Happening::Accept { subject } => {
                    let number = desk.accept(under, &format!("visit-{index}"), &format!("pin-{subject}"));
                    let standing = Standing::Waiting { due: model.hour, holds_place: true };
                    prop_assert!(model.events.insert(number, (subject, standing)).is_none());
                }
                Happening::Take { room } => {
                    let taken = desk.round(&[under], None, room).taken;
                    prop_assert_eq!(numbers(&taken), model.take(room));
                    running.extend(taken);
                }
                Happening::Finish { which, next } if !running.is_empty() => {
                    let taken = running.remove(which % running.len());
                    let counted = desk.inbox.finish(&taken, receipt(), next, false).unwrap();
                    prop_assert_eq!(counted, model.has_lease(&taken));
                    if counted {
                        model.finish(taken.number, next);
                    }
                }
                Happening::Finish { .. } => {}
                Happening::Pass { hours } => {
                    desk.pass(hours * HOUR_MS);
                    model.hour += hours;
                }
                Happening::Crash => running.clear(),
            }
        }
        // Whatever happened, all of them come to an end when somebody runs them to it.
        for _ in 0..=model.events.len() {
            desk.pass(3 * HOUR_MS);
            model.hour += 3;
            let taken = desk.round(&[under], None, 100).taken;
            prop_assert_eq!(numbers(&taken), model.take(100));
            for taken in taken {
                prop_assert!(desk.done(&taken));
                model.finish(taken.number, Next::Done);
            }
        }
        for number in model.events.keys() {
            prop_assert!(desk.status(*number).is_final());
        }
    }
}
