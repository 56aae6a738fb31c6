//! Addressed randomness: every draw is named, none is consumed in order.
//!
//! A draw is a word of the block at (seed, replicate, purpose, unit, counter, part). The block function is Philox4x32-10
//! (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), tested against Random123's known answers; its key
//! is drawn from ChaCha8 seeded with the study's seed, one stream per replicate. The same address gives the same words
//! whatever else was drawn before, by whom, or on which thread; two addresses that differ in any part are independent.

use crate::kernel::portable::{NormalTable, exponential, unit};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a draw is for. Adding a purpose changes no draw of another one; the numbers are part of every result and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Who a customer is. Unit: customer.
    Person = 1,
    /// Arm of a customer. Unit: customer.
    Assignment = 2,
    /// A customer's taste at a knot. Unit: customer; counter: knot.
    Taste = 3,
    /// A segment's taste on a day. Unit: segment; counter: day.
    SegmentTaste = 4,
    /// A turn of tastes. Unit: segment; counter: number of the break.
    TrendBreak = 5,
    /// Organic session candidates. Unit: customer; counter: candidate.
    BaseSession = 6,
    /// Sessions that follow a direct open. Unit: customer; counter: the open's slot.
    Offspring = 7,
    /// Chances of lapse and return. Unit: customer; counter: candidate.
    Turn = 8,
    /// Delivery, open, unsubscribe and delay of a message. Unit: customer; counter: slot.
    Send = 9,
    /// Conversions in an organic session. Unit: customer; counter: candidate.
    ConversionBase = 10,
    /// Conversions in a session that began with a message. Unit: customer; counter: slot.
    ConversionOpen = 11,
    /// Conversions in a session that follows a direct open. Unit: customer; counter: slot × 16 + number.
    ConversionOffspring = 12,
    /// A policy's plan for a week. Unit: customer; counter: week.
    Plan = 13,
    /// A policy's choice of content. Unit: customer; counter: hour.
    Compose = 14,
    /// Posterior pools of a learning step. Unit: audience; counter: day.
    Pool = 15,
    /// Components of the initial library. Unit: slot; counter: position.
    InitialComponent = 16,
    /// Components of a campaign. Unit: slot and audience; counter: campaign.
    CampaignComponent = 17,
    /// Components a team briefed. Unit: arm's curation; counter: brief.
    BriefedComponent = 18,
    /// A team's reading of its reports. Unit: review; counter: component and audience.
    Review = 19,
    /// Replicates drawn with replacement. Unit: resample.
    Resample = 20,
    /// Components of a generative model. Unit: 0; counter: component.
    GeneratedComponent = 21,
    /// Whether a reader recognises an unsafe component. Unit: where it came from; counter: component.
    Approval = 22,
    /// The design of a sweep. Unit: field; counter: 0 for its order of strata, 1 for the places within them.
    LatinHypercube = 31,
    /// What the world is like in a replicate where a scenario leaves that open. Unit: entry.
    Uncertainty = 32,
}

/// All randomness of one replicate.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    keys: KeySchedule,
    normals: &'static NormalTable,
}

/// The address of a draw but for its purpose and part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Customer, segment, audience…
    pub unit: u32,
    /// An identity in the world: knot, candidate, slot, week…
    pub counter: u32,
}

impl Streams {
    /// The randomness of replicate `replicate` of a study with seed `seed`.
    pub fn new(seed: u64, replicate: u32) -> Self {
        let mut keys = ChaCha8Rng::seed_from_u64(seed);
        keys.set_stream(u64::from(replicate));
        Self { keys: schedule([keys.next_u32(), keys.next_u32()]), normals: NormalTable::get() }
    }

    /// Block `part` at an address: four independent uniform words.
    #[inline(always)]
    pub fn block(&self, purpose: Purpose, address: Address, part: u32) -> [u32; 4] {
        philox([address.counter, address.unit, purpose as u32, part], &self.keys)
    }

    /// The standard normal of a word.
    #[inline(always)]
    pub fn normal(&self, word: u32) -> f32 {
        self.normals.normal(word)
    }

    /// Eight standard normals of 16-bit resolution from block `part` at an address.
    #[inline(always)]
    pub fn eight_normals(&self, purpose: Purpose, address: Address, part: u32) -> [f32; 8] {
        self.normals.eight(self.block(purpose, address, part))
    }

    /// A generator of as many words as wanted, for samplers of changing appetite.
    #[inline]
    pub fn draws(&self, purpose: Purpose, address: Address) -> Draws<'_> {
        Draws { streams: self, purpose, address, part: 0, block: [0; 4], used: 4 }
    }
}

/// Rounds of the block function.
const ROUNDS: usize = 10;

/// The keys of all rounds. Made once: adding them up in every block would cost a sixth of it.
type KeySchedule = [[u32; 2]; ROUNDS];

fn schedule(key: [u32; 2]) -> KeySchedule {
    std::array::from_fn(|round| {
        [
            key[0].wrapping_add((round as u32).wrapping_mul(0x9E37_79B9)),
            key[1].wrapping_add((round as u32).wrapping_mul(0xBB67_AE85)),
        ]
    })
}

/// Philox4x32 with ten rounds.
#[inline(always)]
fn philox(mut counter: [u32; 4], keys: &KeySchedule) -> [u32; 4] {
    // Written out: a loop is not unrolled in every caller, and this is the most often run code of all.
    philox_round(&mut counter, keys[0]);
    philox_round(&mut counter, keys[1]);
    philox_round(&mut counter, keys[2]);
    philox_round(&mut counter, keys[3]);
    philox_round(&mut counter, keys[4]);
    philox_round(&mut counter, keys[5]);
    philox_round(&mut counter, keys[6]);
    philox_round(&mut counter, keys[7]);
    philox_round(&mut counter, keys[8]);
    philox_round(&mut counter, keys[9]);
    counter
}

#[inline(always)]
fn philox_round(counter: &mut [u32; 4], key: [u32; 2]) {
    let a = u64::from(counter[0]) * 0xD251_1F53;
    let b = u64::from(counter[2]) * 0xCD9E_8D57;
    *counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
}

/// The words at one address, in order: a generator that samplers of `rand_distr` accept.
#[derive(Clone, Debug)]
pub struct Draws<'a> {
    streams: &'a Streams,
    purpose: Purpose,
    address: Address,
    part: u32,
    block: [u32; 4],
    used: usize,
}

impl Draws<'_> {
    /// The next word.
    #[inline(always)]
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.block = self.streams.block(self.purpose, self.address, self.part);
            self.part += 1;
            self.used = 0;
        }
        let word = self.block[self.used];
        self.used += 1;
        word
    }

    /// A whole fresh block of four words.
    #[inline(always)]
    pub fn block(&mut self) -> [u32; 4] {
        let block = self.streams.block(self.purpose, self.address, self.part);
        self.part += 1;
        block
    }

    /// Uniform in (0, 1).
    #[inline(always)]
    pub fn unit(&mut self) -> f32 {
        unit(self.word())
    }

    /// Standard normal.
    #[inline(always)]
    pub fn normal(&mut self) -> f32 {
        let word = self.word();
        self.streams.normal(word)
    }

    /// Fills `normals` with standard normals of 16-bit resolution, eight to a fresh block.
    #[inline(always)]
    pub fn fill_normals(&mut self, normals: &mut [f32]) {
        let (whole, rest) = normals.as_chunks_mut();
        for eight in whole {
            *eight = self.streams.normals.eight(self.block());
        }
        if !rest.is_empty() {
            let drawn = self.streams.normals.eight(self.block());
            rest.iter_mut().zip(drawn).for_each(|(normal, own)| *normal = own);
        }
    }

    /// Standard exponential.
    #[inline(always)]
    pub fn exponential(&mut self) -> f32 {
        exponential(self.word())
    }

    /// Uniform whole number below `count`, which must be positive (multiply-shift; bias below `count` / 2^32).
    #[inline(always)]
    pub fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.word()) * count as u64) >> 32) as usize
    }
}

impl rand::TryRng for Draws<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let low = u64::from(self.word());
        Ok(u64::from(self.word()) << 32 | low)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of Random123 1.14 (`kat_vectors`, philox4x32 with ten rounds).
    #[test]
    fn philox_gives_the_known_answers_of_random123() {
        assert_eq!(philox([0; 4], &schedule([0; 2])), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], &schedule([u32::MAX; 2])), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(philox(counter, &schedule([0xa409_3822, 0x299f_31d0])), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn many_normals_come_from_consecutive_blocks() {
        let streams = Streams::new(3, 1);
        for count in [1, 8, 9, 26] {
            let (mut together, mut alone) = (vec![0.0; count], Vec::new());
            let address = Address { unit: 4, counter: 5 };
            streams.draws(Purpose::Compose, address).fill_normals(&mut together);
            (0..count.div_ceil(8) as u32).for_each(|part| alone.extend(streams.eight_normals(Purpose::Compose, address, part)));
            assert_eq!(together, alone[..count]);
        }
    }

    #[test]
    fn keys_come_from_chacha8_word_for_word() {
        for replicate in [0, 1, 99] {
            let mut reference = ChaCha8Rng::seed_from_u64(42);
            reference.set_stream(u64::from(replicate));
            let key = [reference.next_u32(), reference.next_u32()];
            assert_eq!(Streams::new(42, replicate).keys[0], key);
        }
    }

    #[test]
    fn a_draw_depends_on_its_address_and_on_nothing_else() {
        let streams = Streams::new(1, 0);
        let address = Address { unit: 5, counter: 9 };
        let alone = streams.block(Purpose::Send, address, 0);
        for purpose in [Purpose::Taste, Purpose::Turn] {
            let mut other = streams.draws(purpose, address);
            for _ in 0..100 {
                other.word();
            }
        }
        assert_eq!(streams.draws(Purpose::Send, address).block(), alone);
        let neighbours = [
            streams.block(Purpose::Turn, address, 0),
            streams.block(Purpose::Send, Address { unit: 6, ..address }, 0),
            streams.block(Purpose::Send, Address { counter: 10, ..address }, 0),
            streams.block(Purpose::Send, address, 1),
            Streams::new(1, 1).block(Purpose::Send, address, 0),
            Streams::new(2, 0).block(Purpose::Send, address, 0),
        ];
        assert!(neighbours.iter().all(|block| *block != alone));
    }

    /// Correlation between the streams of neighbouring addresses is within four standard errors of zero.
    #[test]
    fn streams_of_neighbours_are_uncorrelated() {
        let streams = Streams::new(7, 3);
        let count = 200_000_u32;
        let series = |purpose: Purpose, unit: u32, shift: u32| -> Vec<f64> {
            (0..count)
                .map(|k| f64::from(super::unit(streams.block(purpose, Address { unit, counter: k + shift }, 0)[0])) - 0.5)
                .collect()
        };
        let base = series(Purpose::Send, 10, 0);
        for other in [series(Purpose::Send, 11, 0), series(Purpose::Turn, 10, 0), series(Purpose::Send, 10, 1)] {
            let covariance: f64 = base.iter().zip(&other).map(|(a, b)| a * b).sum::<f64>() / f64::from(count);
            let correlation = covariance * 12.0;
            assert!(correlation.abs() < 4.0 / f64::from(count).sqrt(), "correlation {correlation}");
        }
    }
}
