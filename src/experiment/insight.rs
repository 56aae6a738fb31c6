//! What one arm decided and believed, month by month, as the truth recorder found it: from the sums and maps that `world` takes to records.
//!
//! Of a map only the changes need a memory: a cell that is right and was not has been learned, one that was right and is not has been
//! unlearned. What caused it is told by what changed: the library, if the component in question came or went since the month before;
//! else the beliefs, if the policy believes another component best; else the tastes of customers, which moved under an unchanged belief.
//! Nothing here enters an estimate.

use crate::domain::{ComponentId, Library, MAX_SLOTS};
use crate::experiment::beliefs::{BeliefCellRow, BeliefRow, Cause, Turn};
use crate::world::{Decisions, Understanding};

/// What was found in an arm's closed months.
#[derive(Clone, Debug, Default)]
pub struct Insight {
    /// One record a month; `arm` is not filled in.
    pub months: Vec<BeliefRow>,
    map: Vec<Understanding>,
    /// Components that had ever been launched when the last month closed.
    launched: usize,
}

impl Insight {
    /// Takes in the month that closes.
    pub fn close(&mut self, decisions: Decisions, map: Vec<Understanding>, library: &Library) {
        let slots = library.slot_count();
        let is_first = self.months.is_empty();
        let cells = map.iter().map(|cell| {
            let same = |before: &&Understanding| (before.audience, before.slot) == (cell.audience, cell.slot);
            let before = self.map.iter().find(same);
            BeliefCellRow {
                audience: cell.audience,
                slot: cell.slot,
                believed: cell.believed.0,
                best: cell.best.0,
                is_right: cell.is_right,
                // Nothing was believed before the first month.
                turn: if is_first {
                    cell.is_right.then_some(Turn::Learned(Cause::Beliefs))
                } else {
                    self.turn(before, cell, library)
                },
                evidence: cell.evidence,
                age_days: cell.age_days,
            }
        });
        let row = BeliefRow {
            arm: 0,
            month: self.months.len() as u16,
            messages: decisions.messages,
            on_best: decisions.on_best[..slots.min(MAX_SLOTS)].to_vec(),
            by_chance: decisions.by_chance[..slots.min(MAX_SLOTS)].to_vec(),
            open: decisions.open,
            best_open: decisions.best_open,
            cells: cells.collect(),
        };
        self.months.push(row);
        self.map = map;
        self.launched = library.components.len();
    }

    fn turn(&self, before: Option<&Understanding>, now: &Understanding, library: &Library) -> Option<Turn> {
        let before = before.filter(|before| before.is_right != now.is_right)?;
        let is_gone = |id: ComponentId| library.card(id).retired.is_some();
        let is_new = |id: ComponentId| usize::from(id.0) >= self.launched;
        let cause = if [before.believed, before.best].into_iter().any(is_gone) || [now.believed, now.best].into_iter().any(is_new)
        {
            Cause::Library
        } else if before.believed != now.believed {
            Cause::Beliefs
        } else {
            Cause::Tastes
        };
        Some(if now.is_right { Turn::Learned(cause) } else { Turn::Unlearned(cause) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Component, Origin};
    use crate::kernel::SimTime;

    fn component(position: u8) -> Component {
        Component {
            slot: 0,
            position,
            origin: Origin::Initial,
            audience: None,
            discount: 0.0,
            promotes: None,
            brand_safety: 1.0,
            approved: true,
            launched_day: 0.0,
            retired: None,
        }
    }

    fn cell(believed: u16, best: u16) -> Vec<Understanding> {
        let (believed, best) = (ComponentId(believed), ComponentId(best));
        vec![Understanding {
            audience: 0,
            slot: 0,
            believed,
            best,
            is_right: believed == best,
            evidence: 9.0,
            age_days: Some(4.0),
        }]
    }

    #[test]
    fn what_is_learned_or_unlearned_is_laid_to_the_library_the_beliefs_or_the_tastes() {
        let mut library = Library::new(&[4]);
        for position in 0..3 {
            library.launch(component(position));
        }
        let mut insight = Insight::default();
        let mut close = |map: Vec<Understanding>, library: &Library| {
            insight.close(Decisions::default(), map, library);
            insight.months.last().and_then(|row| row.cells[0].turn)
        };
        assert_eq!(close(cell(0, 0), &library), Some(Turn::Learned(Cause::Beliefs)), "nothing was believed before");
        assert_eq!(close(cell(0, 0), &library), None, "still right");
        assert_eq!(close(cell(0, 1), &library), Some(Turn::Unlearned(Cause::Tastes)), "another one is best now");
        assert_eq!(close(cell(2, 1), &library), None, "wrong in another way");
        assert_eq!(close(cell(1, 1), &library), Some(Turn::Learned(Cause::Beliefs)));
        let new = library.launch(component(3));
        assert_eq!(close(cell(1, new.0), &library), Some(Turn::Unlearned(Cause::Library)), "a better one came");
        assert_eq!(close(cell(new.0, new.0), &library), Some(Turn::Learned(Cause::Beliefs)), "it is no longer new");
        library.retire(new, SimTime(0));
        assert_eq!(close(cell(2, 0), &library), Some(Turn::Unlearned(Cause::Library)), "it is gone");
    }
}
