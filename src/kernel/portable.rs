//! Exponential, logarithm, logistic, cosine and normal quantile whose bits are the same on every platform.
//!
//! The standard library calls the platform's mathematics library, whose last bits differ between systems and versions. These
//! use only IEEE additions, multiplications, divisions and table look-ups, in single precision, and are short enough to be
//! vectorised. Errors are stated and tested against `libm`. Model code uses nothing else for these functions.

use std::sync::LazyLock;

/// 2^x, relative error below 3e-7, for any finite `x`: 0 below -126, saturating above 127.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    let x = x.clamp(-127.0, 127.0);
    // Rounding to nearest by the magic constant keeps the loop free of calls, so that it vectorises.
    let magic = 12_582_912.0_f32;
    let shifted = x + magic;
    let f = x - (shifted - magic);
    let polynomial = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5 + f * (0.055_504_11 + f * (0.009_618_129 + f * (0.001_333_355_8 + f * 0.000_154_035_3)))));
    // The lowest bits of the shifted number are the whole part, as an integer.
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    polynomial * scale
}

/// e^x, relative error below 4e-7 for |x| < 20.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp2(x * std::f32::consts::LOG2_E)
}

/// log2(x) for positive normal `x`, absolute error below 3e-7 plus one unit in the last place.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    // Centre the mantissa on 1: [sqrt(1/2), sqrt(2)).
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32) >> 23;
    let mantissa = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let f = mantissa - 1.0;
    // atanh series in s = f / (2 + f): log(1 + f) = 2 (s + s^3/3 + s^5/5 + s^7/7 + s^9/9).
    let s = f / (2.0 + f);
    let z = s * s;
    let series = 2.0 + z * (0.666_666_7 + z * (0.4 + z * (0.285_714_3 + z * 0.222_222_2)));
    exponent as f32 + s * series * std::f32::consts::LOG2_E
}

/// Natural logarithm of a positive normal `x`.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    log2(x) * std::f32::consts::LN_2
}

/// The logistic function 1 / (1 + e^-x).
#[inline(always)]
pub fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// cos(2π·turns), absolute error below 2e-6.
#[inline(always)]
pub fn cos_turns(turns: f32) -> f32 {
    let magic = 12_582_912.0_f32;
    let t = (turns - ((turns + magic) - magic)).abs();
    // cos(2πt) = -sin(2π(t - 1/4)), odd around 1/4; t lies in [0, 1/2].
    let y = (t - 0.25) * std::f32::consts::TAU;
    let z = y * y;
    -y * (1.0 + z * (-0.166_666_67 + z * (0.008_333_331 + z * (-0.000_198_409 + z * 0.000_002_752_6 - z * z * 2.39e-8))))
}

/// A word as a number in (0, 1): the midpoint of one of 2^24 equal cells.
#[inline(always)]
pub fn unit(word: u32) -> f32 {
    ((word >> 8) as f32 + 0.5) * (1.0 / 16_777_216.0)
}

/// A standard exponential draw from a word: mean 1, largest value about 17.3.
#[inline(always)]
pub fn exponential(word: u32) -> f32 {
    -ln(unit(word))
}

const CELL_BITS: u32 = 8;
const CELLS: usize = 1 << CELL_BITS;
const OCTAVES: usize = 32;

/// Normal quantiles by table: a word in, a standard normal out, by linear interpolation within cells that are equally wide
/// in each octave of the tail probability. Error of the quantile below 2e-6 everywhere up to the last cells of the tail (6 standard deviations).
///
/// Beside it stands a small table of the quantiles of 65,536 equally likely cells, for work that needs many normals and no far tails.
#[derive(Debug)]
pub struct NormalTable {
    quantiles: Vec<f32>,
    /// Quantiles of the positive half of the 65,536 cells.
    coarse: Box<[f32; HALF_CELLS]>,
}

/// Half of the cells that sixteen bits can name.
const HALF_CELLS: usize = 1 << 15;

static NORMAL: LazyLock<NormalTable> = LazyLock::new(NormalTable::build);

impl NormalTable {
    /// The one table of the program.
    pub fn get() -> &'static Self {
        &NORMAL
    }

    fn build() -> Self {
        let mut quantiles = Vec::with_capacity(OCTAVES * (CELLS + 1));
        // Octave o holds the tail probabilities 2^-(o+2) .. 2^-(o+1), cell 0 at the small end.
        for octave in 0..OCTAVES {
            let low = libm::exp2(-(octave as f64 + 2.0));
            for cell in 0..=CELLS {
                quantiles.push(upper_quantile(low * (1.0 + cell as f64 / CELLS as f64)) as f32);
            }
        }
        let mut table = Self { quantiles, coarse: Box::new([0.0; HALF_CELLS]) };
        for cell in 0..HALF_CELLS as u32 {
            // The middle of a cell of the upper half; the lower half mirrors it.
            table.coarse[cell as usize] = table.normal(cell << 16 | 0x8000);
        }
        table
    }

    /// The standard normal draw of `word`; symmetric: a word and its complement give opposite numbers.
    #[inline(always)]
    pub fn normal(&self, word: u32) -> f32 {
        // The top bit is the sign. The other 31 bits, m, are the tail probability p = (m + 1/2) / 2^32, below 1/2: as a
        // fraction of 2^33 it is 2m + 1, whose leading zeros are the octave and whose next bits are the cell.
        let negative = word >> 31;
        let p = ((word ^ negative.wrapping_neg()) << 1) | 1;
        let octave = p.leading_zeros();
        let mantissa = (p << octave) << 1;
        let cell = (mantissa >> (32 - CELL_BITS)) as usize;
        let fraction = ((mantissa << CELL_BITS) >> 8) as f32 * (1.0 / 16_777_216.0);
        let index = octave as usize * (CELLS + 1) + cell;
        let (here, next) = (self.quantiles[index], self.quantiles[index + 1]);
        let quantile = here + (next - here) * fraction;
        f32::from_bits(quantile.to_bits() ^ (negative << 31))
    }
}

impl NormalTable {
    /// Eight standard normals from the sixteen-bit halves of a block: the quantiles of 65,536 equally likely cells (largest 4.2).
    #[inline(always)]
    pub fn eight(&self, words: [u32; 4]) -> [f32; 8] {
        let mut normals = [0.0; 8];
        for (pair, word) in normals.chunks_exact_mut(2).zip(words) {
            pair[0] = self.of_cell(word & 0xffff);
            pair[1] = self.of_cell(word >> 16);
        }
        normals
    }

    /// The quantile of one of 65,536 cells: the top bit is the sign, the others are the cell, 0 outermost.
    #[inline(always)]
    fn of_cell(&self, half: u32) -> f32 {
        let quantile = self.coarse[half as usize & (HALF_CELLS - 1)];
        f32::from_bits(quantile.to_bits() ^ (half & 0x8000) << 16)
    }
}

/// The z with P(Z > z) = `p`, by Newton's method on the complementary error function; `p` in (0, 1/2).
fn upper_quantile(p: f64) -> f64 {
    let mut z = libm::sqrt(-2.0 * libm::log(p)) - 0.5;
    for _ in 0..60 {
        let tail = 0.5 * libm::erfc(z / std::f64::consts::SQRT_2);
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(std::f64::consts::TAU);
        let step = (tail - p) / density;
        z += step.clamp(-0.5, 0.5);
        if step.abs() < 1e-14 {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_and_logarithms_agree_with_libm() {
        for step in -200_000..200_000 {
            let x = step as f32 * 1e-4;
            let expected = libm::exp(f64::from(x));
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 2.5e-6, "exp({x})");
            let expected = libm::exp2(f64::from(x));
            assert!((f64::from(exp2(x)) / expected - 1.0).abs() < 3e-7, "exp2({x})");
            let positive = libm::exp(f64::from(x)) as f32;
            let expected = libm::log(f64::from(positive));
            assert!((f64::from(ln(positive)) - expected).abs() < 4e-7 * (1.0 + expected.abs()), "ln({positive})");
        }
        assert_eq!(exp2(-1e9), exp2(-127.0));
    }

    #[test]
    fn cosine_agrees_with_libm() {
        for step in -30_000..30_000 {
            let turns = step as f32 * 1e-4;
            let expected = libm::cos(f64::from(turns) * std::f64::consts::TAU);
            assert!((f64::from(cos_turns(turns)) - expected).abs() < 2e-6, "cos of {turns} turns");
        }
    }

    #[test]
    fn normal_draws_are_the_quantiles_of_their_words() {
        let table = NormalTable::get();
        let mut words: Vec<u32> = (0..4_000_000_u32).map(|k| k.wrapping_mul(2_654_435_761)).collect();
        words.extend([0, 1, 2, 3, 100, 1 << 10, 1 << 20, 1 << 30, (1 << 31) - 1, 1 << 31, u32::MAX]);
        for word in words {
            let lower = f64::from(word).min(f64::from(!word));
            let exact = upper_quantile((lower + 0.5) / 4_294_967_296.0);
            let drawn = f64::from(table.normal(word));
            let expected = if word < 1 << 31 { -exact } else { exact };
            let drawn = if (word < 1 << 31) == (drawn < 0.0) { drawn } else { -drawn };
            assert!((drawn.abs() - expected.abs()).abs() < 3e-6 * (1.0 + exact), "word {word}: {drawn} against {expected}");
            assert_eq!(table.normal(word), -table.normal(!word));
        }
    }

    #[test]
    fn coarse_normals_are_symmetric_quantiles_of_equally_likely_cells() {
        let table = NormalTable::get();
        for cell in 0..HALF_CELLS as u32 {
            let exact = upper_quantile((f64::from(cell) + 0.5) / 65_536.0);
            let [upper, lower, ..] = table.eight([cell | (cell | 0x8000) << 16, 0, 0, 0]);
            assert!((f64::from(upper) - exact).abs() < 3e-6 * (1.0 + exact), "cell {cell}: {upper} against {exact}");
            assert_eq!(upper, -lower);
        }
    }
}
