//! The same program under its second name.

fn main() -> std::process::ExitCode {
    holdpoint::cli::main()
}
