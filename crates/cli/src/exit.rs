//! How a verb ends.

/// Exit codes, as Terraform has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all is well; nothing to do, or everything was done.
    Ok,
    /// 1: an error.
    Error,
    /// 2: there are changes, or drift.
    Changes,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Ok => 0.into(),
            Exit::Error => 1.into(),
            Exit::Changes => 2.into(),
        }
    }
}
