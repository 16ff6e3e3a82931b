//! Numbers that look random, from a seed that is: pure, so that tests can repeat them.

/// A number from `seed`, well spread: SplitMix64's output function.
pub(crate) fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(GAMMA);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The number after that of `seed` in the sequence.
pub(crate) fn next(seed: u64) -> u64 {
    seed.wrapping_add(GAMMA)
}

/// The `n`th fraction of a seed: from 0 to below 1.
pub(crate) fn fraction(seed: u64, n: u32) -> f64 {
    let bits = mix(mix(seed) ^ u64::from(n)) >> 11;
    // 53 bits, which a float holds exactly.
    bits as f64 / (1_u64 << 53) as f64
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of SplitMix64's reference code, seeded with 0.
    #[test]
    fn the_sequence_is_splitmix64s() {
        let outputs = [mix(0), mix(next(0)), mix(next(next(0)))];
        assert_eq!(outputs, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn fractions_are_spread_over_the_unit_interval() {
        let fractions: Vec<f64> = (0..10_000).map(|seed| fraction(seed, 1)).collect();
        assert!(fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        let mean = fractions.iter().sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
        assert!(fraction(1, 1).to_bits() != fraction(1, 2).to_bits());
    }
}
