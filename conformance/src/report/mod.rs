//! Shows a [`crate::result::RunResult`]; no report sees a target or a case.
