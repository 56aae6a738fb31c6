//! Quantities that fade by half-lives: exact closed forms, advanced only when touched.

use crate::kernel::portable::exp2;
use crate::kernel::{DAY, SimTime};

/// Forward decay (Cormode, Shkapenyuk, Srivastava & Xu, ICDE 2009): evidence is stored *inflated* to a landmark time, so that
/// adding is one addition and nothing has to be aged; reading multiplies by `deflate`. After `REBASE` half-lives the landmark
/// must move, or single precision would run out of exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForwardDecay {
    half_lives_per_second: f32,
    landmark: SimTime,
}

/// Half-lives after which a landmark has to move.
const REBASE: f32 = 60.0;

impl ForwardDecay {
    /// A decay with this half-life, its landmark at `landmark`.
    pub fn new(half_life_days: f64, landmark: SimTime) -> Self {
        Self { half_lives_per_second: (1.0 / (half_life_days * f64::from(DAY))) as f32, landmark }
    }

    /// What one unit of evidence at `now` is stored as.
    #[inline(always)]
    pub fn inflate(&self, now: SimTime) -> f32 {
        exp2((now - self.landmark) as f32 * self.half_lives_per_second)
    }

    /// What one stored unit is worth at `now`.
    #[inline(always)]
    pub fn deflate(&self, now: SimTime) -> f32 {
        exp2(-((now - self.landmark) as f32) * self.half_lives_per_second)
    }

    /// Moves the landmark to `now` if it is time to, and then gives the factor that everything stored must be multiplied by.
    pub fn rebase(&mut self, now: SimTime) -> Option<f32> {
        let passed = (now - self.landmark) as f32 * self.half_lives_per_second;
        (passed > REBASE).then(|| {
            let factor = self.deflate(now);
            self.landmark = now;
            factor
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_halves_in_a_half_life_and_survives_rebasing() {
        let mut decay = ForwardDecay::new(2.0, SimTime::at_day(0));
        let mut stored = decay.inflate(SimTime::at_day(100));
        assert!((stored * decay.deflate(SimTime::at_day(102)) - 0.5).abs() < 1e-5);
        let factor = decay.rebase(SimTime::at_day(121)).expect("60 half-lives are over");
        stored *= factor;
        assert!((stored * decay.deflate(SimTime::at_day(121)) / libm::exp2f(-10.5) - 1.0).abs() < 1e-4);
        assert_eq!(decay.rebase(SimTime::at_day(122)), None);
    }
}
