//! Letting a plugin in from an async task.

use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use crate::admit::Compiled;
use crate::{AdmissionError, Panicked, Plugin, Sandbox, Terms};

impl Plugin {
    /// As [`Plugin::admit_on`], which see, on other threads: it is compiled on one that runs no guest code, for that can
    /// take minutes in which no request is to wait, and is tried out on a guest thread.
    pub async fn admit_apart<B: AsRef<[u8]> + Send + 'static>(
        sandbox: &Arc<Sandbox>,
        bytes: B,
        terms: Terms,
    ) -> Result<Result<Arc<Plugin>, AdmissionError>, Panicked> {
        let own = Arc::clone(sandbox);
        let (sender, compiled) = oneshot::channel();
        // Whoever waits may have gone.
        let compile = move || drop(sender.send(Compiled::of(&own, bytes.as_ref(), &terms)));
        // A thread that ends: one of the runtime's would stay, and the allocator keeps for each thread what it has freed.
        thread::Builder::new().name("compile".to_owned()).spawn(compile).map_err(|_| Panicked)?;
        match compiled.await.map_err(|_| Panicked)? {
            Ok(compiled) => sandbox.threads().run(move || compiled.admit()).await,
            Err(error) => Ok(Err(error)),
        }
    }
}
