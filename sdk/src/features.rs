//! One row of features for each window.

use std::marker::PhantomData;

use crate::bindings::feature::exports::fettle::step::features::Guest;
use crate::params::{self, Params};
use crate::{
    Column, FeatureExample, Frame, Kind, MethodInfo, ParamError, PluginInfo, Scope, StepError, Traits, Window,
};

/// A way to make features of windows.
pub trait Features: 'static {
    /// What a request names.
    const NAME: &'static str;
    /// One sentence for clients.
    const SUMMARY: &'static str;
    /// The parameters.
    type Params: Params;

    /// Whether columns can be treated alone, which is the default, or every call wants all of them.
    fn scope(_params: &Self::Params) -> Scope {
        Scope::Column
    }

    /// What the schema cannot say about the parameters; an empty list where all is well.
    fn check(_params: &Self::Params) -> Vec<ParamError> {
        Vec::new()
    }

    /// The names of the features, by signal: they follow from the parameters and the columns' names alone.
    fn names(params: &Self::Params, columns: &[String]) -> Vec<String>;

    /// A column of values, one a window, for each name in the order of `names`. Each value depends on its window's rows
    /// alone, bit for bit.
    fn compute(params: &Self::Params, frame: &Frame, windows: &[Window]) -> Result<Vec<Vec<f64>>, StepError>;

    /// Cases that the host replays before it accepts the plugin.
    fn examples() -> Vec<FeaturesCase> {
        Vec::new()
    }
}

/// One feature a signal, `{signal}_{suffix}`: `statistic` of each window's values, missing cells being NaN. What most
/// methods' `compute` comes to.
///
/// ```
/// use fettle_sdk::features::each_window;
/// use fettle_sdk::testing::{column, windows};
///
/// let lengths = each_window(&column(&[1.0, 2.0, 3.0]), &windows(&[(0, 3), (2, 3)]), |cells| cells.len() as f64);
/// assert_eq!(lengths, [[3.0, 1.0]]);
/// ```
pub fn each_window(frame: &Frame, windows: &[Window], statistic: impl Fn(&[f64]) -> f64) -> Vec<Vec<f64>> {
    let of_column = |column: &Column| {
        let rows = |window: &Window| window.start as usize..window.end as usize;
        windows.iter().map(|window| statistic(&column.values[rows(window)])).collect()
    };
    frame.columns.iter().map(of_column).collect()
}

/// Several features a signal: `fill` writes `features` values for the cells of a window; what it does not write is
/// missing. The columns come signal by signal.
///
/// ```
/// use fettle_sdk::features::each_window_into;
/// use fettle_sdk::testing::{column, windows};
///
/// let ends = each_window_into(&column(&[1.0, 2.0, 3.0]), &windows(&[(0, 2), (1, 3)]), 2, |cells, ends| {
///     ends.copy_from_slice(&[cells[0], cells[cells.len() - 1]]);
/// });
/// assert_eq!(ends, [[1.0, 2.0], [2.0, 3.0]]);
/// ```
pub fn each_window_into(
    frame: &Frame,
    windows: &[Window],
    features: usize,
    mut fill: impl FnMut(&[f64], &mut [f64]),
) -> Vec<Vec<f64>> {
    let mut all = Vec::with_capacity(frame.columns.len() * features);
    let mut of_window = vec![f64::NAN; features];
    for column in &frame.columns {
        let mut of_column = vec![Vec::with_capacity(windows.len()); features];
        for window in windows {
            of_window.fill(f64::NAN);
            fill(&column.values[window.start as usize..window.end as usize], &mut of_window);
            of_column.iter_mut().zip(&of_window).for_each(|(values, &value)| values.push(value));
        }
        all.extend(of_column);
    }
    all
}

/// `{signal}_{suffix}` for each signal: the names that go with [`each_window`].
pub fn names_with(suffix: &str, columns: &[String]) -> Vec<String> {
    columns.iter().map(|signal| format!("{signal}_{suffix}")).collect()
}

/// A case of a method: parameters, input and the feature columns that come out.
pub struct FeaturesCase {
    /// The parameters as JSON; empty for the defaults.
    pub params: &'static str,
    /// What goes in.
    pub input: Frame,
    /// The windows.
    pub windows: Vec<Window>,
    /// What comes out.
    pub output: Vec<Column>,
}

/// A plugin of feature methods; [`export!`](crate::export) writes it.
pub trait FeaturePlugin {
    /// The plugin's name.
    const NAME: &'static str;
    /// The plugin's version.
    const VERSION: &'static str;
    /// Its methods.
    fn methods() -> Vec<Box<dyn AnyFeatures>>;
}

/// A [`Features`] with its types put away, so that a plugin can hold several.
pub trait AnyFeatures {
    /// The method's name.
    fn name(&self) -> &'static str;
    /// Kind, name, summary and schema.
    fn info(&self) -> MethodInfo;
    /// The method's examples under its name.
    fn examples(&self) -> Vec<FeatureExample>;
    /// The contract's `resolve`.
    fn resolve(&self, params: &str) -> Result<Traits, StepError>;
    /// The contract's `names`.
    fn names(&self, params: &str, columns: &[String]) -> Result<Vec<String>, StepError>;
    /// The contract's `compute`.
    fn compute(&self, params: &str, frame: &Frame, windows: &[Window]) -> Result<Vec<Column>, StepError>;
}

/// `M` as a value.
pub struct FeatureMethod<M>(PhantomData<M>);

impl<M: Features> FeatureMethod<M> {
    /// The method as a plugin's list holds it.
    pub fn boxed() -> Box<dyn AnyFeatures> {
        Box::new(Self(PhantomData))
    }
}

impl<M: Features> AnyFeatures for FeatureMethod<M> {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn info(&self) -> MethodInfo {
        MethodInfo {
            kind: Kind::Feature,
            name: M::NAME.to_owned(),
            summary: M::SUMMARY.to_owned(),
            params_schema: params::schema::<M::Params>(),
        }
    }

    fn examples(&self) -> Vec<FeatureExample> {
        let named = |case: FeaturesCase| FeatureExample {
            method: M::NAME.to_owned(),
            params: case.params.to_owned(),
            input: case.input,
            windows: case.windows,
            output: case.output,
        };
        M::examples().into_iter().map(named).collect()
    }

    fn resolve(&self, params: &str) -> Result<Traits, StepError> {
        let params = params::parse_checked(params, M::check)?;
        let scope = M::scope(&params);
        Ok(Traits {
            params: params::to_json(&params)?,
            scope,
            fitted: false,
            causal: true,
            removes_rows: false,
        })
    }

    fn names(&self, params: &str, columns: &[String]) -> Result<Vec<String>, StepError> {
        Ok(M::names(&params::parse(params)?, columns))
    }

    fn compute(&self, params: &str, frame: &Frame, windows: &[Window]) -> Result<Vec<Column>, StepError> {
        let params = params::parse(params)?;
        let columns: Vec<String> = frame.columns.iter().map(|column| column.name.clone()).collect();
        let values = M::compute(&params, frame, windows)?;
        let names = M::names(&params, &columns);
        Ok(names.into_iter().zip(values).map(|(name, values)| Column { name, values }).collect())
    }
}

fn method<P: FeaturePlugin>(name: &str) -> Result<Box<dyn AnyFeatures>, StepError> {
    P::methods()
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| StepError::Failed(format!("{} has no method `{name}`", P::NAME)))
}

impl<P: FeaturePlugin> Guest for P {
    fn describe() -> PluginInfo {
        PluginInfo {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            methods: P::methods().iter().map(|method| method.info()).collect(),
        }
    }

    fn examples() -> Vec<FeatureExample> {
        P::methods().iter().flat_map(|method| method.examples()).collect()
    }

    fn resolve(name: String, params: String) -> Result<Traits, StepError> {
        method::<P>(&name)?.resolve(&params)
    }

    fn names(name: String, params: String, columns: Vec<String>) -> Result<Vec<String>, StepError> {
        method::<P>(&name)?.names(&params, &columns)
    }

    fn compute(
        name: String,
        params: String,
        data: Frame,
        windows: Vec<Window>,
    ) -> Result<Vec<Column>, StepError> {
        method::<P>(&name)?.compute(&params, &data, &windows)
    }
}
