//! The entry of both binaries, `watch` and `holdpoint`.

fn main() -> std::process::ExitCode {
    holdpoint::cli::main()
}
