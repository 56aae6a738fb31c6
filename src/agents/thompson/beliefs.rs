//! Beliefs about actions on two levels: every customer's own evidence, and the audience's, which is the prior of its members.
//!
//! Evidence fades by forward decay: it is stored inflated to a landmark, so nothing has to be aged. Binary rewards make Beta beliefs
//! (successes and failures), real ones Normal–inverse-gamma (count, sum, sum of squares).

use crate::agents::thompson::sampling::{NormalInverseGamma, Sums, beta_odds, eight_beta_odds_fast};
use crate::domain::{Belief, Regrouping};
use crate::kernel::{Draws, ForwardDecay, SimTime};
use std::ops::Range;

/// Variance that a real reward is expected to have before anything is known, in squared reward units.
const FLAT_VARIANCE: f32 = 1.0;

/// How beliefs are set up.
#[derive(Clone, Copy, Debug)]
pub struct BeliefRules {
    /// Actions.
    pub actions: usize,
    /// Audiences.
    pub audiences: usize,
    /// Whether rewards are 0 or 1.
    pub binary: bool,
    /// Whether customers have evidence of their own.
    pub personal: bool,
    /// The most that the audience weighs in a customer's prior.
    pub prior_cap: f32,
    /// Weight of the flat prior.
    pub prior_weight: f32,
    /// Mean of the flat prior.
    pub prior_mean: f32,
    /// Half-life of evidence.
    pub half_life_days: f64,
}

/// Beliefs of one policy about one set of actions.
#[derive(Clone, Debug)]
pub struct Beliefs {
    rules: BeliefRules,
    decay: ForwardDecay,
    deflate: f32,
    /// Evidence of audiences: audience × action.
    shared: Vec<Sums>,
    /// When it came in, in the same order.
    moments: Vec<Moment>,
    /// Evidence of customers: for each seat, the first measure of all actions, then the second, then (real rewards) the third.
    own: Vec<f32>,
    /// Priors ready for use, audience × action: successes and failures, or the whole belief.
    prior_alpha: Vec<f32>,
    prior_beta: Vec<f32>,
    prior_real: Vec<NormalInverseGamma>,
}

impl Beliefs {
    /// No evidence yet.
    pub fn new(rules: BeliefRules) -> Self {
        let cells = rules.audiences * rules.actions;
        let mut beliefs = Self {
            rules,
            decay: ForwardDecay::new(rules.half_life_days, SimTime(0)),
            deflate: 1.0,
            shared: vec![Sums::default(); cells],
            moments: vec![Moment::default(); cells],
            own: Vec::new(),
            prior_alpha: Vec::new(),
            prior_beta: Vec::new(),
            prior_real: Vec::new(),
        };
        beliefs.lay_out_priors();
        beliefs
    }

    /// Flat priors for all audiences and actions, until they are prepared.
    fn lay_out_priors(&mut self) {
        let rules = self.rules;
        let cells = rules.audiences * rules.actions;
        let flat = NormalInverseGamma { mean: rules.prior_mean, weight: rules.prior_weight, shape: 1.0, scale: FLAT_VARIANCE };
        self.prior_alpha = vec![rules.prior_weight * rules.prior_mean; cells];
        self.prior_beta = vec![rules.prior_weight * (1.0 - rules.prior_mean); cells];
        self.prior_real = if rules.binary { Vec::new() } else { vec![flat; cells] };
    }

    fn measures(&self) -> usize {
        if self.rules.binary { 2 } else { 3 }
    }

    fn width(&self) -> usize {
        if self.rules.personal { self.measures() * self.rules.actions } else { 0 }
    }

    /// Number of audiences.
    pub fn audiences(&self) -> usize {
        self.rules.audiences
    }

    /// Makes room for customers.
    pub fn seat(&mut self, seats: usize) {
        self.own = vec![0.0; seats * self.width()];
    }

    /// Bytes per customer.
    pub fn bytes_per_seat(&self) -> usize {
        self.width() * size_of::<f32>()
    }

    /// Adds a reward observed at `now`. Twins teach only themselves.
    #[inline]
    pub fn add(&mut self, who: Who, action: usize, reward: f32, inflate: f32) {
        let actions = self.rules.actions;
        let amount = Sums { count: inflate, sum: inflate * reward, squares: inflate * reward * reward };
        if !who.twin {
            let cell = &mut self.shared[who.audience * actions + action];
            cell.count += amount.count;
            cell.sum += amount.sum;
            cell.squares += amount.squares;
        }
        if self.rules.personal {
            let base = who.seat * self.width() + action;
            if self.rules.binary {
                self.own[base] += amount.sum;
                self.own[base + actions] += amount.count - amount.sum;
            } else {
                self.own[base] += amount.count;
                self.own[base + actions] += amount.sum;
                self.own[base + 2 * actions] += amount.squares;
            }
        }
    }

    /// What a unit of evidence at `now` is stored as.
    pub fn inflate(&self, now: SimTime) -> f32 {
        self.decay.inflate(now)
    }

    /// Notes that all evidence of audiences that was added since the last call came in at `now`.
    ///
    /// Evidence fades by one factor for all of it, so its mean age needs no more than a second decayed sum, of weight × day:
    /// age = now − Σ w·day / Σ w, exact however much has faded since.
    pub fn date(&mut self, now: SimTime) {
        let day = f64::from(now.days_exact());
        for (moment, cell) in self.moments.iter_mut().zip(&self.shared) {
            moment.days += (f64::from(cell.count) - f64::from(moment.dated)) * day;
            moment.dated = cell.count;
        }
    }

    /// What is believed of an audience and an action at `now`, as last prepared.
    pub fn of_audience(&self, audience: usize, action: usize, now: SimTime) -> Belief {
        let cell = audience * self.rules.actions + action;
        let (alpha, beta) = (self.prior_alpha[cell], self.prior_beta[cell]);
        let (count, days) = (f64::from(self.shared[cell].count), self.moments[cell].days);
        Belief {
            mean: self.prior_real.get(cell).map_or(alpha / (alpha + beta), |belief| belief.mean),
            evidence: self.shared[cell].count * self.decay.deflate(now),
            age_days: if count > 0.0 { (f64::from(now.days_exact()) - days / count) as f32 } else { 0.0 },
        }
    }

    /// Forgets all evidence about an action: something new took its place.
    pub fn forget(&mut self, action: usize) {
        let actions = self.rules.actions;
        self.shared.iter_mut().skip(action).step_by(actions).for_each(|cell| *cell = Sums::default());
        self.moments.iter_mut().skip(action).step_by(actions).for_each(|moment| *moment = Moment::default());
        self.own.iter_mut().skip(action).step_by(actions).for_each(|value| *value = 0.0);
    }

    /// Adds evidence to what is believed of an action in every audience.
    pub fn add_to_all(&mut self, action: usize, evidence: Sums) {
        for cell in self.shared.iter_mut().skip(action).step_by(self.rules.actions) {
            *cell = cell.and(evidence);
        }
    }

    /// Customers belong to other audiences from now on. Where customers have evidence of their own, a new audience knows what its real
    /// members know; else it inherits from each old audience in proportion to the real members that came from there.
    pub fn regroup(&mut self, regrouping: &Regrouping<'_>) {
        let (actions, old_count) = (self.rules.actions, self.rules.audiences);
        let mut shared = vec![Sums::default(); regrouping.audiences * actions];
        if self.rules.personal {
            for (seat, (_, new)) in regrouping.moves.iter().enumerate().filter(|(seat, _)| !regrouping.twins[*seat]) {
                for action in 0..actions {
                    let cell = &mut shared[usize::from(*new) * actions + action];
                    *cell = cell.and(self.own_evidence(seat, action));
                }
            }
        } else {
            let mut moved = vec![0.0_f32; old_count * regrouping.audiences];
            let mut left = vec![0.0_f32; old_count];
            for ((old, new), _) in regrouping.moves.iter().zip(regrouping.twins).filter(|(_, twin)| !**twin) {
                moved[usize::from(*old) * regrouping.audiences + usize::from(*new)] += 1.0;
                left[usize::from(*old)] += 1.0;
            }
            for (old, new) in (0..old_count).flat_map(|old| (0..regrouping.audiences).map(move |new| (old, new))) {
                let share = moved[old * regrouping.audiences + new] / left[old].max(1.0);
                for action in 0..actions {
                    let cell = &mut shared[new * actions + action];
                    *cell = cell.and(self.shared[old * actions + action].times(share));
                }
            }
        }
        self.moments = self.inherited_moments(regrouping, &shared);
        self.rules.audiences = regrouping.audiences;
        self.shared = shared;
        self.lay_out_priors();
    }

    /// When the evidence of new audiences came in: on average when that of the old ones did, by the real members that came from there. Exact
    /// where evidence moves in proportion; where members bring their own, whose days are not kept, they are taken to be like their audience's.
    fn inherited_moments(&self, regrouping: &Regrouping<'_>, shared: &[Sums]) -> Vec<Moment> {
        let actions = self.rules.actions;
        let mut left = vec![0.0_f64; self.rules.audiences];
        let mut weights = vec![[0.0_f64; 2]; shared.len()];
        let real = || regrouping.moves.iter().zip(regrouping.twins).filter(|(_, twin)| !**twin).map(|(moved, _)| moved);
        real().for_each(|(old, _)| left[usize::from(*old)] += 1.0);
        for (old, new) in real() {
            for action in 0..actions {
                let before = self.moments[usize::from(*old) * actions + action];
                let [evidence, days] = &mut weights[usize::from(*new) * actions + action];
                *evidence += f64::from(before.dated) / left[usize::from(*old)];
                *days += before.days / left[usize::from(*old)];
            }
        }
        let moment = |(cell, [evidence, days]): (&Sums, &[f64; 2])| {
            let mean_day = if *evidence > 0.0 { days / evidence } else { 0.0 };
            Moment { dated: cell.count, days: f64::from(cell.count) * mean_day }
        };
        shared.iter().zip(&weights).map(moment).collect()
    }

    fn own_evidence(&self, seat: usize, action: usize) -> Sums {
        let base = seat * self.width() + action;
        let measure = |number: usize| self.own[base + number * self.rules.actions];
        if self.rules.binary {
            let (successes, failures) = (measure(0), measure(1));
            Sums { count: successes + failures, sum: successes, squares: successes }
        } else {
            Sums { count: measure(0), sum: measure(1), squares: measure(2) }
        }
    }

    /// Makes the priors for the days from `now` on. `groups` are the sets of actions that are alternatives to each other: the flat
    /// prior of an action expects the mean response within its group, so that new content starts as an average one.
    pub fn prepare(&mut self, groups: &[Range<usize>], now: SimTime) {
        if let Some(factor) = self.decay.rebase(now) {
            self.own.iter_mut().for_each(|value| *value *= factor);
            for cell in &mut self.shared {
                *cell = Sums { count: cell.count * factor, sum: cell.sum * factor, squares: cell.squares * factor };
            }
            for (moment, cell) in self.moments.iter_mut().zip(&self.shared) {
                *moment = Moment { dated: cell.count, days: moment.days * f64::from(factor) };
            }
        }
        self.deflate = self.decay.deflate(now);
        for audience in 0..self.rules.audiences {
            for group in groups {
                self.prepare_group(audience * self.rules.actions, group.clone());
            }
        }
    }

    fn prepare_group(&mut self, row: usize, group: Range<usize>) {
        let rules = self.rules;
        let deflated = |cell: &Sums| Sums {
            count: cell.count * self.deflate,
            sum: cell.sum * self.deflate,
            squares: cell.squares * self.deflate,
        };
        let cells: Vec<Sums> = self.shared[row + group.start..row + group.end].iter().map(deflated).collect();
        let (count, sum) = cells.iter().fold((0.0, 0.0), |(n, s), cell| (n + cell.count, s + cell.sum));
        let expected = (sum + rules.prior_weight * rules.prior_mean) / (count + rules.prior_weight);
        for (action, cell) in group.zip(cells) {
            let weight_seen = cell.count + rules.prior_weight;
            let mean = (cell.sum + rules.prior_weight * expected) / weight_seen;
            let weight = if rules.personal { weight_seen.min(rules.prior_cap) } else { weight_seen };
            self.prior_alpha[row + action] = weight * mean;
            self.prior_beta[row + action] = weight * (1.0 - mean);
            if !rules.binary {
                let flat = NormalInverseGamma { mean: expected, weight: rules.prior_weight, shape: 1.0, scale: FLAT_VARIANCE };
                let full = flat.after(cell);
                // Capping keeps mean and variance and lowers the weight of both.
                let kept = (weight / full.weight).min(1.0);
                let shape = 1.0 + (full.shape - 1.0) * kept;
                self.prior_real[row + action] =
                    NormalInverseGamma { mean: full.mean, weight, shape, scale: full.scale / full.shape * shape };
            }
        }
    }

    /// Draws from the posterior of every action in `range` into `scores`; larger is better. `exact` chooses the kind of Beta draws.
    pub fn draw(&self, who: Who, range: Range<usize>, exact: bool, draws: &mut Draws, scores: &mut [f32]) {
        if !self.rules.binary {
            self.draw_real(who, range, draws, scores);
        } else if exact {
            for (score, action) in scores.iter_mut().zip(range) {
                let (alpha, beta) = self.posterior(who, action);
                *score = beta_odds(alpha, beta, draws);
            }
        } else {
            self.draw_fast(who, range, draws, scores);
        }
    }

    fn posterior(&self, who: Who, action: usize) -> (f32, f32) {
        let cell = who.audience * self.rules.actions + action;
        let (mut alpha, mut beta) = (self.prior_alpha[cell], self.prior_beta[cell]);
        if self.rules.personal {
            let base = who.seat * self.width() + action;
            alpha += self.own[base] * self.deflate;
            beta += self.own[base + self.rules.actions] * self.deflate;
        }
        (alpha, beta)
    }

    #[inline]
    fn draw_fast(&self, who: Who, range: Range<usize>, draws: &mut Draws, scores: &mut [f32]) {
        let count = range.len();
        let scores = &mut scores[..count];
        draws.fill_normals(scores);
        let row = who.audience * self.rules.actions + range.start;
        let (alpha, beta) = (&self.prior_alpha[row..row + count], &self.prior_beta[row..row + count]);
        if self.rules.personal {
            let first = who.seat * self.width() + range.start;
            let second = first + self.rules.actions;
            let own = [&self.own[first..first + count], &self.own[second..second + count]];
            self.odds(scores, [alpha, beta], |at, kind| faded(own[kind], at, self.deflate));
        } else {
            self.odds(scores, [alpha, beta], |_, _| [0.0; 8]);
        }
    }

    /// Turns normals into posterior odds, eight at a time. `own(at, kind)` gives a customer's own successes (kind 0) or failures from `at` on.
    #[inline(always)]
    fn odds(&self, scores: &mut [f32], prior: [&[f32]; 2], own: impl Fn(usize, usize) -> [f32; 8]) {
        for (number, chunk) in scores.chunks_mut(8).enumerate() {
            let at = number * 8;
            let [alpha, beta] = [0, 1].map(|kind| {
                let (prior, own) = (eight(prior[kind], at), own(at, kind));
                std::array::from_fn(|lane| prior[lane] + own[lane])
            });
            let odds = eight_beta_odds_fast(&alpha, &beta, &eight(chunk, 0));
            match chunk.as_chunks_mut() {
                ([whole], _) => *whole = odds,
                (_, rest) => rest.iter_mut().zip(odds).for_each(|(score, own)| *score = own),
            }
        }
    }

    fn draw_real(&self, who: Who, range: Range<usize>, draws: &mut Draws, scores: &mut [f32]) {
        let row = who.audience * self.rules.actions;
        for (score, action) in scores.iter_mut().zip(range) {
            let mut belief = self.prior_real[row + action];
            if self.rules.personal {
                let base = who.seat * self.width() + action;
                let measure = |k: usize| self.own[base + k * self.rules.actions] * self.deflate;
                belief = belief.after(Sums { count: measure(0), sum: measure(1), squares: measure(2) });
            }
            *score = belief.draw(draws);
        }
    }
}

/// Eight values from `at` on; those beyond the end are 1.
#[inline(always)]
fn eight(values: &[f32], at: usize) -> [f32; 8] {
    match values[at..].first_chunk() {
        Some(whole) => *whole,
        None => std::array::from_fn(|lane| values.get(at + lane).copied().unwrap_or(1.0)),
    }
}

#[inline(always)]
fn faded(values: &[f32], at: usize, deflate: f32) -> [f32; 8] {
    eight(values, at).map(|value| value * deflate)
}

/// When the evidence of a cell came in.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    /// Evidence that is dated, stored as the cell's count.
    dated: f32,
    /// Its weights × days since day 0, inflated as they are.
    days: f64,
}

/// Whose beliefs.
#[derive(Clone, Copy, Debug)]
pub struct Who {
    /// Customer's number within the arm.
    pub seat: usize,
    /// Audience.
    pub audience: usize,
    /// Whether it is a twin.
    pub twin: bool,
}
