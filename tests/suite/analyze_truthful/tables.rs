//! Made-up trials as CSV text. In none of them has treatment any effect, unless `shift` is one.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, LogNormal, Pareto, StandardNormal};
use std::fmt::Write as _;

/// Where the numbers come from.
pub(super) type Draws = ChaCha8Rng;

pub(super) fn normal(rng: &mut Draws) -> f64 {
    StandardNormal.sample(rng)
}

pub(super) fn exponential(rng: &mut Draws) -> f64 {
    Exp1.sample(rng)
}

/// Revenue of customers, one in a thousand of whom buys like all others together.
pub(super) fn pareto(rng: &mut Draws) -> f64 {
    Pareto::new(10.0, 1.3).expect("a distribution").sample(rng)
}

pub(super) fn lognormal(rng: &mut Draws, sigma: f64) -> f64 {
    LogNormal::new(0.0, sigma).expect("a distribution").sample(rng)
}

/// So many units of every arm, in random order.
pub(super) fn assigned(rng: &mut Draws, sizes: &[usize]) -> Vec<usize> {
    let mut arms: Vec<usize> = sizes.iter().enumerate().flat_map(|(arm, size)| std::iter::repeat_n(arm, *size)).collect();
    arms.shuffle(rng);
    arms
}

/// `id,arm,y`: one row per unit.
pub(super) fn units(rng: &mut Draws, sizes: &[usize], outcome: impl Fn(&mut Draws, usize) -> f64) -> String {
    let mut table = "id,arm,y\n".to_owned();
    for (unit, arm) in assigned(rng, sizes).into_iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{unit},{arm},{}", outcome(rng, arm));
    }
    table
}

/// `id,arm,y,…`: one row per unit, all cells behind the arm from `cells`.
pub(super) fn rows(rng: &mut Draws, sizes: &[usize], header: &str, cells: impl Fn(&mut Draws, usize) -> String) -> String {
    let mut table = format!("id,arm,{header}\n");
    for (unit, arm) in assigned(rng, sizes).into_iter().enumerate() {
        let _ = writeln!(table, "{unit},{arm},{}", cells(rng, arm));
    }
    table
}

/// `id,arm,shop,y,n`: whole shops are assigned, and differ.
pub(super) fn clusters(
    rng: &mut Draws,
    sizes: &[usize],
    (size, spread, shift): (impl Fn(&mut Draws) -> usize, f64, f64),
) -> String {
    let mut table = "id,arm,shop,y,n\n".to_owned();
    let mut unit = 0;
    for (shop, arm) in assigned(rng, sizes).into_iter().enumerate() {
        let level = spread * normal(rng);
        for _ in 0..size(rng) {
            let orders = rng.random_range(1..5);
            let value = 10.0 + level + normal(rng) + shift * arm as f64;
            let _ = writeln!(table, "{unit},{arm},s{shop},{},{orders}", value * f64::from(orders));
            unit += 1;
        }
    }
    table
}

/// What a panel is like.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub(super) periods: usize,
    /// What every unit gains per period.
    pub(super) drift: f64,
    /// Whether a unit's errors add up.
    pub(super) walks: bool,
    /// Share of rows that are lacking.
    pub(super) gaps: f64,
    /// Share of treated units that leave after the start when they do badly.
    pub(super) leaves: f64,
    pub(super) shift: f64,
}

impl Panel {
    pub(super) const CALM: Self = Self { periods: 6, drift: 0.0, walks: false, gaps: 0.0, leaves: 0.0, shift: 0.0 };

    /// `id,arm,month,y`, treated from month 4 on.
    pub(super) fn table(self, rng: &mut Draws, sizes: &[usize]) -> String {
        let mut table = "id,arm,month,y\n".to_owned();
        for (unit, arm) in assigned(rng, sizes).into_iter().enumerate() {
            let level = 20.0 + 3.0 * normal(rng);
            let (mut walk, mut gone) = (0.0, false);
            for month in 1..=self.periods {
                let noise = normal(rng);
                walk += noise;
                let own = if self.walks { walk } else { noise };
                let effect = if month >= 4 { self.shift * arm as f64 } else { 0.0 };
                gone |= arm == 1 && month >= 4 && own < 0.0 && rng.random::<f64>() < self.leaves;
                if gone || rng.random::<f64>() < self.gaps {
                    continue;
                }
                let _ = writeln!(table, "{unit},{arm},{month},{}", level + own + effect + self.drift * month as f64);
            }
        }
        table
    }
}

/// `id,arm,y,y2,week`: units arrive in equal parts of `each`.
pub(super) fn arrivals(rng: &mut Draws, (looks, each): (usize, usize), shift: f64) -> String {
    let mut table = "id,arm,y,y2,week\n".to_owned();
    for unit in 0..looks * each {
        let arm = rng.random_range(0..2_u8);
        let (common, y) = (normal(rng), normal(rng));
        let _ =
            writeln!(table, "{unit},{arm},{},{},{}", y + common + shift * f64::from(arm), common + normal(rng), unit / each + 1);
    }
    table
}

/// `id,arm,y,stratum`: strata with shares of treated units of their own, and means of their own.
pub(super) fn strata(rng: &mut Draws, shares: &[f64], (size, shift): (usize, f64)) -> String {
    let mut table = "id,arm,y,stratum\n".to_owned();
    for (stratum, share) in shares.iter().enumerate() {
        let treated = (share * size as f64) as usize;
        for (unit, arm) in assigned(rng, &[size - treated, treated]).into_iter().enumerate() {
            let value = 5.0 * stratum as f64 + exponential(rng) + shift * arm as f64;
            let _ = writeln!(table, "{stratum}-{unit},{arm},{value},r{stratum}");
        }
    }
    table
}
