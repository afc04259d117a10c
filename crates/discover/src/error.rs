//! Why nothing could be discovered. No message holds a value of a document.

/// What is wrong with a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read `{name}`: {error}")]
    Read {
        /// The source.
        name: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is longer than is read.
    #[error("`{name}` is longer than {mebibytes} MiB{hint}")]
    TooLong {
        /// The source.
        name: String,
        /// How much is read.
        mebibytes: u64,
        /// What to do about it.
        hint: &'static str,
    },
    /// Something is wrong at a place of its text.
    #[error("{name}:{line}:{column}: {message}")]
    At {
        /// The source.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// It is an OpenAPI document of a version that is not read.
    #[error("`{name}`: OpenAPI `{version}` is not read: 3.0, 3.1 and Swagger 2.0 are")]
    Version {
        /// The source.
        name: String,
        /// The version.
        version: String,
    },
    /// There is no workload.
    #[error("no workload in {}: manifests of the application are needed", quoted(.0))]
    NoWorkload(Vec<String>),
    /// No workload has the name.
    #[error("no workload is called `{name}`: {}", match .near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", quoted(.known)),
    })]
    UnknownWorkload {
        /// The name.
        name: String,
        /// One that may have been meant.
        near: Option<String>,
        /// All there are.
        known: Vec<String>,
    },
    /// Several workloads have the name.
    #[error("several workloads are called `{name}`: {}", quoted(.known))]
    SeveralWorkloads {
        /// The name.
        name: String,
        /// What tells them apart.
        known: Vec<String>,
    },
    /// No name is given, and several workloads could be meant.
    #[error("several workloads could be meant: {}; choose one with `--workload NAMESPACE/NAME`", quoted(.0))]
    WhichWorkload(Vec<String>),
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
