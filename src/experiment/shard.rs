//! Shards: parts of a study that different machines, or different days, can take over.
//!
//! A shard is every replicate whose number leaves the same remainder. Each shard keeps its finished replicates in a journal of its own; once the
//! journals of all shards lie in one folder, the study is whole, in the same bytes as if one machine had run it.

use std::str::FromStr;

/// One of `count` shards, `number` from 1 to `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    count: u32,
}

/// The text names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is written as NUMBER/COUNT, such as 2/5 for the second of five")]
pub struct NoShard;

impl Shard {
    /// Whether a replicate belongs to this shard.
    pub fn holds(self, replicate: u32) -> bool {
        replicate % self.count == self.number - 1
    }

    /// Name of the shard's journal, from that of an undivided study: `replicates.journal` becomes `replicates-2-of-5.journal`.
    pub fn journal_name(self, whole: &str) -> String {
        let (stem, ending) = whole.split_once('.').unwrap_or((whole, "journal"));
        format!("{stem}-{}-of-{}.{ending}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, count) = text.split_once('/').ok_or(NoShard)?;
        let (number, count) = (number.trim().parse().map_err(|_| NoShard)?, count.trim().parse().map_err(|_| NoShard)?);
        if number == 0 || number > count { Err(NoShard) } else { Ok(Self { number, count }) }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_replicate_is_in_exactly_one_shard() {
        for count in 1..7 {
            let shards: Vec<Shard> = (1..=count).map(|number| Shard { number, count }).collect();
            assert!((0..50).all(|replicate| shards.iter().filter(|shard| shard.holds(replicate)).count() == 1));
        }
    }

    #[test]
    fn shards_read_back_and_others_are_refused() {
        let shard: Shard = "2/5".parse().expect("a shard");
        assert_eq!(
            (shard.to_string().as_str(), shard.journal_name("replicates.journal").as_str()),
            ("2/5", "replicates-2-of-5.journal")
        );
        for text in ["", "2", "0/3", "4/3", "a/b", "1/0", "-1/3", "1/2/3"] {
            assert_eq!(text.parse::<Shard>(), Err(NoShard), "{text}");
        }
    }
}
