//! (wire helper fills this)
