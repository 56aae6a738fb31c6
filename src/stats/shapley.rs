//! Shapley values of a cooperative game, as statistics of replicates.
//!
//! **What**: splits what all players together bring about, beyond what comes about without any, among them. Beside it, what each brings
//! about alone and as the last to join, and how far the players' lone contributions are from adding up.
//! **Assumptions**: the worth of every coalition is known, from the same replicates in the same order.
//! **Formula**: `φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S))`; `φ_1 + … + φ_n = v(N) − v(∅)` (efficiency), equal players
//! get equal shares (symmetry), and a player that never changes anything gets nothing (null player).
//! Values are linear in `v`, so influences of replicates carry over without a further approximation.
//! **Reference**: Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953).
//! **Failure**: a number of coalitions that is not a power of two is no game.

use crate::stats::influence::Influenced;

/// The worth of every coalition; bit `i` of a coalition's place says whether player `i` is in it. Never empty.
#[derive(Clone, Debug)]
pub struct Game {
    worth: Vec<Influenced>,
    players: usize,
}

impl Game {
    /// A game; `None` unless there is a worth for each of the `2^n` coalitions of some `n` players.
    #[must_use]
    pub fn new(worth: Vec<Influenced>) -> Option<Self> {
        let players = worth.len().trailing_zeros() as usize;
        worth.len().is_power_of_two().then_some(Self { worth, players })
    }

    /// Number of players.
    #[must_use]
    pub fn players(&self) -> usize {
        self.players
    }

    /// What everybody together brings about.
    #[must_use]
    pub fn whole(&self) -> &Influenced {
        &self.worth[self.worth.len() - 1]
    }

    /// What comes about without anybody.
    #[must_use]
    pub fn nobody(&self) -> &Influenced {
        &self.worth[0]
    }

    /// The Shapley value of a player, counted from 0; exactly 0 with no error for one that never changes anything.
    #[must_use]
    pub fn shapley(&self, player: usize) -> Influenced {
        let own = 1 << player;
        let others = (0..self.worth.len()).filter(|coalition| coalition & own == 0);
        let joined = others.map(|coalition| {
            let gained = self.worth[coalition | own].minus(&self.worth[coalition]);
            gained.times(weight(coalition.count_ones() as usize, self.players))
        });
        joined.reduce(|sum, term| sum.plus(&term)).unwrap_or_else(|| self.nobody().times(0.0))
    }

    /// What a player brings about when nobody else is there.
    #[must_use]
    pub fn alone(&self, player: usize) -> Influenced {
        self.worth[1 << player].minus(self.nobody())
    }

    /// What a player adds when everybody else is there.
    #[must_use]
    pub fn last(&self, player: usize) -> Influenced {
        self.whole().minus(&self.worth[(self.worth.len() - 1) & !(1 << player)])
    }

    /// What the players bring about together beyond the sum of what each brings about alone.
    #[must_use]
    pub fn interaction(&self) -> Influenced {
        let gained = self.whole().minus(self.nobody());
        (0..self.players).fold(gained, |rest, player| rest.minus(&self.alone(player)))
    }
}

/// Share of all orders of the players in which exactly these `before` come before a given player.
fn weight(before: usize, players: usize) -> f64 {
    1.0 / (players as f64 * choose(players - 1, before))
}

/// Number of ways to choose `few` of `all`.
fn choose(all: usize, few: usize) -> f64 {
    (0..few).fold(1.0, |ways, taken| ways * (all - taken) as f64 / (taken + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A game of one replicate.
    fn game(worth: &[f64]) -> Game {
        Game::new(worth.iter().map(|own| Influenced::mean(&[*own])).collect()).expect("a power of two")
    }

    fn values(game: &Game) -> Vec<f64> {
        (0..game.players()).map(|player| game.shapley(player).value).collect()
    }

    #[test]
    fn three_players_by_hand() {
        // v(∅) = 2; a 12, b 22, c 2; ab 42, ac 27, bc 32; abc 62. Orders abc acb bac bca cab cba give a: 10 10 20 30 25 30; b: 30 35 20 20
        // 35 30; c: 20 15 20 10 0 0.
        let all = game(&[2.0, 12.0, 22.0, 42.0, 2.0, 27.0, 32.0, 62.0]);
        let expected = [125.0 / 6.0, 170.0 / 6.0, 65.0 / 6.0];
        for (value, expected) in values(&all).iter().zip(expected) {
            assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
        }
        assert_eq!((all.alone(0).value, all.last(0).value), (10.0, 30.0));
        // 60 in all, of which 10, 20 and 0 come about alone.
        assert_eq!(all.interaction().value, 30.0);
        let (third, sixth) = (1.0 / 3.0, 1.0 / 6.0);
        assert_eq!([0, 1, 2].map(|before| weight(before, 3)), [third, sixth, third]);
    }

    #[test]
    fn a_number_of_coalitions_that_is_no_power_of_two_is_no_game() {
        assert!(Game::new(vec![Influenced::mean(&[1.0]); 3]).is_none() && Game::new(Vec::new()).is_none());
        let empty = game(&[5.0]);
        assert_eq!((empty.players(), empty.whole().value, empty.interaction().value), (0, 5.0, 0.0));
    }

    #[test]
    fn standard_errors_are_those_of_the_same_sum_in_every_replicate() {
        // Two players, three replicates: φ_a = (v(a) − v(∅) + v(ab) − v(b)) / 2 in each.
        let worth = [[0.0, 1.0, 2.0], [3.0, 5.0, 4.0], [1.0, 1.0, 4.0], [6.0, 2.0, 9.0]];
        let all = Game::new(worth.iter().map(|own| Influenced::mean(own)).collect()).expect("four coalitions");
        let by_replicate = [0, 1, 2].map(|r: usize| (worth[1][r] - worth[0][r] + worth[3][r] - worth[2][r]) / 2.0);
        let direct = Influenced::mean(&by_replicate);
        let found = all.shapley(0);
        assert!((found.value - direct.value).abs() < 1e-12);
        assert!((found.std_error().expect("three") - direct.std_error().expect("three")).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn values_add_up_to_what_everybody_gains(players in 0..7_u32, seed in proptest::collection::vec(-50.0..50.0_f64, 64)) {
            let all = game(&seed[..1 << players]);
            let gained = all.whole().value - all.nobody().value;
            prop_assert!((values(&all).iter().sum::<f64>() - gained).abs() < 1e-9);
        }

        #[test]
        fn players_who_do_the_same_get_the_same(worth in proptest::collection::vec(-50.0..50.0_f64, 32)) {
            // Coalitions of five players, in which players 1 and 3 may be exchanged.
            let exchanged = |coalition: usize| {
                let (one, three) = (coalition >> 1 & 1, coalition >> 3 & 1);
                coalition & !0b1010 | three << 1 | one << 3
            };
            let same: Vec<f64> = (0..32).map(|coalition| worth[coalition] + worth[exchanged(coalition)]).collect();
            let all = values(&game(&same));
            prop_assert!((all[1] - all[3]).abs() < 1e-9);
        }

        #[test]
        fn a_player_who_changes_nothing_gets_nothing(worth in proptest::collection::vec(-50.0..50.0_f64, 16), null in 0..5_usize) {
            // Player `null` of five is put into a game of the other four.
            let without = |coalition: usize| (coalition & ((1 << null) - 1)) | (coalition >> (null + 1) << null);
            let all = game(&(0..32).map(|coalition| worth[without(coalition)]).collect::<Vec<_>>());
            prop_assert!([all.shapley(null), all.alone(null), all.last(null)].iter().all(|own| own.value == 0.0));
        }
    }
}
