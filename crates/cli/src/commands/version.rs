//! `cairn version`

use crate::exit::Exit;

/// Shows the version.
pub fn run() -> Exit {
    println!("Cairn v{}\non {}_{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    Exit::Ok
}
