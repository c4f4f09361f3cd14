//! Texts that are made to be slow, of any length: what an agent may hand over, and no person would write.

fn in_base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            out.push(LETTERS.get(number >> (18 - 6 * place) & 63).copied().map_or('=', char::from));
        }
    }
    out
}

/// What stands alone over and over.
pub const PIECES: &[(&str, &str)] = &[
    ("lists", "a&&"),
    ("words", "rm a "),
    ("substitutions", "$(a) "),
    ("quotes", "\"'"),
    ("closing brackets", ")"),
    ("opening brackets", "("),
    ("opening braces", "{"),
    ("opening braces apart", "{ "),
    ("opening squares", "["),
    ("conditions", "[[ "),
    ("opened substitutions", "$("),
    ("opened arithmetic", "$(("),
    ("opened expansions", "${a:-"),
    ("opened process substitutions", "<("),
    ("backquotes", "`"),
    ("backquotes apart", "` "),
    ("backquotes in expansions", "`${"),
    ("backquotes in defaults", "`${a:-\""),
    ("backquotes in substitutions", "$(`"),
    ("backquotes in what is closed wrongly", "${x/))`"),
    ("double quotes", "\""),
    ("double quotes apart", "\" "),
    ("single quotes", "'"),
    ("empty words", "'' "),
    ("dollars", "$"),
    ("backslashes", "\\"),
    ("escaped ends", "\\\n"),
    ("semicolons", ";"),
    ("semicolons apart", "a;"),
    ("ampersands", "&"),
    ("ampersands apart", "a& "),
    ("pipes", "a|"),
    ("pipes alone", "|"),
    ("nothing", "\0"),
    ("arrows", ">"),
    ("arrows back", "<"),
    ("redirections", "a>b "),
    ("redirections of one", ">b "),
    ("here-documents", "<<A\n"),
    ("here-documents on a line", "<<A "),
    ("here-strings", "<<<a "),
    ("patterns", "!(a) "),
    ("lines", "rm a\n"),
    ("bangs", "! "),
    ("functions", "f() { f; f; }; f; "),
    ("functions within functions", "f() { "),
    ("ifs", "if "),
    ("ifs and elses", "if a; then b; else "),
    ("cases", "case a in a) "),
    ("loops without an end", "while a; do "),
    ("ends", "fi; done; esac; }; "),
    ("shells", "sh -c 'sh -c \"rm a\"'; "),
    ("variables", "a=$a$a; "),
    ("assignments", "a=b "),
    ("arrays", "a=(b c) "),
    ("a growing variable", "a+=b; "),
    ("loops", "for a in 1 2 3; do for b in 1 2 3; do rm $a; done; done; "),
    ("pipes into xargs", "ls | xargs rm; "),
    ("long pipes into xargs", "| xargs rm "),
    ("wrappers", "sudo "),
    ("wrappers of two kinds", "env A=1 sudo "),
    ("starts", "find . -exec "),
    ("comments", "#a\n"),
    ("blanks", " "),
    ("new lines", "\n"),
    ("tabs and returns", "\t\r"),
    ("letters", "a"),
    ("numbers", "9"),
    ("wide letters", "漢"),
    ("stars", "*"),
    ("stars and letters", "*a"),
    ("alternatives", "{a,b}"),
    ("ranges", "{1..99}"),
    ("slashes", "/"),
    ("ways up", "../"),
    ("options", "-a "),
    ("equal signs", "=a"),
    ("tildes", "~ "),
    ("tests", "[ a ] && "),
    ("arithmetic", "((a)) ; "),
    ("sums", "$((1+1)) "),
    ("expansions", "${a%%b} "),
    ("expansions with defaults", "${a:-b} "),
    ("expansions of others", "${!a} "),
    ("process substitutions", "<(a) "),
    ("coprocesses", "coproc a; "),
    ("subshells", "(a);"),
    ("groups", "{ a; };"),
    ("traps", "trap 'rm a' EXIT; "),
    ("aliases", "alias a='b a'; a; "),
    ("sources", ". <(echo a); "),
    ("exports", "export A=b; "),
    ("folders", "cd a; "),
    ("reads", "cat .env; "),
    ("requests", "curl -X DELETE http://a/b; "),
    ("statements", "psql -c 'DROP TABLE a'; "),
    ("interpreters", "python3 -c 'import os; os.remove(\"a\")'; "),
    ("containers", "docker run a rm b; "),
    ("machines", "ssh a rm b; "),
    ("decoders", "echo cm0gYQo= | base64 -d | sh; "),
    ("printers", "printf '%s' a b c | sh; "),
    ("scripts", "sh a; "),
    ("small databases", "rm a.db; "),
    ("small databases and clients", "rm a.db; sqlite3 a.db; "),
    ("pushes", "git push x; "),
    ("remotes and pushes", "git remote add x y; git push x; "),
    ("folders made and removed", "mkdir -p a/b; rm -r a/b; "),
    ("tasks of production", "make deploy-prod; "),
    ("what is run later", "at now <<<a; "),
    ("translators", "echo a | tr a b | sed s/a/b/ | sh; "),
];

/// What texts of one length are made of.
struct Maker {
    /// How long each text is, at most, in bytes.
    bytes: usize,
}

impl Maker {
    fn filled(&self, piece: &str) -> String {
        piece.repeat(self.bytes / piece.len())
    }

    /// Half of the length.
    fn half(&self, piece: &str) -> String {
        piece.repeat(self.bytes / 2 / piece.len())
    }

    fn numbered(&self, bytes: usize, piece: impl Fn(usize) -> String) -> String {
        let mut text = String::with_capacity(bytes);
        for piece in (0..).map(piece) {
            if text.len() + piece.len() > bytes {
                break;
            }
            text.push_str(&piece);
        }
        text
    }

    fn inside(&self, before: &str, piece: &str, after: &str) -> String {
        format!("{before}{}{after}", piece.repeat((self.bytes - before.len() - after.len()) / piece.len()))
    }

    /// A text written in base64, that again, and so on, each time to be decoded and run.
    fn encoded(&self, rounds: usize) -> String {
        let plain = (0..rounds).fold(self.bytes - 64, |bytes, _| (bytes - 64) / 4 * 3);
        let mut text = "rm -rf src; ".repeat(plain / 12);
        for _ in 0..rounds {
            text = format!("echo {} | base64 -d | sh", in_base64(text.as_bytes()));
        }
        text
    }

    /// A shell in a shell in a shell: each quotes the one within.
    fn nested(&self, shell: &str) -> String {
        let mut text = "rm -rf src".to_owned();
        loop {
            let next = format!("{shell}\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            if next.len() > self.bytes {
                return text;
            }
            text = next;
        }
    }
}

/// Every text with its name, each of at most so many bytes.
pub fn texts(bytes: usize) -> Vec<(&'static str, String)> {
    let maker = Maker { bytes };
    let all = PIECES.iter().map(|(name, piece)| (*name, maker.filled(piece)));
    all.chain(of_shells(&maker))
        .chain(of_programs(&maker))
        .chain(of_requests(&maker))
        .chain(of_code(&maker))
        .chain(of_sql(&maker))
        .collect()
}

/// Words, variables, functions and pipes.
fn of_shells(maker: &Maker) -> Vec<(&'static str, String)> {
    let half = maker.bytes / 2;
    vec![
        ("variables each used by the next", maker.numbered(maker.bytes, |n| format!("a{}=$a{n}$a{n}; ", n + 1))),
        ("variables and subshells", format!("{}{}", maker.numbered(half, |n| format!("a{n}=b;")), maker.half(" (a);"))),
        (
            "exports and commands",
            format!("{};{}", maker.numbered(half, |n| format!("export a{n}=b;")), maker.half(" rm a;")),
        ),
        (
            "functions and subshells",
            format!("{};{}", maker.numbered(half, |n| format!("f{n}() {{ a; }};")), maker.half(" (a);")),
        ),
        (
            "functions that call the next",
            format!("{} f0", maker.numbered(maker.bytes - 8, |n| format!("f{n}() {{ f{}; f{}; }};", n + 1, n + 1))),
        ),
        ("a long value used often", format!("a={}; {}", maker.half("b"), maker.half("rm $a; "))),
        ("a long value used often in a word", format!("a={}; {}", maker.half("b"), maker.half("rm \"$a$a$a\"; "))),
        ("many words used often", format!("a='{}'; {}", maker.half("b "), maker.half("rm $a; "))),
        ("a long text piped often", format!("a={}; {}", maker.half("b"), maker.half("echo $a|cat|cat; "))),
        ("one command with a long pipe", maker.filled("cat|")),
        ("evals", format!("X='{}'; {}", maker.half("rm a; "), maker.half("eval \"$X\"; "))),
        ("evals of broken text", format!("X='{}'; {}", maker.half("rm a; ) "), maker.half("eval \"$X\"; "))),
        ("broken lines", maker.filled("rm a ) (\n")),
        ("brackets in lines", maker.filled("((((((((((((((((((((((((((((((\n")),
        ("a broken end", maker.inside("", "rm a; ", "if (")),
        ("a broken beginning", maker.inside(") ", "rm a; ", "")),
        ("quotes of all kinds in a substitution", maker.inside("echo \"$(", "'a' \"b\" `c` ", ")\"")),
        ("nested quotes", maker.nested("bash -c ")),
        ("base64 of base64", maker.encoded(2)),
        ("base64 of base64 of base64", maker.encoded(3)),
        ("a long word in quotes", maker.inside("rm '", "a", "'")),
        ("a long word behind an option", maker.inside("rm --", "a", "")),
        ("a long path", maker.inside("rm ", "a/", "")),
        ("deep arithmetic", format!("echo $(({}1{}))", "(".repeat(half - 8), ")".repeat(half - 8))),
        ("long arithmetic", maker.inside("echo $((1", "+1", "))")),
        ("long conditions", maker.inside("[[ a ", "&& b ", "]]")),
    ]
}

/// What programs make of their words.
fn of_programs(maker: &Maker) -> Vec<(&'static str, String)> {
    vec![
        ("many targets", maker.inside("rm ", "a b c ", "")),
        ("many targets in one loop", maker.inside("for a in ", "b ", "; do rm $a; done")),
        ("many patterns", maker.inside("rm ", "*.a ", "")),
        ("many alternatives", maker.inside("rm ", "{a,b}", "")),
        ("alternatives within alternatives", format!("rm {}a{}", "{".repeat(190), ",b}".repeat(190))),
        ("a list of sed commands", maker.inside("sed -i '", "s/a/b/;", "' a")),
        ("finds", maker.inside("find . ", "-name a -o ", "-delete")),
        ("finds with roots and names", format!("find {} {} -delete", maker.half("a "), maker.half("-name b "))),
        ("finds that start", maker.inside("find . ", "-exec rm {} \\; ", "")),
        ("git options", maker.inside("git ", "-c a=b ", "push -f")),
        ("mounts", maker.inside("docker run ", "-v /a:/b ", "c rm -rf /b")),
        ("lines with a carriage return", maker.filled("rm a\r\n")),
        ("a here-document of here-documents", maker.inside("sh <<A\n", "cat <<B\nrm a\nB\n", "A\n")),
        ("a here-document of substitutions", maker.inside("cat <<A\n", "$(rm a) ", "\nA\n")),
        ("a here-document without an end", maker.inside("cat <<A\n", "$(rm a) ", "\n")),
        ("a here-document of dollars", maker.inside("cat <<A\n", "$ ", "\nA\n")),
        ("a quoted here-document in a shell", maker.inside("sh <<'A'\n", "rm a\n", "A\n")),
        ("texts in quotes", maker.numbered(maker.bytes, |n| format!("echo 'a{n}' \"b{n}\"\n"))),
        ("names that differ", maker.numbered(maker.bytes, |n| format!("rm a{n}; "))),
        ("programs that differ", maker.numbered(maker.bytes, |n| format!("a{n} b; "))),
        (
            "a function with many words called often",
            format!("f() {{ rm {}; }}; {}", maker.half("a "), maker.half("f; ")),
        ),
        (
            "a function that defines another, called often",
            format!("f() {{ g() {{ rm {}; }}; }}; {}", maker.half("a "), maker.half("f; ")),
        ),
        ("many commands that feed many", format!("{{ {} }} | {{ {} }}", maker.half("cat; "), maker.half("cat; "))),
        (
            "groups that feed groups",
            format!(
                "env | {}wc",
                maker.filled("{ cat; cat; cat; cat; } | ").get(..maker.bytes.min(2_600) / 26 * 26).unwrap_or_default()
            ),
        ),
        ("a text with a hole in every letter", format!("printf '{}%s' {}", maker.half("a"), maker.half("b "))),
        (
            "a long text for every letter of a long text",
            format!("echo {} | sed s/a/{}/g | sh", maker.half("a"), maker.half("b")),
        ),
        ("a translation of a long text", format!("echo {} | tr {} b | sh", maker.half("a"), maker.half("ca"))),
        ("an item in many places", format!("echo {} | xargs -I % rm {}", maker.half("a"), maker.half("%"))),
        ("many items in many places", format!("echo {} | xargs -I % rm {}", maker.half("a "), maker.half("% "))),
        (
            "names cut from the end",
            format!("a={}; {}", "b".repeat(maker.bytes.min(1_000)), maker.half("rm ${a%%x*}; ")),
        ),
        ("names put in for others", format!("a={}; rm ${{a//b/{}}}", maker.half("b"), maker.half("c"))),
        ("texts in texts of a runner", maker.inside("concurrently ", "a ", "")),
        ("what is made and what is removed", format!("rm -rf {}; mkdir {}", maker.half("a/b "), maker.half("c/d "))),
        ("secrets shown after much that is given", format!("{}{}", maker.half("A=b; "), maker.half("echo $C_TOKEN; "))),
        ("verbs behind options", maker.inside("kubectl ", "-a delete ", "")),
        ("verbs of two words behind options", maker.inside("aws ", "-a s3 -b rb ", "")),
        ("files written and read", maker.numbered(maker.bytes, |n| format!("echo rm a > f{n}; sh f{n}; "))),
        (
            "a file of the text run often",
            format!("cat > a.sh <<E\n{}\nE\n{}", maker.half("rm a\n"), maker.half("sh a.sh\n")),
        ),
        ("downloads that are run", maker.numbered(maker.bytes, |n| format!("curl -o f{n} http://a; sh f{n}; "))),
    ]
}

/// What requests carry.
fn of_requests(maker: &Maker) -> Vec<(&'static str, String)> {
    vec![
        ("a long URL", maker.inside("curl -X DELETE http://a/", "b/", "")),
        ("a long query", maker.inside("curl -X DELETE 'http://a/?", "b=c&", "'")),
        (
            "a long body",
            maker.inside("curl -d '{\"query\":\"mutation { ", "volumeDelete(id: 1) ", "}\"}' http://a/graphql"),
        ),
        ("a deep body", maker.inside("curl -d '{\"query\":\"", "{a", "\"}' http://a/graphql")),
        ("a deep document", maker.inside("curl -d '", "{\"a\":", "' http://a/b")),
        ("deep lists", maker.inside("curl -d '", "[", "' http://a/b")),
        (
            "a query language",
            maker.inside("curl -d 'query=mutation{", "a:volumeDelete(id:1){id}", "}' http://a/graphql"),
        ),
        ("headers", maker.inside("curl -X DELETE http://a ", "-H 'a: b' ", "")),
    ]
}

/// Code of other languages.
fn of_code(maker: &Maker) -> Vec<(&'static str, String)> {
    vec![
        ("Python brackets", maker.inside("python3 <<E\n", ")", "\nE\n")),
        ("Python opening brackets", maker.inside("python3 <<E\n", "(", "\nE\n")),
        ("Python", maker.inside("python3 <<E\n", "import os; os.remove('a')\n", "E\n")),
        ("Python sums", maker.inside("python3 -c 'a = 1", "+1", "'")),
        ("Python names", maker.inside("python3 -c 'a = b", ".c", "'")),
        ("Python calls", maker.inside("python3 -c 'a = b", "(c)", "'")),
        ("Python values", maker.inside("python3 -c '", "a=a+a;", "'")),
        ("Python text", maker.inside("python3 -c '", "\"\"\"", "'")),
        ("Python blocks", maker.inside("python3 <<E\n", "if a:\n ", "\nE\n")),
        (
            "Python deep blocks",
            format!("python3 <<E\n{}\nE\n", maker.numbered(maker.bytes - 16, |n| format!("{}if a:\n", " ".repeat(n)))),
        ),
        ("Python systems", maker.inside("python3 <<E\nimport os\n", "os.system('rm a')\n", "E\n")),
        (
            "Python commands of Python",
            maker.inside("python3 <<E\nimport os\n", "os.system('python3 -c \"import os; os.system(1)\"')\n", "E\n"),
        ),
        ("JavaScript", maker.inside("node <<E\n", "fs.rmSync(`a${b}`);\n", "E\n")),
        ("JavaScript brackets", maker.inside("node -e '", ")", "'")),
        ("JavaScript braces", maker.inside("node -e '", "{", "'")),
        ("JavaScript text", maker.inside("node -e '", "`${", "'")),
        ("JavaScript functions", maker.inside("node -e '", "a=>", "'")),
        ("JavaScript slashes", maker.inside("node -e '", "/a", "'")),
        (
            "JavaScript systems",
            maker.inside("node <<'E'\nconst cp = require('child_process');\n", "cp.execSync('rm a');\n", "E\n"),
        ),
        ("Perl", maker.inside("perl -e '", "unlink(\"a\");", "'")),
        ("Perl quotes", maker.inside("perl -e '", "q{a};", "'")),
        ("Ruby", maker.inside("ruby -e '", "`rm a`;", "'")),
        ("awk", maker.inside("awk '{", "system(\"rm a\");", "}'")),
        ("Python lists handed on", format!("python3 -c 'a=[{}];{}'", maker.half("1,"), maker.half("b=a;"))),
        (
            "Python texts handed on",
            format!(
                "python3 -c 'a=\"{}\";c=[{}];{}'",
                maker.half("x"),
                "a,".repeat(200),
                maker.half("b=c;").get(..maker.bytes / 2 - 600).unwrap_or_default()
            ),
        ),
        ("Python functions of functions", maker.inside("python3 <<E\n", "def a(b):\n b(b)\n b(b)\na(a)\n", "\nE\n")),
        ("Perl brackets", maker.inside("perl -e '", "a(", "'")),
        ("Ruby methods on methods", maker.inside("ruby -e 'a", ".b(c)", "'")),
    ]
}

/// Statements.
fn of_sql(maker: &Maker) -> Vec<(&'static str, String)> {
    vec![
        ("SQL", maker.inside("psql <<E\n", "DELETE FROM a;\n", "E\n")),
        ("SQL brackets", maker.inside("psql -c '", "(", "'")),
        ("SQL questions", maker.inside("psql -c 'SELECT ", "(SELECT ", "'")),
        ("SQL conditions", maker.inside("psql -c 'DELETE FROM a WHERE b ", "OR c ", "'")),
        ("SQL nots", maker.inside("psql -c 'SELECT ", "NOT ", "'")),
        ("SQL signs", maker.inside("psql -c 'SELECT 1", "-1", "'")),
        ("SQL minuses", maker.inside("psql -c 'SELECT ", "- ", "'")),
        ("SQL cases", maker.inside("psql -c 'SELECT ", "CASE WHEN ", "'")),
        ("SQL joins", maker.inside("psql -c 'SELECT * FROM a ", "JOIN (b ", "'")),
        ("SQL comments", maker.inside("psql -c '", "/*", "'")),
        ("SQL semicolons", maker.inside("psql -c '", ";", "'")),
        ("SQL of dollars", maker.inside("psql -c '", "$a$", "'")),
        ("SQL within", maker.inside("psql -c 'DO $$ BEGIN ", "EXECUTE \"DROP TABLE a\"; ", "END $$'")),
        ("SQL deletes within deletes", maker.inside("psql -c 'WITH a ", "AS (DELETE ", "'")),
        ("SQL statements within statements", maker.inside("psql -c '", "PREPARE a AS ", "'")),
        ("SQL texts within texts", maker.inside("psql -c 'DO ", "$a$ BEGIN EXECUTE $b$ BEGIN EXECUTE ", "'")),
        (
            "SQL conditions in brackets",
            format!(
                "psql -c 'DELETE FROM a WHERE {}1{}'",
                maker.half("(").get(32..).unwrap_or_default(),
                maker.half(")").get(32..).unwrap_or_default()
            ),
        ),
        ("SQL in another alphabet", maker.inside("psql -c 'SELECT ", "\"é\", ", "1'")),
        ("SQL of a client", maker.inside("psql <<E\n", "\\c a\n", "E\n")),
    ]
}
