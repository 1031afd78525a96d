//! Where windows begin and end.

use std::marker::PhantomData;

use crate::bindings::window::exports::fettle::step::windowing::Guest;
use crate::params::{self, Params};
use crate::{
    Frame, Kind, MethodInfo, ParamError, PluginInfo, Scope, StepError, Traits, Window, WindowExample,
};

/// A way to cut a frame into windows.
pub trait Windowing: 'static {
    /// What a request names.
    const NAME: &'static str;
    /// One sentence for clients.
    const SUMMARY: &'static str;
    /// The parameters.
    type Params: Params;

    /// What the schema cannot say about the parameters; an empty list where all is well.
    fn check(_params: &Self::Params) -> Vec<ParamError> {
        Vec::new()
    }

    /// The parameters with what follows from them filled in: what runs, is stored and shown.
    fn resolve(params: Self::Params) -> Self::Params {
        params
    }

    /// Whether `plan` looks at values, or at timestamps and row counts alone.
    fn reads_values(_params: &Self::Params) -> bool {
        false
    }

    /// Whether a window that ends before a row is settled by then, whatever rows follow: so it is for windows that are
    /// counted off or that end at a row which says so, and not for those that share out all rows there are.
    fn causal(_params: &Self::Params) -> bool {
        true
    }

    /// The windows, strictly ascending by start, none empty.
    fn plan(params: &Self::Params, frame: &Frame) -> Result<Vec<Window>, StepError>;

    /// Cases that the host replays before it accepts the plugin.
    fn examples() -> Vec<WindowingCase> {
        Vec::new()
    }
}

/// A case of a method: parameters, input and the windows that come out.
pub struct WindowingCase {
    /// The parameters as JSON; empty for the defaults.
    pub params: &'static str,
    /// What goes in.
    pub input: Frame,
    /// What comes out.
    pub output: Vec<Window>,
}

/// A plugin of window methods; [`export!`](crate::export) writes it.
pub trait WindowPlugin {
    /// The plugin's name.
    const NAME: &'static str;
    /// The plugin's version.
    const VERSION: &'static str;
    /// Its methods.
    fn methods() -> Vec<Box<dyn AnyWindowing>>;
}

/// A [`Windowing`] with its types put away, so that a plugin can hold several.
pub trait AnyWindowing {
    /// The method's name.
    fn name(&self) -> &'static str;
    /// Kind, name, summary and schema.
    fn info(&self) -> MethodInfo;
    /// The method's examples under its name.
    fn examples(&self) -> Vec<WindowExample>;
    /// The contract's `resolve`.
    fn resolve(&self, params: &str) -> Result<Traits, StepError>;
    /// The contract's `reads-values`.
    fn reads_values(&self, params: &str) -> Result<bool, StepError>;
    /// The contract's `plan`.
    fn plan(&self, params: &str, frame: &Frame) -> Result<Vec<Window>, StepError>;
}

/// `M` as a value.
pub struct WindowMethod<M>(PhantomData<M>);

impl<M: Windowing> WindowMethod<M> {
    /// The method as a plugin's list holds it.
    pub fn boxed() -> Box<dyn AnyWindowing> {
        Box::new(Self(PhantomData))
    }
}

impl<M: Windowing> AnyWindowing for WindowMethod<M> {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn info(&self) -> MethodInfo {
        MethodInfo {
            kind: Kind::Window,
            name: M::NAME.to_owned(),
            summary: M::SUMMARY.to_owned(),
            params_schema: params::schema::<M::Params>(),
        }
    }

    fn examples(&self) -> Vec<WindowExample> {
        let named = |case: WindowingCase| WindowExample {
            method: M::NAME.to_owned(),
            params: case.params.to_owned(),
            input: case.input,
            output: case.output,
        };
        M::examples().into_iter().map(named).collect()
    }

    fn resolve(&self, params: &str) -> Result<Traits, StepError> {
        let params = M::resolve(params::parse_checked(params, M::check)?);
        let causal = M::causal(&params);
        let params = params::to_json(&params)?;
        Ok(Traits { params, scope: Scope::Frame, fitted: false, causal, removes_rows: false })
    }

    fn reads_values(&self, params: &str) -> Result<bool, StepError> {
        Ok(M::reads_values(&params::parse(params)?))
    }

    fn plan(&self, params: &str, frame: &Frame) -> Result<Vec<Window>, StepError> {
        M::plan(&M::resolve(params::parse(params)?), frame)
    }
}

fn method<P: WindowPlugin>(name: &str) -> Result<Box<dyn AnyWindowing>, StepError> {
    P::methods()
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| StepError::Failed(format!("{} has no method `{name}`", P::NAME)))
}

impl<P: WindowPlugin> Guest for P {
    fn describe() -> PluginInfo {
        PluginInfo {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            methods: P::methods().iter().map(|method| method.info()).collect(),
        }
    }

    fn examples() -> Vec<WindowExample> {
        P::methods().iter().flat_map(|method| method.examples()).collect()
    }

    fn resolve(name: String, params: String) -> Result<Traits, StepError> {
        method::<P>(&name)?.resolve(&params)
    }

    fn reads_values(name: String, params: String) -> Result<bool, StepError> {
        method::<P>(&name)?.reads_values(&params)
    }

    fn plan(name: String, params: String, data: Frame) -> Result<Vec<Window>, StepError> {
        method::<P>(&name)?.plan(&params, &data)
    }
}
