//! The table of doors: which sockets lead out of the tree, and who may go through them.
//!
//! `rules/doors.toml` is the table and says how it is read. The first door that fits decides.

use super::act::wild;
use super::pack::{Item, PackError, Reader, Table, Value};
use super::shipped::{Shipped, shipped};
use super::toml_tree::tree;
use crate::model::{Class, Peer, RuleId, Tier, Untrusted};

/// The doors that come with the program.
pub(super) const DOORS: Shipped = shipped!("doors");
/// The pack that findings about doors come from.
const PACK: &str = "doors";

super::effect::words! {
    /// What is done about a connection.
    Way {
        Allow "allow" "It passes unnoted."
        Log "log" "It passes and is journalled."
        Command "command" "It passes, because its client's command line was judged when it started."
        Hold "hold" "It waits for the operator."
        Deny "deny" "It is refused."
    }
}

/// One way out of the tree, for some clients or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Its full name, `doors/name`.
    pub id: RuleId,
    /// What is done about a connection.
    pub(super) way: Way,
    /// How bad it is, where it is held or refused.
    pub tier: Tier,
    /// What kind of danger it is, where it is held or refused.
    pub class: Class,
    /// In a few words, what happens.
    pub title: String,
    /// Why that matters, or why not.
    pub why: String,
    /// What to do instead.
    pub instead: Option<String>,
    /// What whoever goes through gets hold of.
    pub gives: Option<String>,
    /// Connections it must be the door of: `COMMAND > PLACE`.
    pub hit: Vec<String>,
    /// Connections it must not be the door of.
    pub miss: Vec<String>,
    /// The line of its file on which it starts, from 1.
    pub line: u32,
    places: Places,
    program: Vec<String>,
    verb: Vec<String>,
    word: Vec<String>,
}

/// Where a door is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Places {
    socket: Vec<String>,
    in_kernel: Vec<String>,
    ports: Vec<(u16, u16)>,
    variable: Vec<String>,
}

/// All doors, and what their places mean on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doors {
    all: Vec<Door>,
    home: Option<String>,
    watch: Option<String>,
    /// What the operator's variables name: variable, and the other end.
    named: Vec<(String, Peer)>,
}

/// Who goes through a door.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    /// The last part of its program's path, as the kernel knows it.
    pub(super) program: &'a Untrusted,
    /// The arguments it was started with.
    pub(super) command: &'a [Untrusted],
}

const DOOR_KEYS: &[&str] = &[
    "id", "verdict", "tier", "class", "title", "why", "instead", "gives", "socket", "abstract", "port", "variable",
    "program", "verb", "word", "hit", "miss",
];

/// Programs that run a script whose name says more than theirs.
const INTERPRETERS: &[&str] =
    &["python*", "node*", "nodejs", "bun", "deno", "ruby*", "perl*", "php*", "sh", "bash", "dash", "zsh", "java"];
/// Endings of scripts that their names are known without.
const SCRIPT_ENDINGS: &[&str] = &[".py", ".js", ".mjs", ".cjs", ".rb", ".pl", ".sh", ".php"];

impl Doors {
    /// The doors that come with the program.
    ///
    /// # Errors
    /// [`PackError`] where the table is not whole; the tests see to it that it is.
    pub fn built_in() -> Result<Self, PackError> {
        Self::from_table(DOORS.name, DOORS.text, &DOORS.table()?)
    }

    /// Reads doors from TOML. `name` is the file's name, without its ending.
    ///
    /// # Errors
    /// [`PackError`] names the line and, for a word nobody knows, the nearest known one; and the first example that
    /// does not do what it is there for.
    pub fn parse(name: &str, text: &str) -> Result<Self, PackError> {
        Self::from_table(name, text, &tree(name, text)?)
    }

    fn from_table(name: &str, text: &str, table: &Table) -> Result<Self, PackError> {
        let reader = Reader::of(name, text);
        let mut all: Vec<Door> = Vec::new();
        for (key, at, item) in &table.0 {
            if key != "door" {
                return Err(reader.unknown(*at, key, "key of a table of doors", &["door"]));
            }
            let Value::List(items) = &item.value else { return Err(reader.kind(item, "door", "a list of tables")) };
            for item in items {
                let door = door(&reader, item)?;
                if all.iter().any(|known| known.id == door.id) {
                    let (pack, line) = (reader.pack, door.line);
                    return Err(PackError::Twice { pack, line, what: "door", id: door.id.0 });
                }
                all.push(door);
            }
        }
        Ok(Self { all, ..Self::default() })
    }

    /// These doors before those of `other`.
    #[must_use]
    pub fn before(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }

    /// The same doors for an operator whose home is `home`.
    #[must_use]
    pub fn at_home(self, home: Option<String>) -> Self {
        Self { home, ..self }
    }

    /// The same doors where `watch` is the folder of our sockets.
    #[must_use]
    pub fn with_sockets(self, watch: impl Into<String>) -> Self {
        Self { watch: Some(watch.into()), ..self }
    }

    /// The same doors for an operator with this environment: `resolve` tells where a path leads.
    #[must_use]
    pub fn with_environment<'e>(
        mut self,
        environment: impl IntoIterator<Item = (&'e str, &'e str)>,
        resolve: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let is_known = |name: &str| self.all.iter().any(|door| door.places.variable.iter().any(|known| known == name));
        let all: Vec<(&str, &str)> = environment.into_iter().collect();
        let runtime = all.iter().find(|(name, _)| *name == "XDG_RUNTIME_DIR").map_or("", |(_, folder)| folder);
        let mut named = Vec::new();
        for (name, value) in all.iter().filter(|(name, _)| is_known(name)) {
            for peer in peers_in(value, runtime) {
                if let Peer::Socket { path } = &peer
                    && let Some(path) = resolve(&path.lossy())
                {
                    named.push(((*name).to_owned(), Peer::Socket { path: path.into() }));
                }
                named.push(((*name).to_owned(), peer));
            }
        }
        self.named = named;
        self
    }

    /// The same doors, once every example has gone through its own.
    ///
    /// # Errors
    /// [`PackError::Example`] for the first that does not do what it is there for.
    pub fn proven(self) -> Result<Self, PackError> {
        super::proof::no_doubt(self.doubts())?;
        Ok(self)
    }

    /// All of them, in their order.
    #[must_use]
    pub fn all(&self) -> &[Door] {
        &self.all
    }

    /// The door that this client goes through to this end.
    pub(super) fn of(&self, peer: &Peer, client: Client) -> Option<&Door> {
        let names = client.names();
        self.all.iter().find(|door| self.is_at(&door.places, peer) && door.is_for(&names, client))
    }

    fn is_at(&self, places: &Places, peer: &Peer) -> bool {
        let is_named = || self.named.iter().any(|(name, known)| places.variable.contains(name) && known == peer);
        match peer {
            Peer::Socket { path } => {
                let path = path.lossy();
                places.socket.iter().any(|pattern| self.leads_to(pattern, &path)) || is_named()
            }
            Peer::Abstract { name } => {
                let name = name.lossy();
                places.in_kernel.iter().any(|pattern| wild(pattern, &name)) || is_named()
            }
            Peer::Address { host, port } => {
                is_here(host) && places.ports.iter().any(|(from, to)| (from..=to).contains(&port)) || is_named()
            }
            Peer::Other { .. } | Peer::Namespace => false,
        }
    }

    fn leads_to(&self, pattern: &str, path: &str) -> bool {
        let plain = |path: &str| path.strip_prefix("/var/run/").map(|rest| format!("/run/{rest}"));
        let pattern = match (pattern.strip_prefix("~/"), pattern.strip_prefix("{watch}/")) {
            (Some(rest), _) => self.home.as_ref().map(|home| format!("{home}/{rest}")),
            (_, Some(rest)) => self.watch.as_ref().map(|watch| format!("{watch}/{rest}")),
            (None, None) => Some(pattern.to_owned()),
        };
        pattern.is_some_and(|pattern| wild(&pattern, plain(path).as_deref().unwrap_or(path)))
    }

    /// Every example that does not go through the door it stands at, and every counter-example that does.
    #[must_use]
    pub fn doubts(&self) -> Vec<super::proof::Doubt> {
        let here = self.clone().at_home(Some(EXAMPLE_HOME.to_owned())).with_sockets(EXAMPLE_WATCH);
        let mut found = Vec::new();
        for door in &self.all {
            let both = door.hit.iter().map(|text| (text, true)).chain(door.miss.iter().map(|text| (text, false)));
            for (example, is_to_hit) in both {
                let through = example_of(example).and_then(|(command, peer)| {
                    let program = command.first().map(base_name).unwrap_or_default();
                    let client = Client { program: &program, command: &command };
                    here.of(&peer, client).map(|door| door.id.clone())
                });
                if (through.as_ref() == Some(&door.id)) != is_to_hit {
                    let (rule, line) = (door.id.clone(), door.line);
                    found.push(super::proof::Doubt { rule, line, example: example.clone(), is_to_hit });
                }
            }
        }
        found
    }
}

/// The home, and the folder of our sockets, in examples.
const EXAMPLE_HOME: &str = "/home/dev";
const EXAMPLE_WATCH: &str = "/run/user/1000/watch";

/// `docker ps > /run/docker.sock` as a command and the other end.
fn example_of(text: &str) -> Option<(Vec<Untrusted>, Peer)> {
    let (command, place) = text.rsplit_once(" > ")?;
    let place = place.replace("{watch}", EXAMPLE_WATCH).replace('~', EXAMPLE_HOME);
    let peer = match place.strip_prefix('@') {
        Some(name) => Peer::Abstract { name: name.into() },
        None if place.starts_with('/') => Peer::Socket { path: place.as_str().into() },
        None => {
            let (host, port) = place.rsplit_once(':')?;
            Peer::Address { host: host.to_owned(), port: port.parse().ok()? }
        }
    };
    Some((command.split(' ').map(Untrusted::from).collect(), peer))
}

/// The other ends that a variable's value names: a path, `unix:path=…`, `unix:@name`, `path,pid,number`, a name below
/// the runtime folder. Several may be divided by semicolons.
fn peers_in(value: &str, runtime: &str) -> Vec<Peer> {
    let one = |value: &str| -> Option<Peer> {
        if let Some(address) = value.strip_prefix("tcp://") {
            let (host, port) = address.trim_end_matches('/').rsplit_once(':')?;
            let host = if host == "localhost" { "127.0.0.1" } else { host.trim_matches(['[', ']']) };
            return Some(Peer::Address { host: host.to_owned(), port: port.parse().ok()? });
        }
        let value = value.strip_prefix("unix:").unwrap_or(value);
        let value = value.split(',').next().unwrap_or_default();
        if let Some(name) = value.strip_prefix("abstract=").or_else(|| value.strip_prefix('@')) {
            return Some(Peer::Abstract { name: name.into() });
        }
        let path = value.strip_prefix("path=").unwrap_or(value);
        let path = path.strip_prefix("//").unwrap_or(path);
        let is_bare = !path.is_empty() && !path.contains(['/', ':', '=']);
        match path.starts_with('/') {
            true => Some(Peer::Socket { path: path.into() }),
            false if is_bare && !runtime.is_empty() => Some(Peer::Socket { path: format!("{runtime}/{path}").into() }),
            false => None,
        }
    };
    value.split(';').filter_map(one).collect()
}

/// Whether an address is this machine's own.
pub(super) fn is_here(host: &str) -> bool {
    host.starts_with("127.") || matches!(host, "::1" | "0.0.0.0" | "::")
}

/// The last part of a path.
fn base_name(path: &Untrusted) -> Untrusted {
    Untrusted::new(path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default())
}

impl Client<'_> {
    /// The names it is known by: its program's, and that of the script it runs.
    fn names(&self) -> Vec<String> {
        let own = self.program.lossy().into_owned();
        let is_interpreter = INTERPRETERS.iter().any(|name| wild(name, &own));
        let script = self.command.iter().skip(1).find(|word| !word.as_bytes().starts_with(b"-"));
        let script = script.filter(|_| is_interpreter).map(|word| base_name(word).lossy().into_owned());
        let bare = script.map(|name| {
            let ending = SCRIPT_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
            ending.unwrap_or(&name).to_owned()
        });
        [own].into_iter().chain(bare).collect()
    }

    /// Its first word that is no option and no option's value.
    fn verb(&self) -> Option<String> {
        let script = usize::from(self.names().len() > 1);
        let mut words = self.command.iter().skip(1 + script).map(Untrusted::lossy);
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                return Some(word.into_owned());
            }
            // One dash and one letter with a capital, as in `-L name`, take the next word for a value.
            if word.len() == 2 && word.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'f') {
                words.next();
            }
        }
        None
    }
}

impl Door {
    /// What is done about a connection, as the table writes it.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        self.way.word()
    }

    /// What that means, as a sentence.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        self.way.help()
    }

    /// Whether a connection through it is held or refused.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(self.way, Way::Hold | Way::Deny)
    }

    /// Where it is, as the table writes it.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        let Places { socket, in_kernel, ports, variable } = &self.places;
        let in_kernel = in_kernel.iter().map(|name| format!("@{name}"));
        let ports = ports
            .iter()
            .map(|(from, to)| if from == to { format!("localhost:{from}") } else { format!("localhost:{from}-{to}") });
        let variable = variable.iter().map(|name| format!("${name}"));
        socket.iter().cloned().chain(in_kernel).chain(ports).chain(variable).collect()
    }

    /// Whose it is; empty for anybody's.
    #[must_use]
    pub fn programs(&self) -> &[String] {
        &self.program
    }

    fn is_for(&self, names: &[String], client: Client) -> bool {
        let is_program = || self.program.iter().any(|known| names.iter().any(|name| wild(known, name)));
        let has_word =
            || client.command.iter().skip(1).any(|word| self.word.iter().any(|known| wild(known, &word.lossy())));
        // `tmux ls ; send-keys …` is more than its verb.
        let is_one = || !client.command.iter().any(|word| matches!(word.as_bytes(), b";" | b"\\;"));
        let has_verb = || is_one() && client.verb().is_some_and(|verb| self.verb.contains(&verb));
        (self.program.is_empty() || is_program())
            && (self.word.is_empty() || has_word())
            && (self.verb.is_empty() || has_verb())
    }
}

fn door(reader: &Reader, item: &Item) -> Result<Door, PackError> {
    let Value::Table(table) = &item.value else { return Err(reader.kind(item, "door", "a table")) };
    for (key, at, _) in &table.0 {
        if !DOOR_KEYS.contains(&key.as_ref()) {
            return Err(reader.unknown(*at, key, "key of a door", DOOR_KEYS));
        }
    }
    let line = reader.line(item.at);
    let missing = |key| PackError::Missing { pack: reader.pack.clone(), line, what: "door", key };
    let find = |key: &str| table.0.iter().find(|(named, ..)| named == key).map(|(.., item)| item);
    let text = |key: &'static str| -> Result<Option<(String, usize)>, PackError> {
        find(key).map(|item| reader.text(item, key).map(|text| (text, item.at))).transpose()
    };
    let need = |key: &'static str| text(key)?.ok_or_else(|| missing(key));
    let list = |key: &'static str| -> Result<Vec<String>, PackError> {
        let texts = find(key).map_or(Ok(Vec::new()), |item| reader.texts(item, key))?;
        Ok(texts.into_iter().map(|(text, _)| text).collect())
    };
    let (word, at) = need("verdict")?;
    let words: Vec<&str> = Way::ALL.iter().map(|way| way.word()).collect();
    let way = Way::ALL.iter().copied().find(|way| way.word() == word);
    let way = way.ok_or_else(|| reader.unknown(at, &word, "verdict of a door", &words))?;
    let given = |key: &'static str| if matches!(way, Way::Hold | Way::Deny) { need(key).map(Some) } else { text(key) };
    let door = Door {
        id: RuleId(format!("{PACK}/{}", need("id")?.0)),
        way,
        tier: given("tier")?.map_or(Ok(Tier::Low), |tier| reader.tier(tier))?,
        class: given("class")?.map_or(Ok(Class::Unverified), |class| reader.class(class))?,
        title: need("title")?.0,
        why: need("why")?.0,
        instead: text("instead")?.map(|(text, _)| text),
        gives: given("gives")?.map(|(text, _)| text),
        places: places(reader, table)?,
        program: list("program")?,
        verb: list("verb")?,
        word: list("word")?,
        hit: list("hit")?,
        miss: list("miss")?,
        line,
    };
    for (key, is_there) in
        [("socket", door.places != Places::default()), ("hit", !door.hit.is_empty()), ("miss", !door.miss.is_empty())]
    {
        if !is_there {
            return Err(missing(key));
        }
    }
    Ok(door)
}

fn places(reader: &Reader, table: &Table) -> Result<Places, PackError> {
    let mut places = Places::default();
    for (key, _, item) in &table.0 {
        let into = match key.as_ref() {
            "socket" => &mut places.socket,
            "abstract" => &mut places.in_kernel,
            "variable" => &mut places.variable,
            "port" => {
                for (text, at) in reader.texts(item, key)? {
                    let range = text.split_once('-').unwrap_or((&text, &text));
                    let range = range.0.parse().ok().zip(range.1.parse().ok()).filter(|(from, to)| from <= to);
                    let range = range.ok_or_else(|| reader.unknown(at, &text, "port", &["2375", "6000-6005"]))?;
                    places.ports.push(range);
                }
                continue;
            }
            _ => continue,
        };
        into.extend(reader.texts(item, key)?.into_iter().map(|(text, _)| text));
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(command: &str) -> (Untrusted, Vec<Untrusted>) {
        let words: Vec<Untrusted> = command.split(' ').map(Untrusted::from).collect();
        (base_name(&words[0]), words)
    }

    #[test]
    fn every_door_is_that_of_its_own_examples() {
        let wrong: Vec<String> = Doors::built_in()
            .unwrap()
            .doubts()
            .iter()
            .map(|doubt| {
                format!("{} {} `{}`", doubt.rule, if doubt.is_to_hit { "misses" } else { "is that of" }, doubt.example)
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_client_is_known_by_its_program_or_its_script_and_by_no_other_word() {
        for (command, names, verb) in [
            ("/usr/bin/docker ps", &["docker"][..], Some("ps")),
            ("/usr/bin/python3.11 -u /usr/bin/ansible-playbook x.yml", &["python3.11", "ansible-playbook"], None),
            ("node /opt/pm2.js list", &["node", "pm2"], Some("list")),
            ("tmux -L x -2 ls", &["tmux"], Some("ls")),
            ("python3", &["python3"], None),
            ("evil docker", &["evil"], Some("docker")),
        ] {
            let (program, words) = client_of(command);
            let client = Client { program: &program, command: &words };
            assert_eq!(client.names(), names, "{command}");
            if verb.is_some() {
                assert_eq!(client.verb().as_deref(), verb, "{command}");
            }
        }
    }

    #[test]
    fn a_variable_of_the_operators_names_a_door_wherever_it_is() {
        let environment = [
            ("SSH_AUTH_SOCK", "/home/dev/odd/place"),
            ("DOCKER_HOST", "tcp://localhost:4000"),
            ("XDG_RUNTIME_DIR", "/r"),
        ];
        let resolve = |path: &str| (path == "/home/dev/odd/place").then(|| "/home/dev/real".to_owned());
        let doors = Doors::built_in().unwrap().with_environment(environment, resolve);
        let (program, words) = client_of("ssh web1");
        let through = |peer: Peer| {
            let client = Client { program: &program, command: &words };
            doors.of(&peer, client).map(|door| door.id.0.clone())
        };
        for path in ["/home/dev/odd/place", "/home/dev/real"] {
            assert_eq!(through(Peer::Socket { path: path.into() }).as_deref(), Some("doors/ssh-agent-client"));
        }
        let engine = Peer::Address { host: "127.0.0.1".into(), port: 4000 };
        assert_eq!(through(engine).as_deref(), Some("doors/container-engine"));
        assert_eq!(through(Peer::Address { host: "127.0.0.1".into(), port: 4001 }), None);
    }

    #[test]
    fn a_variables_value_is_read_in_every_form_that_programs_use() {
        let socket = |path: &str| Peer::Socket { path: path.into() };
        let in_kernel = |name: &str| Peer::Abstract { name: name.into() };
        for (value, peers) in [
            ("/tmp/ssh-x/agent.1", vec![socket("/tmp/ssh-x/agent.1")]),
            ("unix:///run/docker.sock", vec![socket("/run/docker.sock")]),
            ("unix:path=/run/user/1/bus,guid=ab", vec![socket("/run/user/1/bus")]),
            ("unix:abstract=/tmp/dbus-x,guid=1;unix:path=/y", vec![in_kernel("/tmp/dbus-x"), socket("/y")]),
            ("unix:@mykitty", vec![in_kernel("mykitty")]),
            ("/tmp/tmux-1/default,7,0", vec![socket("/tmp/tmux-1/default")]),
            ("wayland-1", vec![socket("/run/user/1/wayland-1")]),
            ("tcp://127.0.0.1:2375", vec![Peer::Address { host: "127.0.0.1".into(), port: 2375 }]),
            ("ssh://dev@host", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(peers_in(value, "/run/user/1"), peers, "{value}");
        }
    }

    #[track_caller]
    fn refused(line: &str, expected: &str) {
        let text = format!("[[door]]\nid = \"x\"\nverdict = \"log\"\ntitle = \"t\"\nwhy = \"w\"\n{line}\n");
        assert_eq!(Doors::parse("own", &text).unwrap_err().to_string(), expected, "{line}");
    }

    #[test]
    fn what_is_wrong_with_a_door_is_said_with_its_line_and_the_nearest_word() {
        refused("sokcet = []", "own.toml:6: `sokcet` is no key of a door; did you mean `socket`?");
        refused("hit = [\"a > /b\"]", "own.toml:1: the door has no `socket`");
        refused("socket = [\"/b\"]", "own.toml:1: the door has no `hit`");
        refused("socket = 3", "own.toml:6: `socket` is to be a string or a list of strings, not a number");
        refused("port = [\"x\"]", "own.toml:6: `x` is no port");
        let said = |text: &str| Doors::parse("own", text).unwrap_err().to_string();
        assert_eq!(
            said("[[door]]\nid = \"x\"\nverdict = \"holds\"\n"),
            "own.toml:3: `holds` is no verdict of a door; did you mean `hold`?"
        );
        let hold = "[[door]]\nid = \"x\"\nverdict = \"hold\"\ntitle = \"t\"\nwhy = \"w\"\n";
        assert_eq!(said(hold), "own.toml:1: the door has no `tier`");
        assert_eq!(said("[[dor]]\n"), "own.toml:1: `dor` is no key of a table of doors; did you mean `door`?");
        let whole = "[[door]]\nid = \"x\"\nverdict = \"log\"\ntitle = \"t\"\nwhy = \"w\"\nsocket = \"/a\"\nhit = \"a > /a\"\nmiss = \"a > /b\"\n";
        assert!(Doors::parse("own", whole).is_ok());
        assert_eq!(said(&whole.repeat(2)), "own.toml:9: there is a door `doors/x` already");
    }
}
