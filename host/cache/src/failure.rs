//! A load that many waited for and that failed, told to each of them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use fettle_metadata::MetadataError;

/// Why a load brought nothing.
#[derive(Debug)]
pub enum Failure {
    /// There is no such thing.
    Missing,
    /// The store failed.
    Store(MetadataError),
}

/// The error of a load that others may have waited for too.
pub fn shared(failure: Arc<Failure>) -> Result<(), MetadataError> {
    let Failure::Store(error) = &*failure else { return Ok(()) };
    Err(match error {
        MetadataError::Conflict(conflict) => MetadataError::Conflict(conflict.clone()),
        MetadataError::Invalid(invalid) => MetadataError::Invalid(invalid.clone()),
        MetadataError::Unavailable(_) => MetadataError::Unavailable(cause(failure)),
        MetadataError::StorageFull(_) => MetadataError::StorageFull(cause(failure)),
        _ => MetadataError::Backend(cause(failure)),
    })
}

fn cause(failure: Arc<Failure>) -> Box<SharedCause> {
    Box::new(SharedCause(failure))
}

/// What caused the error of a shared failure.
#[derive(Debug)]
struct SharedCause(Arc<Failure>);

impl SharedCause {
    fn inner(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.0 {
            Failure::Store(error) => error.source(),
            Failure::Missing => None,
        }
    }
}

impl fmt::Display for SharedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.inner(), &*self.0) {
            (Some(inner), _) => fmt::Display::fmt(inner, f),
            (None, Failure::Store(error)) => fmt::Display::fmt(error, f),
            (None, Failure::Missing) => f.write_str("there is none"),
        }
    }
}

impl Error for SharedCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner().and_then(Error::source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_the_kind_of_the_error_and_its_cause() {
        let timeout = std::io::Error::from(std::io::ErrorKind::TimedOut);
        let failure = Arc::new(Failure::Store(MetadataError::Unavailable(timeout.into())));
        for _ in 0..2 {
            let error = shared(Arc::clone(&failure)).unwrap_err();
            assert!(matches!(error, MetadataError::Unavailable(_)));
            assert_eq!(error.source().unwrap().to_string(), "timed out");
        }
        assert!(shared(Arc::new(Failure::Missing)).is_ok());
    }
}
