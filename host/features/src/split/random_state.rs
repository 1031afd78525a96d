//! numpy's legacy random numbers, draw for draw: `numpy.random.RandomState`.
//!
//! numpy has promised never to change this stream (NEP 19), which is why scikit-learn's splits can be made here too.

/// Words of state.
const WORDS: usize = 624;

/// The distance of the words that one new word mixes.
const DISTANCE: usize = 397;

/// The 32-bit Mersenne Twister of Matsumoto and Nishimura (MT19937), with numpy's ways to draw from it.
pub(super) struct RandomState {
    words: [u32; WORDS],
    /// Words that were taken since the last renewal.
    taken: usize,
}

impl RandomState {
    /// The state of `RandomState(seed)`.
    pub(super) fn new(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for place in 1..WORDS {
            let before = words[place - 1];
            // The authors' multiplier for seeding with a single word.
            words[place] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(place as u32);
        }
        Self { words, taken: WORDS }
    }

    /// `permutation(count)`: the numbers below `count`, shuffled.
    pub(super) fn permutation(&mut self, count: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = (0..count).collect();
        self.shuffle(&mut numbers);
        numbers
    }

    /// `shuffle(items)`: from the last item down, each changes places with one at or before it. The same draws as for
    /// `permutation(items)`.
    pub(super) fn shuffle(&mut self, items: &mut [u32]) {
        for last in (1..items.len()).rev() {
            let other = self.at_most(last as u32) as usize;
            items.swap(last, other);
        }
    }

    /// `choice(items, size, replace=False)`: all items are shuffled, however few are taken.
    pub(super) fn choice(&mut self, items: &[usize], size: usize) -> Vec<usize> {
        let shuffled = self.permutation(items.len() as u32);
        shuffled.iter().take(size).map(|&place| items[place as usize]).collect()
    }

    /// A number from 0 to `most`: as many bits as `most` has, drawn again while they are more than it.
    fn at_most(&mut self, most: u32) -> u32 {
        let mask = u32::MAX >> most.leading_zeros();
        loop {
            let drawn = self.next_word() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }

    fn next_word(&mut self) -> u32 {
        if self.taken == WORDS {
            self.renew();
        }
        let mut word = self.words[self.taken];
        self.taken += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn renew(&mut self) {
        for place in 0..WORDS {
            // The highest bit of this word and the others of the next.
            let bits = (self.words[place] & 0x8000_0000) | (self.words[(place + 1) % WORDS] & 0x7fff_ffff);
            let twist = if bits & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[place] = self.words[(place + DISTANCE) % WORDS] ^ (bits >> 1) ^ twist;
        }
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_reference_implementation() {
        let mut state = RandomState::new(5489);
        assert_eq!(state.next_word(), 3_499_211_612);
        // The ten-thousandth, as the C++ standard demands of std::mt19937.
        assert_eq!((1..10_000).map(|_| state.next_word()).last(), Some(4_123_659_995));
    }

    #[test]
    fn permuting_one_or_none_draws_nothing() {
        let mut state = RandomState::new(0);
        assert_eq!(state.permutation(0), [0; 0]);
        assert_eq!(state.permutation(1), [0]);
        assert_eq!(state.taken, WORDS);
    }
}
