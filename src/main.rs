//! The program under its first name; `bin/holdpoint.rs` is the second.

fn main() -> std::process::ExitCode {
    holdpoint::cli::main()
}
