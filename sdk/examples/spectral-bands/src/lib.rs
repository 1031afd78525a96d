//! How a window's power spreads over bands of frequencies: a bearing that wears, a pump that cavitates or an arc that
//! sputters shows there before it shows in any mean.

mod spectrum;

use fettle_sdk::features::each_window_into;
use fettle_sdk::testing::{column, frame, windows};
use fettle_sdk::{Features, FeaturesCase, Frame, ParamError, StepError, Window, export, param_error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spectrum::Spectrum;

/// The method.
pub struct SpectralBands;

/// The parameters of `spectral_bands`.
#[derive(Debug, Clone, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Where bands begin and end, ascending: each runs from one of these frequencies to just below the next one, the
    /// last one includes its end. As fractions of the highest frequency that the rows can show, half of the sampling
    /// rate.
    #[schemars(length(min = 2, max = 65))]
    edges: Vec<f64>,
    /// Whether a band's feature is its share of the power of all frequencies above 0 (`share`), or its power in the
    /// signal's unit squared (`power`).
    scale: Scale,
    /// Whether the ends of a window are faded out by a Hann taper, so that they do not look like a jump.
    taper: bool,
}

/// What a band's feature says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// The fraction of all power.
    #[default]
    Share,
    /// The power.
    Power,
}

impl Default for Params {
    fn default() -> Self {
        Self { edges: vec![0.0, 0.125, 0.25, 0.5, 1.0], scale: Scale::Share, taper: true }
    }
}

impl Features for SpectralBands {
    const NAME: &'static str = "spectral_bands";
    const SUMMARY: &'static str = "How a window's power spreads over bands of frequencies.";
    type Params = Params;

    fn check(params: &Params) -> Vec<ParamError> {
        let edges = &params.edges;
        if edges.len() < 2 || edges.len() > 65 {
            return vec![param_error("/edges", "a band has two ends: it takes 2 to 65 of them")];
        }
        let outside = edges.iter().position(|edge| !(0.0..=1.0).contains(edge));
        let falling = edges.windows(2).position(|pair| pair[0] >= pair[1]).map(|at| at + 1);
        let error = |at: usize, problem: &str| param_error(&format!("/edges/{at}"), problem);
        let outside = outside.map(|at| error(at, "is a fraction of half the sampling rate, from 0 to 1"));
        let falling = falling.map(|at| error(at, "is not above the edge before it"));
        outside.into_iter().chain(falling).collect()
    }

    /// `{signal}_band_1` and so on, from the lowest band to the highest.
    fn names(params: &Params, columns: &[String]) -> Vec<String> {
        let bands = 1..params.edges.len();
        columns
            .iter()
            .flat_map(|signal| bands.clone().map(move |band| format!("{signal}_band_{band}")))
            .collect()
    }

    fn compute(params: &Params, frame: &Frame, windows: &[Window]) -> Result<Vec<Vec<f64>>, StepError> {
        let mut spectrum = Spectrum::new(params.taper);
        Ok(each_window_into(frame, windows, params.edges.len() - 1, |cells, bands| {
            let Some(power) = spectrum.power(cells) else { return };
            let top = (power.len() - 1) as f64;
            // In the order of the frequencies, so that the sum is the same bits wherever the window lies.
            let total: f64 = power[1..].iter().sum();
            for (band, ends) in bands.iter_mut().zip(params.edges.windows(2)) {
                let last = ends[1] == params.edges[params.edges.len() - 1];
                let inside = |bin: usize| {
                    let frequency = bin as f64 / top;
                    frequency >= ends[0] && (frequency < ends[1] || last && frequency == ends[1])
                };
                // From 0 on: an empty `sum()` would be −0.
                let sum = (1..power.len()).filter(|&bin| inside(bin)).fold(0.0, |sum, bin| sum + power[bin]);
                *band = if params.scale == Scale::Share { sum / total } else { sum };
            }
        }))
    }

    fn examples() -> Vec<FeaturesCase> {
        const N: f64 = f64::NAN;
        vec![
            // As fast as rows can show: all power lies in the upper band. A constant has none.
            FeaturesCase {
                params: r#"{"edges": [0, 0.5, 1], "scale": "power", "taper": false}"#,
                input: column(&[3.0, 1.0, 3.0, 1.0, 2.0, 2.0, 2.0, 2.0]),
                windows: windows(&[(0, 4), (4, 8)]),
                output: frame(&[("x_band_1", &[0.0, 0.0]), ("x_band_2", &[1.0, 0.0])]).columns,
            },
            // Too few cells have no spectrum.
            FeaturesCase {
                params: r#"{"edges": [0, 1]}"#,
                input: column(&[1.0, N, N, N]),
                windows: windows(&[(0, 4)]),
                output: frame(&[("x_band_1", &[N])]).columns,
            },
        ]
    }
}

export!(features, "spectral-bands", [SpectralBands]);

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use fettle_sdk::testing::{compute, replay_features};

    use super::*;

    #[test]
    fn the_examples_come_out() {
        replay_features::<Plugin>();
    }

    fn bands(params: &str, values: &[f64]) -> Vec<f64> {
        let windows = [Window { start: 0, end: values.len() as u32 }];
        let features = compute::<Plugin>("spectral_bands", params, &column(values), &windows).unwrap();
        features.iter().map(|feature| feature.values[0]).collect()
    }

    #[test]
    fn a_pure_tone_lies_in_its_band() {
        for (cycles, band) in [(5.0, 0), (12.0, 1), (20.0, 2), (50.0, 3)] {
            let tone: Vec<f64> =
                (0..128).map(|row| 4.0 + (TAU * cycles * f64::from(row) / 128.0).sin()).collect();
            let shares = bands("{}", &tone);
            assert!(shares[band] > 0.99, "{cycles} cycles: {shares:?}");
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn power_without_a_taper_is_the_variance() {
        let values: Vec<f64> = (0..64).map(|row| f64::from(row * row % 37)).collect();
        let mean = values.iter().sum::<f64>() / 64.0;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 64.0;
        let power = bands(r#"{"scale": "power", "taper": false}"#, &values).iter().sum::<f64>();
        assert!((power - variance).abs() < 1e-9 * variance, "{power} and {variance}");
    }

    #[test]
    fn edges_that_make_no_bands_are_refused() {
        for (params, path) in [
            (r#"{"edges": [0.5]}"#, "/edges"),
            (r#"{"edges": [0, 2]}"#, "/edges/1"),
            (r#"{"edges": [0, 0.5, 0.5]}"#, "/edges/2"),
        ] {
            let refused = compute::<Plugin>("spectral_bands", params, &column(&[]), &[]);
            assert!(
                matches!(&refused, Err(StepError::InvalidParams(errors)) if errors[0].path == path),
                "{refused:?}"
            );
        }
    }
}
