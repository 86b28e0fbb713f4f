//! Shield Advanced. Cairn never subscribes an account: that is a paid commitment for a year.

pub mod protection;
