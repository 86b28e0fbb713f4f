mod args;
mod diagnostics;
mod settings;
mod terminal;
fn main() {}
