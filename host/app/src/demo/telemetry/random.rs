//! Random numbers that are the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and its sequence is fixed by its seed for ever.
///
/// Everything derived from it uses whole numbers and the four basic operations alone, which IEEE 754 defines to the
/// bit; `sin`, `exp` and `ln` differ between platforms and are not used.
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// A sequence of its own for each device and purpose, so that a change to one leaves the others as they are.
    pub(super) fn stream(device: u64, purpose: u64) -> Self {
        let mut random = Self { state: (device << 32) | purpose };
        random.state = random.next();
        random
    }

    /// 64 random bits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Evenly distributed in `[low, high)`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        // 53 bits are what an f64 holds, so the conversion is exact.
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// A whole number in `[low, high]`, each as likely as the next but for one part in 10¹⁵.
    pub(super) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// Bell-shaped with mean 0 and standard deviation 1, never beyond ±3.47: the sum of four even numbers of 16 bits.
    pub(super) fn noise(&mut self) -> f64 {
        const MEAN: f64 = 4.0 * 65_535.0 / 2.0;
        /// √(4 · (65,536² − 1) / 12)
        const DEVIATION: f64 = 37_837.227;
        let bits = self.next();
        let sum: u64 = (0..4).map(|quarter| (bits >> (16 * quarter)) & 0xffff).sum();
        (sum as f64 - MEAN) / DEVIATION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        // The first numbers of the reference implementation for the seed 1234567.
        let mut random = Random { state: 1_234_567 };
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn streams_differ() {
        let first = Random::stream(1, 1).next();
        assert_ne!(first, Random::stream(1, 2).next());
        assert_ne!(first, Random::stream(2, 1).next());
    }

    #[test]
    fn noise_has_mean_zero_and_deviation_one() {
        let mut random = Random::stream(1, 1);
        let draws: Vec<f64> = (0..100_000).map(|_| random.noise()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance =
            draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.01, "{variance}");
    }

    #[test]
    fn whole_numbers_reach_both_ends() {
        let mut random = Random::stream(3, 1);
        let drawn: Vec<usize> = (0..100).map(|_| random.whole(2, 4)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&2), Some(&4)));
    }
}
