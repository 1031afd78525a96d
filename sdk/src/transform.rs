//! Missing values, outliers and normalization: frame in, frame out.

use std::marker::PhantomData;

use crate::bindings::transform::exports::fettle::step::transform::Guest;
use crate::params::{self, Params};
use crate::{
    Changed, Column, Fit, Fitting, Frame, Kind, MethodInfo, ParamError, PluginInfo, Scope, StepError,
};
use crate::{Traits, TransformExample, fit, testing};

/// A missing-value, outlier or normalize method.
///
/// What an author must write is `apply`, for one column; fitting, frames, parameters and the contract's functions
/// follow from it. A method that looks across columns gives [`Scope::Frame`] in its behaviour and overrides
/// `apply_frame`; one that removes rows says so and overrides `keep`.
pub trait Transform: 'static {
    /// Missing-value, outlier or normalize.
    const KIND: Kind;
    /// What a request names.
    const NAME: &'static str;
    /// One sentence for clients.
    const SUMMARY: &'static str;
    /// The parameters.
    type Params: Params;
    /// What is learnt before the method is applied; [`NoFit`](fit::NoFit) for nothing.
    type Fit: Fit<Params = Self::Params>;

    /// What the host has to know of the method with these parameters.
    fn behaviour(_params: &Self::Params) -> Behaviour {
        Behaviour::default()
    }

    /// What the schema cannot say about the parameters; an empty list where all is well.
    fn check(_params: &Self::Params) -> Vec<ParamError> {
        Vec::new()
    }

    /// The parameters with what follows from them filled in: what runs, is stored and shown.
    fn resolve(params: Self::Params) -> Self::Params {
        params
    }

    /// Changes one column in place. `timestamps` are UTC nanoseconds, a missing cell is NaN.
    fn apply(
        params: &Self::Params,
        state: &<Self::Fit as Fit>::State,
        timestamps: &[i64],
        values: &mut [f64],
    ) -> Result<(), StepError>;

    /// Changes all columns of a call in place; `states` has one for each.
    fn apply_frame(
        params: &Self::Params,
        states: &[<Self::Fit as Fit>::State],
        frame: &mut Frame,
    ) -> Result<(), StepError> {
        for (column, state) in frame.columns.iter_mut().zip(states) {
            Self::apply(params, state, &frame.timestamps, &mut column.values)?;
        }
        Ok(())
    }

    /// Ascending indices of the rows that stay, asked before `apply_frame` of a method that removes rows.
    fn keep(
        _params: &Self::Params,
        _states: &[<Self::Fit as Fit>::State],
        frame: &Frame,
    ) -> Result<Vec<u32>, StepError> {
        Ok((0..frame.timestamps.len() as u32).collect())
    }

    /// Cases that the host replays before it accepts the plugin.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// What the host has to know of a method with given parameters. By default: column by column, causal, all rows stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Whether columns can be treated alone.
    pub scope: Scope,
    /// Whether a row's result depends on that row and earlier ones alone, given the state.
    pub causal: bool,
    /// Whether rows may be removed.
    pub removes_rows: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { scope: Scope::Column, causal: true, removes_rows: false }
    }
}

/// A case of a method: parameters and input. The output is what the method makes of it when the plugin is compiled to
/// WebAssembly and asked; the author's own tests say that it is right.
pub struct Example {
    /// The parameters as JSON; empty for the defaults.
    pub params: &'static str,
    /// Timestamps and columns that go in.
    pub input: Frame,
    /// The columns that come out, in the order of the input.
    pub output: Vec<Column>,
    /// The rows that survive, where some do not.
    pub kept: Option<Vec<u32>>,
}

impl Example {
    /// A case of one column `x`, a row a second from the epoch on, of which all rows stay.
    pub fn column(params: &'static str, input: &[f64], output: &[f64]) -> Self {
        Self::frame(params, &[("x", input)], &[("x", output)])
    }

    /// A case of named columns, a row a second from the epoch on, of which all rows stay.
    pub fn frame(params: &'static str, input: &[(&str, &[f64])], output: &[(&str, &[f64])]) -> Self {
        Self { params, input: testing::frame(input), output: testing::frame(output).columns, kept: None }
    }

    /// The same case, of which only `rows` stay.
    pub fn keeping(self, rows: &[u32]) -> Self {
        Self { kept: Some(rows.to_vec()), ..self }
    }
}

/// A plugin of transform methods; [`export!`](crate::export) writes it.
pub trait TransformPlugin {
    /// The plugin's name.
    const NAME: &'static str;
    /// The plugin's version.
    const VERSION: &'static str;
    /// Its methods.
    fn methods() -> Vec<Box<dyn AnyTransform>>;
}

/// A [`Transform`] with its types put away, so that a plugin can hold several.
pub trait AnyTransform {
    /// The method's name.
    fn name(&self) -> &'static str;
    /// Kind, name, summary and schema.
    fn info(&self) -> MethodInfo;
    /// The method's examples under its name.
    fn examples(&self) -> Vec<TransformExample>;
    /// The contract's `resolve`.
    fn resolve(&self, params: &str) -> Result<Traits, StepError>;
    /// The contract's `summarize`.
    fn summarize(&self, params: &str, round: &[u8], frame: &Frame) -> Result<Vec<u8>, StepError>;
    /// The contract's `merge`.
    fn merge(&self, params: &str, round: &[u8], summaries: &[Vec<u8>]) -> Result<Vec<u8>, StepError>;
    /// The contract's `fit`.
    fn fit(&self, params: &str, round: &[u8], summary: &[u8]) -> Result<Fitting, StepError>;
    /// The contract's `apply`.
    fn apply(&self, params: &str, state: &str, frame: Frame) -> Result<Changed, StepError>;
}

/// `M` as a value.
pub struct TransformMethod<M>(PhantomData<M>);

impl<M: Transform> TransformMethod<M> {
    /// The method as a plugin's list holds it.
    pub fn boxed() -> Box<dyn AnyTransform> {
        Box::new(Self(PhantomData))
    }

    fn params(json: &str) -> Result<M::Params, StepError> {
        Ok(M::resolve(params::parse(json)?))
    }

    fn whole_frame(params: &M::Params) -> bool {
        M::behaviour(params).scope == Scope::Frame
    }
}

impl<M: Transform> AnyTransform for TransformMethod<M> {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn info(&self) -> MethodInfo {
        MethodInfo {
            kind: M::KIND,
            name: M::NAME.to_owned(),
            summary: M::SUMMARY.to_owned(),
            params_schema: params::schema::<M::Params>(),
        }
    }

    fn examples(&self) -> Vec<TransformExample> {
        let named = |example: Example| TransformExample {
            method: M::NAME.to_owned(),
            params: example.params.to_owned(),
            input: example.input,
            output: Changed { columns: example.output, kept: example.kept },
        };
        M::examples().into_iter().map(named).collect()
    }

    fn resolve(&self, params: &str) -> Result<Traits, StepError> {
        let params = M::resolve(params::parse_checked(params, M::check)?);
        let Behaviour { scope, causal, removes_rows } = M::behaviour(&params);
        let fitted = M::Fit::known(&params).is_none();
        Ok(Traits { params: params::to_json(&params)?, scope, fitted, causal, removes_rows })
    }

    fn summarize(&self, params: &str, round: &[u8], frame: &Frame) -> Result<Vec<u8>, StepError> {
        fit::summarize::<M::Fit>(&Self::params(params)?, round, &frame.columns)
    }

    fn merge(&self, params: &str, round: &[u8], summaries: &[Vec<u8>]) -> Result<Vec<u8>, StepError> {
        fit::merge::<M::Fit>(&Self::params(params)?, round, summaries)
    }

    fn fit(&self, params: &str, round: &[u8], summary: &[u8]) -> Result<Fitting, StepError> {
        let params = Self::params(params)?;
        fit::fit::<M::Fit>(&params, round, summary, Self::whole_frame(&params))
    }

    fn apply(&self, params: &str, state: &str, mut frame: Frame) -> Result<Changed, StepError> {
        let params = Self::params(params)?;
        let states = fit::states::<M::Fit>(&params, state, &frame.columns, Self::whole_frame(&params))?;
        let kept = if M::behaviour(&params).removes_rows {
            let kept = M::keep(&params, &states, &frame)?;
            (kept.len() < frame.timestamps.len()).then_some(kept)
        } else {
            None
        };
        if let Some(kept) = &kept {
            frame.timestamps = kept.iter().map(|&row| frame.timestamps[row as usize]).collect();
            for column in &mut frame.columns {
                column.values = kept.iter().map(|&row| column.values[row as usize]).collect();
            }
        }
        M::apply_frame(&params, &states, &mut frame)?;
        Ok(Changed { columns: frame.columns, kept })
    }
}

fn method<P: TransformPlugin>(name: &str) -> Result<Box<dyn AnyTransform>, StepError> {
    P::methods()
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| StepError::Failed(format!("{} has no method `{name}`", P::NAME)))
}

impl<P: TransformPlugin> Guest for P {
    fn describe() -> PluginInfo {
        PluginInfo {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            methods: P::methods().iter().map(|method| method.info()).collect(),
        }
    }

    fn examples() -> Vec<TransformExample> {
        P::methods().iter().flat_map(|method| method.examples()).collect()
    }

    fn resolve(name: String, params: String) -> Result<Traits, StepError> {
        method::<P>(&name)?.resolve(&params)
    }

    fn summarize(name: String, params: String, round: Vec<u8>, data: Frame) -> Result<Vec<u8>, StepError> {
        method::<P>(&name)?.summarize(&params, &round, &data)
    }

    fn merge(
        name: String,
        params: String,
        round: Vec<u8>,
        summaries: Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, StepError> {
        method::<P>(&name)?.merge(&params, &round, &summaries)
    }

    fn fit(name: String, params: String, round: Vec<u8>, summary: Vec<u8>) -> Result<Fitting, StepError> {
        method::<P>(&name)?.fit(&params, &round, &summary)
    }

    fn apply(name: String, params: String, state: String, data: Frame) -> Result<Changed, StepError> {
        method::<P>(&name)?.apply(&params, &state, data)
    }
}
