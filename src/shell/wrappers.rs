//! Programs that run other programs, as a table: which options take a value, and where the inner words start.

/// What a wrapper adds, in the table's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adds {
    Nothing,
    Privilege,
    Runner,
    Container,
}

/// One wrapper whose inner command follows its own words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapper {
    /// The program, and the words that must follow it (`uv run`).
    pub(super) names: &'static [&'static str],
    /// Its options that take the next word.
    pub(super) valued: &'static [&'static str],
    /// How many of its own operands come before the inner command.
    pub(super) operands: usize,
    /// What it adds.
    pub(super) adds: Adds,
}

const fn plain(names: &'static [&'static str], valued: &'static [&'static str], operands: usize) -> Wrapper {
    Wrapper { names, valued, operands, adds: Adds::Nothing }
}

const fn with(adds: Adds, names: &'static [&'static str], valued: &'static [&'static str], operands: usize) -> Wrapper {
    Wrapper { names, valued, operands, adds }
}

/// Options of container starts that take a value.
const RUN_VALUED: &[&str] = &[
    "-v", "--volume", "-e", "--env", "-p", "--publish", "-w", "--workdir", "-u", "--user", "--name", "--network",
    "--net", "--mount", "-m", "--memory", "--entrypoint", "--platform", "--env-file", "--cpus", "-l", "--label",
    "-h", "--hostname", "--add-host", "--gpus", "--shm-size", "--restart", "--pull", "--ulimit", "--security-opt",
    "--cap-add", "--cap-drop", "--device", "--dns", "--expose", "--group-add", "--ip", "--link", "--log-driver",
    "--log-opt", "--pid", "--ipc", "--tmpfs", "--volumes-from", "--userns", "--cidfile", "--index", "--detach-keys",
];

/// Every wrapper with a regular shape; the others have code of their own in `peel`.
pub(super) const TABLE: &[Wrapper] = &[
    with(Adds::Privilege, &["sudo"], &[
        "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-r", "-t", "-T", "-U", "-D", "--chdir", "-R",
    ], 0),
    with(Adds::Privilege, &["doas"], &["-u", "-C"], 0),
    with(Adds::Privilege, &["pkexec"], &["--user"], 0),
    with(Adds::Privilege, &["gosu"], &[], 1),
    with(Adds::Privilege, &["su-exec"], &[], 1),
    with(Adds::Privilege, &["runuser"], &["-u", "--user", "-g", "--group"], 0),
    plain(&["nohup"], &[], 0),
    plain(&["timeout"], &["-k", "--kill-after", "-s", "--signal"], 1),
    plain(&["gtimeout"], &["-k", "--kill-after", "-s", "--signal"], 1),
    plain(&["nice"], &["-n", "--adjustment"], 0),
    plain(&["ionice"], &["-c", "-n", "--class", "--classdata"], 0),
    plain(&["setsid"], &[], 0),
    plain(&["stdbuf"], &["-i", "-o", "-e"], 0),
    plain(&["unbuffer"], &[], 0),
    plain(&["time"], &["-f", "-o", "--format", "--output"], 0),
    plain(&["gtime"], &["-f", "-o"], 0),
    plain(&["exec"], &["-a"], 0),
    plain(&["builtin"], &[], 0),
    plain(&["command"], &[], 0),
    plain(&["coproc"], &[], 0),
    plain(&["noglob"], &[], 0),
    plain(&["nocorrect"], &[], 0),
    plain(&["then"], &[], 0),
    plain(&["do"], &[], 0),
    plain(&["chrt"], &["-T", "-P", "-D"], 1),
    plain(&["taskset"], &[], 1),
    plain(&["numactl"], &["-N", "-m", "-C"], 0),
    plain(&["caffeinate"], &["-t", "-w"], 0),
    plain(&["strace"], &["-o", "-e", "-s", "-p", "-E", "-u", "-P", "-a", "-O", "-S", "-X", "-b", "-I"], 0),
    plain(&["ltrace"], &["-o", "-e", "-s", "-p", "-u", "-l", "-n", "-a"], 0),
    plain(&["catchsegv"], &[], 0),
    plain(&["valgrind"], &[], 0),
    plain(&["heaptrack"], &["-o"], 0),
    plain(&["perf", "stat"], &["-e", "-r", "-o"], 0),
    plain(&["perf", "record"], &["-e", "-F", "-o", "-c"], 0),
    plain(&["unshare"], &["-R", "--root", "-w", "--wd", "-S", "-G", "--setuid", "--setgid", "--map-user", "--map-group"], 0),
    plain(&["setpriv"], &["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set"], 0),
    plain(&["setarch"], &[], 1),
    plain(&["linux64"], &[], 0),
    plain(&["prlimit"], &[], 0),
    plain(&["chpst"], &["-u", "-U", "-b", "-e", "-m", "-o"], 0),
    plain(&["systemd-run"], &["-u", "--unit", "-p", "--property", "-E", "--setenv", "-M", "--description", "--slice"], 0),
    plain(&["systemd-inhibit"], &["--what", "--who", "--why", "--mode"], 0),
    plain(&["dbus-run-session"], &["--config-file"], 0),
    plain(&["xvfb-run"], &["-s", "-n", "-e", "-f", "-w", "-p", "--server-args"], 0),
    plain(&["fakeroot"], &["-l", "-s", "-i", "-b"], 0),
    plain(&["proot"], &["-r", "-b", "-w", "-q", "-k"], 0),
    plain(&["firejail"], &[], 0),
    plain(&["ssh-agent"], &["-t", "-a"], 0),
    plain(&["dotenv"], &["-f", "-e", "--file"], 0),
    plain(&["dotenvx", "run"], &["-f", "--env-file", "-e"], 0),
    plain(&["doppler", "run"], &["-p", "-c", "--project", "--config", "-t", "--token"], 0),
    plain(&["op", "run"], &["--env-file", "--account"], 0),
    plain(&["infisical", "run"], &["--env", "--path", "--projectId"], 0),
    plain(&["aws-vault", "exec"], &["-d", "--duration", "--region"], 1),
    plain(&["chamber", "exec"], &[], 1),
    plain(&["direnv", "exec"], &[], 1),
    plain(&["mise", "exec"], &[], 0),
    plain(&["asdf", "exec"], &[], 0),
    plain(&["railway", "run"], &["-s", "--service", "-e", "--environment", "-p", "--project"], 0),
    plain(&["poetry", "run"], &[], 0),
    plain(&["pipenv", "run"], &[], 0),
    plain(&["pdm", "run"], &[], 0),
    plain(&["hatch", "run"], &[], 0),
    plain(&["rye", "run"], &[], 0),
    plain(&["uv", "run"], &["--with", "--python", "-p", "--project", "--directory", "--env-file", "--extra", "--group"], 0),
    plain(&["bundle", "exec"], &[], 0),
    plain(&["conda", "run"], &["-n", "--name", "-p", "--prefix", "--cwd"], 0),
    plain(&["mamba", "run"], &["-n", "-p"], 0),
    plain(&["micromamba", "run"], &["-n", "-p"], 0),
    plain(&["yarn", "exec"], &[], 0),
    plain(&["pnpm", "exec"], &["-C", "--filter", "-F"], 0),
    plain(&["git", "bisect", "run"], &[], 0),
    plain(&["watchexec"], &["-w", "--watch", "-e", "--exts", "-i", "--ignore", "-d", "--debounce", "-f", "--filter"], 0),
    plain(&["entr"], &[], 0),
    plain(&["cross-env"], &[], 0),
    plain(&["env-cmd"], &["-f", "-e"], 0),
    plain(&["codex-linux-sandbox"], &["--sandbox-policy", "--sandbox-policy-cwd"], 0),
    with(Adds::Runner, &["npx"], &["-p", "--package", "--registry", "--prefix", "-w", "--workspace"], 0),
    with(Adds::Runner, &["bunx"], &[], 0),
    with(Adds::Runner, &["pnpx"], &[], 0),
    with(Adds::Runner, &["uvx"], &["--from", "--with", "--python", "-p", "--index-url"], 0),
    with(Adds::Runner, &["npm", "exec"], &["-p", "--package", "-w", "--workspace"], 0),
    with(Adds::Runner, &["npm", "x"], &["-p", "--package"], 0),
    with(Adds::Runner, &["pnpm", "dlx"], &["--package"], 0),
    with(Adds::Runner, &["yarn", "dlx"], &["-p", "--package"], 0),
    with(Adds::Runner, &["bun", "x"], &[], 0),
    with(Adds::Runner, &["pipx", "run"], &["--spec", "--python"], 0),
    with(Adds::Runner, &["uv", "tool", "run"], &["--from", "--with", "--python"], 0),
    with(Adds::Container, &["chroot"], &["--userspec", "--groups"], 1),
    with(Adds::Container, &["docker", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["docker", "container", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["docker", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["docker", "container", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["docker", "compose", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["docker", "compose", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["docker-compose", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["docker-compose", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["podman", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["podman", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["nerdctl", "exec"], RUN_VALUED, 1),
    with(Adds::Container, &["nerdctl", "run"], RUN_VALUED, 1),
    with(Adds::Container, &["kubectl", "exec"], &["-n", "--namespace", "-c", "--container", "--context", "--kubeconfig"], 1),
    with(Adds::Container, &["oc", "exec"], &["-n", "--namespace", "-c", "--container", "--context"], 1),
    with(Adds::Container, &["oc", "rsh"], &["-n", "--namespace", "-c", "--container"], 1),
    with(Adds::Container, &["distrobox", "enter"], &[], 1),
    with(Adds::Container, &["heroku", "run"], &["-a", "--app", "-r", "--remote", "-s", "--size", "-e", "--env"], 0),
];

/// Options of a program that come before its first verb and take a value.
pub(super) fn global_valued(program: &str) -> &'static [&'static str] {
    match program {
        "docker" | "podman" | "nerdctl" => &["-H", "--host", "--context", "-c", "--config", "-l", "--log-level", "-f", "-p",
            "--file", "--project-name", "--profile", "--env-file", "--project-directory"],
        "docker-compose" => &["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"],
        "kubectl" | "oc" => &["-n", "--namespace", "--context", "--cluster", "--kubeconfig", "--user", "-s", "--server"],
        "git" => &["-C", "-c", "--git-dir", "--work-tree", "--namespace"],
        "npm" | "pnpm" | "yarn" | "bun" => &["-C", "--prefix", "--filter", "-F", "-w", "--workspace", "--cwd", "--dir"],
        "uv" => &["--directory", "--project", "--python", "-p", "--cache-dir"],
        "poetry" => &["-C", "--directory", "-P", "--project"],
        "bundle" => &["--gemfile"],
        _ => &[],
    }
}
