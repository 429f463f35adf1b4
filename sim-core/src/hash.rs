//! The two hashes the engine needs: one for names, taken when a model is built, and one mix, taken at every draw.

/// Folds two words into one: a full 64x64 multiply with its halves joined. About one nanosecond; the statistical
/// quality is that of the wyhash family, which is ample for sampling and fingerprints.
#[inline]
#[must_use]
pub const fn mix(a: u64, b: u64) -> u64 {
    let wide = (a ^ 0x9E37_79B9_7F4A_7C15) as u128 * (b ^ 0xD1B5_4A32_D192_ED03) as u128;
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// Spreads two words over one so that no regularity of either is left: the two halves of their product are multiplied
/// with each other. A single [`mix`] of a counter is a straight line in its low half, and draws along it come in step.
#[inline]
#[must_use]
pub const fn spread(a: u64, b: u64) -> u64 {
    let wide = (a ^ 0xA076_1D64_78BD_642F) as u128 * (b ^ 0xE703_7ED1_A0B4_28DB) as u128;
    mix(wide as u64, (wide >> 64) as u64)
}

/// The 64-bit hash of a name. Equal text gives an equal hash on every machine and in every release: repro files hold
/// it only as text, but run keys and golden fingerprints depend on it.
#[must_use]
pub const fn name(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut h = 0xA076_1D64_78BD_642F ^ (bytes.len() as u64);
    let mut i = 0;
    while i < bytes.len() {
        let mut word = 0_u64;
        let mut n = 0;
        while n < 8 && i < bytes.len() {
            word |= (bytes[i] as u64) << (8 * n);
            n += 1;
            i += 1;
        }
        h = mix(h, word ^ 0xE703_7ED1_A0B4_28DB);
    }
    mix(h, 0x8EBC_6AF0_9C88_C6E3)
}

/// The hash of several names in order, so that `("a", "bc")` and `("ab", "c")` differ.
#[must_use]
pub fn names(parts: &[&str]) -> u64 {
    parts.iter().fold(0x589D_FA53_21C1_B0A7, |h, part| mix(h, name(part)))
}

/// Folds a state into one word, as [`std::hash::Hash`] walks it. Deterministic within one build: equal states, equal
/// words, on any thread and in any order of runs. It is compared and never stored: std may change how it walks a type.
#[derive(Clone, Copy, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x2D35_8DCC_AA6C_78A5)
    }
}

impl std::hash::Hasher for Digest {
    fn finish(&self) -> u64 {
        mix(self.0, 0x8BB8_4B93_962E_ACC9)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<64>();
        if !blocks.is_empty() {
            self.write_blocks(blocks);
        }
        for chunk in rest.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0, word);
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    #[inline]
    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

impl Digest {
    /// Folds four lanes of two words each side by side, for the multiplications of one lane wait for each other.
    fn write_blocks(&mut self, blocks: &[[u8; 64]]) {
        let mut lanes = [self.0, 0x4B33_A62E_D433_D4A3, 0x4D5A_2DA5_1DE1_AA47, 0x9E6C_63D0_876A_3F6B];
        for block in blocks {
            let (pairs, _) = block.as_chunks::<16>();
            for (lane, pair) in lanes.iter_mut().zip(pairs) {
                let pair = u128::from_le_bytes(*pair);
                *lane = mix(*lane ^ pair as u64, (pair >> 64) as u64);
            }
        }
        self.0 = mix(mix(lanes[0], lanes[1]), mix(lanes[2], lanes[3]));
    }
}

/// A part of a state that makes no difference to what happens next, such as the number of an event: two states that
/// differ in it alone are equal to a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unhashed<T>(pub T);

impl<T> std::hash::Hash for Unhashed<T> {
    fn hash<H: std::hash::Hasher>(&self, _state: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_their_borders() {
        assert_ne!(names(&["a", "bc"]), names(&["ab", "c"]));
        assert_ne!(name("a"), name("a\0"));
        assert_ne!(name(""), name("\0"));
    }

    #[test]
    fn the_mix_spreads_small_counters() {
        let mut seen: Vec<u64> = (0..4096).map(|i| mix(1, mix(2, i)) >> 48).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 3_900, "{} of 4096 differ in their top 16 bits", seen.len());
    }
}
