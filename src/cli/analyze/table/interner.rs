//! Texts as numbers: each distinct text is kept once and gets the next number from 0. No order but that of first sight.
//!
//! Its own table rather than a map of strings: a million ids cost one allocation now and then instead of one each.

/// Distinct texts.
#[derive(Debug, Default)]
pub(in crate::cli::analyze) struct Interner {
    /// All texts, one after the other.
    bytes: Vec<u8>,
    /// Where each text ends in `bytes`.
    ends: Vec<usize>,
    /// Open addressing. The hash tells other texts apart without a look at them.
    slots: Vec<Slot>,
}

/// A place for one text.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// 0 is empty, otherwise the text's number plus one.
    next: u32,
    hash: u32,
}

/// A text's number and whether it had not been seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::analyze) struct Interned {
    pub(in crate::cli::analyze) number: u32,
    pub(in crate::cli::analyze) is_new: bool,
}

impl Interner {
    /// Number of distinct texts.
    pub(in crate::cli::analyze) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text with this number.
    pub(in crate::cli::analyze) fn bytes_of(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[start..self.ends[number]]
    }

    /// The text with this number, for messages.
    pub(in crate::cli::analyze) fn text_of(&self, number: u32) -> String {
        String::from_utf8_lossy(self.bytes_of(number)).into_owned()
    }

    /// The number of a text; the first sight of it takes the next number.
    pub(in crate::cli::analyze) fn intern(&mut self, text: &[u8]) -> Interned {
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let hash = hash_of(text) as u32;
        let mut index = hash as usize & mask;
        loop {
            let slot = self.slots[index];
            if slot.next == 0 {
                break;
            }
            if slot.hash == hash && self.bytes_of(slot.next - 1) == text {
                return Interned { number: slot.next - 1, is_new: false };
            }
            index = (index + 1) & mask;
        }
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.slots[index] = Slot { next: self.ends.len() as u32, hash };
        Interned { number: self.ends.len() as u32 - 1, is_new: true }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        let mut slots = vec![Slot::default(); size];
        for slot in self.slots.iter().filter(|slot| slot.next != 0) {
            let mut index = slot.hash as usize & (size - 1);
            while slots[index].next != 0 {
                index = (index + 1) & (size - 1);
            }
            slots[index] = *slot;
        }
        self.slots = slots;
    }
}

/// A hash that is the same in every run, eight bytes at a time, finished as `SplitMix64` does.
pub(in crate::cli::analyze) fn hash_of(text: &[u8]) -> u64 {
    let (chunks, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mut state = 0x9E37_79B9_7F4A_7C15 ^ text.len() as u64;
    for chunk in chunks.iter().chain(std::iter::once(&last)) {
        state = mixed(state ^ u64::from_le_bytes(*chunk));
    }
    state
}

fn mixed(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_keeps_its_number() {
        let mut interner = Interner::default();
        let name = |number: u32| format!("customer {}", number * 7919 % 1000).into_bytes();
        for number in 0..1000 {
            assert_eq!(interner.intern(&name(number)), Interned { number, is_new: true });
        }
        for number in 0..1000 {
            assert_eq!(interner.intern(&name(number)), Interned { number, is_new: false });
            assert_eq!(interner.bytes_of(number), name(number));
        }
        assert_eq!(interner.intern(b"").number, 1000);
        assert_eq!(interner.text_of(1000), "");
    }

    #[test]
    fn short_texts_do_not_share_a_hash() {
        let texts: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0", b"aaaaaaaa", b"aaaaaaaa\0"];
        for (index, text) in texts.iter().enumerate() {
            assert!(texts[..index].iter().all(|other| hash_of(other) != hash_of(text)));
        }
    }
}
