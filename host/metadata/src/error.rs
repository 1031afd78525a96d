//! What can go wrong with metadata.

use crate::FieldRole;

/// The cause of a failure in the store behind; for the log, never for a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a metadata store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// It contradicts what is stored. Nothing was written; the caller can change the request.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// It makes no sense, whatever is stored.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database cannot be opened or brought up to date.
    #[error("cannot open the metadata database {database}")]
    Open {
        /// Its file, or its URL without the password.
        database: String,
        /// What went wrong.
        #[source]
        cause: Cause,
    },
    /// The store cannot be reached or is too busy; the same call may work later.
    #[error("the metadata store is unavailable")]
    Unavailable(#[source] Cause),
    /// The disk is full.
    #[error("no space is left for the metadata store")]
    StorageFull(#[source] Cause),
    /// The store failed in a way that waiting does not mend.
    #[error("the metadata store failed")]
    Backend(#[source] Cause),
}

/// What contradicts the stored metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The device exists, under another type.
    #[error("device `{device}` belongs to device type `{existing}`, not `{requested}`")]
    DeviceOfOtherType {
        /// Code of the device.
        device: String,
        /// The device type that it belongs to.
        existing: String,
        /// The device type that was asked for.
        requested: String,
    },
    /// The model exists, over another device type.
    #[error("model `{model}` reads device type `{existing}`, not `{requested}`")]
    ModelOfOtherType {
        /// Code of the model.
        model: String,
        /// The device type that it reads.
        existing: String,
        /// The device type that was asked for.
        requested: String,
    },
    /// The field exists, as something else.
    #[error("field `{field}` of device type `{device_type}` is a {existing}, not a {requested}")]
    FieldRole {
        /// Code of the device type.
        device_type: String,
        /// Code of the field.
        field: String,
        /// What it is.
        existing: FieldRole,
        /// What was asked for.
        requested: FieldRole,
    },
    /// Two fields of one model would have the same name.
    #[error("model `{model}` would call both `{first}` and `{second}` by the name `{name}`")]
    ModelFieldName {
        /// Code of the model.
        model: String,
        /// The name.
        name: String,
        /// Code of the field that has the name.
        first: String,
        /// Code of the field that would get it too.
        second: String,
    },
    /// The model's code is taken.
    #[error("model `{0}` exists already")]
    ModelExists(String),
    /// The model has changed since it was read.
    #[error("model `{model}` has revision {found}, not {expected}")]
    ModelRevision {
        /// Code of the model.
        model: String,
        /// The revision that the caller thought it has.
        expected: i64,
        /// The revision that it has.
        found: i64,
    },
    /// Datasets were built from the model.
    #[error("{datasets} datasets were built from model `{model}`, the newest of them `{newest}`")]
    ModelInUse {
        /// Code of the model.
        model: String,
        /// How many.
        datasets: u64,
        /// Id of the newest.
        newest: String,
    },
    /// The user name is taken.
    #[error("user `{0}` exists already")]
    UserExists(String),
    /// There is a dataset with this id already, or one that the same job left.
    #[error("dataset `{0}`, or another of the same job, exists already")]
    DatasetExists(String),
}

/// What makes no sense, whatever is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A code of the wrong form.
    #[error("{what} code `{code}`: must be {rule}")]
    Code {
        /// Whose code: `device`, `field` and so on.
        what: &'static str,
        /// The code.
        code: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// A code twice in one list.
    #[error("{what} `{code}` stands twice in one registration")]
    Twice {
        /// Whose code: `device`, `field` and so on.
        what: &'static str,
        /// The code.
        code: String,
    },
    /// A model names a field that neither exists nor is registered with it.
    #[error("model `{model}` names field `{field}`, which device type `{device_type}` does not have")]
    UnknownField {
        /// Code of the model.
        model: String,
        /// Code of the field.
        field: String,
        /// Code of the device type.
        device_type: String,
    },
    /// A scale or offset that is not finite, a scale of 0, or a scaled label.
    #[error("model `{model}`, field `{field}`: {reason}")]
    Scaling {
        /// Code of the model.
        model: String,
        /// Code of the field.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no such device type.
    #[error("there is no device type `{0}`")]
    UnknownDeviceType(String),
    /// A model's signal is a label of its device type.
    #[error("model `{model}`: field `{field}` is a label, and cannot be a signal")]
    LabelAsSignal {
        /// Code of the model.
        model: String,
        /// Code of the field.
        field: String,
    },
    /// Two fields of a model of the same name.
    #[error("model `{model}` would call both `{first}` and `{second}` by the name `{name}`")]
    SameName {
        /// Code of the model.
        model: String,
        /// The name.
        name: String,
        /// Code of the field that has the name.
        first: String,
        /// Code of the field that would get it too.
        second: String,
    },
    /// A text that is longer than its column in a database that was there before us.
    #[error("a code, a name or a unit is longer than the database's table can hold")]
    TooLong,
    /// A text with the character NUL, which PostgreSQL cannot store.
    #[error("a code, a name or a unit contains the character NUL")]
    Nul,
    /// A user name of the wrong form.
    #[error("user name `{0}`: must be 1 to 64 characters without spaces or control characters")]
    Username(String),
}
