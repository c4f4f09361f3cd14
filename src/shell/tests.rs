use super::*;

fn place() -> Place {
    Place { cwd: Some("/home/dev/shop".to_owned()), home: None }
}

fn shown(reading: &Reading) -> Vec<String> {
    let words = |i: &Invocation| i.words.iter().map(|w| w.text.clone()).collect::<Vec<_>>().join(" ");
    reading.invocations.iter().filter(|i| !i.words.is_empty()).map(words).collect()
}

#[track_caller]
fn check<const N: usize>(text: &str, expected: [&str; N]) {
    assert_eq!(shown(&read(text, &place())), expected, "{text}");
}

#[test]
fn a_wrapper_does_not_hide_the_command() {
    check("sudo -u bob rm -rf x", ["rm -rf x"]);
    check("env A=1 sh -c 'cd y && rm -rf x'", ["cd y", "rm -rf x"]);
    check("timeout -k 5 10 nice -n 3 rm x", ["rm x"]);
    check("env -S 'rm -rf x'", ["rm -rf x"]);
    check("env -u LD_PRELOAD rm -rf data", ["rm -rf data"]);
    check("xargs -n 1 rm < list", ["rm {}"]);
    check("ls *.csv | xargs rm", ["ls *.csv", "rm *.csv"]);
    check("find . -name '*.log' -exec rm -f {} \\;", ["rm -f ./**/*.log", "find . -name *.log -exec rm -f {} ;"]);
    check("ssh -p 22 host 'rm -rf x; ls'", ["rm -rf x", "ls"]);
    check("docker exec -it db psql -c 'drop table x'", ["psql -c drop table x"]);
    check("docker compose -f a.yml exec -T db rm -r /x", ["rm -r /x"]);
    check("kubectl -n prod exec pod -c main -- rm -r /x", ["rm -r /x"]);
    check("su - bob -c 'rm x'", ["rm x"]);
    check("watch -n 2 'ls -l target'", ["ls -l target"]);
    check("npx -y rimraf@5.0.1 src", ["rimraf src"]);
    check("busybox rm -rf x", ["rm -rf x"]);
    check("bash -lc \"rm -rf 'a b'\"", ["rm -rf a b"]);
    check("bash -c -l 'rm x'", ["rm x"]);
    check("command -v rm", ["command -v rm"]);
    check("eval 'rm x' && pwd", ["rm x", "pwd"]);
    check("setsid -f sh -c 'sleep 1; rm -r keep'", ["sleep 1", "rm -r keep"]);
    check("RAILS_ENV=production bundle exec rails db:drop", ["rails db:drop"]);
    check("/proc/self/exe --codex-run-as-process-setup 3 77 pipe /bin/bash -c 'rm x'", ["rm x"]);
    check("bwrap --ro-bind / / --dev /dev -- /bin/bash -lc 'rm x'", ["rm x"]);
}

#[test]
fn a_text_that_reaches_a_shell_is_read() {
    check("echo cm0gLXJmIC4uL2RhdGE= | base64 -d | sh", ["echo cm0gLXJmIC4uL2RhdGE=", "base64 -d", "rm -rf ../data"]);
    check(
        r"printf '\162\155\040\055\162\040\153\145\145\160\012' | sh",
        [r"printf \162\155\040\055\162\040\153\145\145\160\012", "rm -r keep"],
    );
    check("bash <<EOF\nrm -rf x\nEOF", ["rm -rf x"]);
    check("sh <<< 'rm x'", ["rm x"]);
    check("cat <<'X' | sh\nrm -r y\nX", ["cat", "rm -r y"]);
    check("cat > f <<'X'\nrm -r y\nX", ["cat"]);
    check("echo 'rm x'", ["echo rm x"]);
    check("trap 'rm -rf \"$T\"' EXIT", ["rm -rf $T"]);
}

#[test]
fn what_the_text_says_of_a_variable_is_known() {
    check("D=rm; $D -rf ../data", ["rm -rf ../data"]);
    check("STEP='rm -r keep'; sh -c '$STEP'", ["rm -r keep"]);
    check("T=$(mktemp -d) && rm -rf \"$T\"", ["mktemp -d", "rm -rf /tmp/tmp.mktemp"]);
    check("rm -rf \"$BUILD_DIR/\"*", ["rm -rf $BUILD_DIR/*"]);
    check("for d in a b; do rm -r $d; done", ["rm -r a", "rm -r b"]);
    check("f() { rm -r \"$1\"; }; f x", ["rm -r x"]);
    check("alias zap='rm -r'; zap x", ["alias zap=rm -r", "rm -r x"]);
    check("rm {a,b}.txt ~/x", ["rm a.txt b.txt /home/dev/x"]);
    check("$(echo rm) x", ["echo rm", "rm x"]);
    check("r\\m x; 'rm' y; r''m z", ["rm x", "rm y", "rm z"]);
}

#[test]
fn a_change_of_folder_is_followed() {
    let cwds = |text: &str| read(text, &place()).invocations.last().and_then(|i| i.cwd.clone());
    assert_eq!(cwds("cd .. && rm x"), Some("/home/dev".to_owned()));
    assert_eq!(cwds("(cd ..); rm x"), Some("/home/dev/shop".to_owned()));
    assert_eq!(cwds("cd ~/a && cd b; cd -; rm x"), Some("/home/dev/a".to_owned()));
    assert_eq!(cwds("cd \"$X\" && rm x"), None);
}

#[test]
fn a_text_beyond_the_limits_is_refused_and_never_crashes() {
    assert_eq!(read(&"a".repeat(TEXT_BYTES_MAX + 1), &place()).limit, Some(Limit::Length));
    assert_eq!(read(&"$(".repeat(NESTING_MAX + 1), &place()).limit, Some(Limit::Nesting));
    let long = vec!["a"; 9000].join("&&");
    let reading = read(&long, &place());
    assert!(reading.limit.is_some() || reading.has_error);
    let _ = read("f() { f; f; }; f", &place());
    let _ = read("alias a=a; a; eval \"$(eval x)\"", &place());
}

#[test]
fn no_text_made_to_be_slow_or_deep_stalls_or_crashes() {
    for piece in [
        ")",
        "a|",
        "\0",
        "<",
        ">",
        "<<A ",
        "<<A\n",
        "$) ",
        "!(a) ",
        "((a)) ",
        "@(a|b)",
        "f() ",
        "[[ a ]] ",
        "<(a) ",
        "a) b ;; ",
        "if ",
        "while ",
        "! ",
        "time ",
        "coproc ",
        "case x in ",
        "for a in b; do ",
        "a&&",
        "$(a) ",
        "`a`",
        "`${",
        "$(\"`",
        "`<(",
        "${x/))`${a:-",
        "\"'",
        "{a,b}",
        "sudo ",
        "env ",
        "eval ",
        "sh -c ",
        "xargs ",
        "ssh h ",
        "docker run a ",
        "find . -exec ",
        "${a:-",
        "a=(",
        "\\\n",
    ] {
        for bytes in [700, 6_000] {
            let text: String = piece.chars().cycle().take(bytes).collect();
            let _ = read(&text, &place());
        }
    }
}

#[test]
fn what_one_grammar_does_not_know_the_other_reads() {
    for text in
        ["cat <<A <<B; rm -rf x\na\nA\nb\nB", "exec 3<>/dev/tcp/h/1; rm -rf x", "ls !(b); rm -rf x", "{rm,-rf,x}"]
    {
        let reading = read(text, &place());
        assert!(!reading.has_error, "{text}");
        assert!(shown(&reading).contains(&"rm -rf x".to_owned()), "{text}: {:?}", shown(&reading));
    }
}

#[test]
fn a_heredoc_ends_where_a_shell_ends_it() {
    for heredoc in [
        "cat <<Ņ\nE\n: <<X\nŅ\n",
        "cat <<完\nx\n完\n",
        "cat <<E\nE; : <<X\nE\n",
        "cat <<E\n  E\n: <<X\nE\n",
        "cat <<-E\n\tEE\n: <<X\n\tE\n",
        "cat <<\\E\nEE\n: <<X\nE\n",
        "cat <<E\nE)\n: <<X\nE\n",
    ] {
        let reading = read(&format!("{heredoc}rm -rf x\nX\n"), &place());
        let is_shown = shown(&reading).contains(&"rm -rf x".to_owned());
        assert!(is_shown || reading.has_error, "{heredoc}: {:?}", shown(&reading));
    }
    check("echo \"$(cat <<'EOF'\nrm -rf x\nEOF\n)\"", ["cat", "echo rm -rf x"]);
    check("echo \"$(cat <<'EOF'\nrm -rf x\nEOF)\"", ["cat", "echo rm -rf x"]);
}

#[test]
fn no_character_behind_a_brace_makes_the_scanner_fall_over() {
    for character in ['é', 'Ņ', '\u{7ff}', '日', '\u{ffff}', '\u{10000}', '\u{31840}', '\u{e0000}', '\u{10ffff}'] {
        for before in ["{", "{12", "ls {1..", "ls {1..23", "a\n{", "cat <<E\n{", "${", "}{{", "x={"] {
            let text = format!("{before}{character}");
            let plain = super::grammar::without_traps(&text);
            assert_eq!(plain.len(), text.len());
            assert!(plain.chars().all(|c| u32::from(c) < 0x100), "{plain}");
            let _ = read(&text, &place());
        }
    }
    check("echo {日,本}", ["echo 日 本"]);
}

#[test]
fn a_character_that_a_parser_is_handed_in_two_parts_is_whole() {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).unwrap();
    for shift in 0..3 {
        let code = format!("{}{} = 1\n", "x".repeat(shift), "日".repeat(700));
        assert!(!tree_in_steps(&mut parser, &code).unwrap().root_node().has_error(), "{shift}");
    }
}

#[test]
fn both_grammars_agree_on_what_both_read() {
    for text in [
        "a=1 b=(x y) rm -rf \"$a\" > f 2>&1 < g",
        "f() { rm -r \"$1\"; }; f x | tee y && (cd z; rm w)",
        "for i in a 'b c' $(ls); do rm \"$i\"; done; while read x; do rm $x; done < l",
        "if a; then b; elif c; then d; else e; fi; case $x in y) rm z;; esac",
        "cat <<E | sh\nrm $x $(rm y)\nE\nsudo rm -rf \"a b\"",
        "[[ -n $(rm x) ]] && ((i=$(rm y))); ! rm z; { rm q; } >> w; time rm v",
        "export A=x B='y z'; rm {a,b}.txt ~/c $'d\\x65' \"e\"f",
    ] {
        let first = parse::first(text);
        assert!(!first.has_error, "{text}");
        let place = place();
        let one = walk::read_nodes(text, &first.nodes, &place);
        let other = walk::read_nodes(text, &second::read(text).unwrap_or_default(), &place);
        let plain = |reading: &Reading| {
            let each = |i: &Invocation| {
                (
                    i.words.iter().map(|w| (w.text.clone(), w.kind)).collect::<Vec<_>>(),
                    i.redirects.iter().map(|r| (r.kind, r.to.text.clone())).collect::<Vec<_>>(),
                )
            };
            let starts = |i: &&Invocation| !i.words.is_empty() || !i.redirects.is_empty();
            reading.invocations.iter().filter(starts).map(each).collect::<Vec<_>>()
        };
        assert_eq!(plain(&one), plain(&other), "{text}");
    }
}

#[test]
fn a_broken_text_still_shows_its_commands() {
    let reading = read("rm -rf x\nif true; then", &place());
    assert!(reading.has_error);
    assert!(shown(&reading).contains(&"rm -rf x".to_owned()));
}

#[test]
fn peeling_what_is_peeled_changes_nothing() {
    for text in [
        "sudo env A=1 timeout 3 rm -rf x",
        "find . -exec rm {} +",
        "docker run -v a:b img sh -c 'rm x'",
        "ls | xargs -I{} mv {} x",
    ] {
        for invocation in read(text, &place()).invocations {
            let again = peel(invocation.words.clone(), &place());
            let words: Vec<_> = again.invocations.iter().map(|i| i.words.clone()).collect();
            assert!(words.contains(&invocation.words), "{text}");
        }
    }
}
