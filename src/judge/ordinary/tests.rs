use super::*;
use crate::judge::ordinary_tools;

fn doer(command: &str) -> Doer {
    let words: Vec<Untrusted> = command.split(' ').map(Untrusted::from).collect();
    Doer::of(&words[0], &words)
}

#[test]
fn a_doer_is_the_script_that_an_interpreter_runs() {
    for (command, program, script) in [
        ("git status", "git", None),
        ("/usr/bin/python3.12 -m pip install x", "python", Some("pip")),
        ("python3 -W ignore gen.py", "python", Some("gen.py")),
        ("python3 -c pass", "python", None),
        ("node --require ./x.js server.js", "node", Some("server.js")),
        ("node -e 1", "node", None),
        ("vim a.py", "vim", None),
        ("bash", "bash", None),
    ] {
        let found = doer(command);
        assert_eq!((found.program.as_str(), found.script.as_deref()), (program, script), "{command}");
    }
}

#[test]
fn the_table_that_comes_with_the_program_is_whole_and_knows_every_class() {
    let ordinary = ordinary_tools().unwrap();
    for class in ToolClass::ALL {
        assert!(ordinary.tools().iter().any(|tool| tool.class == *class), "{}", class.word());
    }
    assert!(!ordinary.owners().is_empty());
}

#[test]
fn what_is_wrong_in_a_table_names_its_line_and_the_nearest_word() {
    let tool = |more: &str| format!("# one\n[[tool]]\nname = \"x\"\nprogram = \"x\"\nwhy = \"w\"\n{more}");
    let good = "class = \"editor\"\nmay = \"replace\"\nwhere = \"project\"\n";
    assert!(Ordinary::parse("tools", &tool(good)).is_ok());
    for (text, says) in [
        (
            tool("class = \"editr\"\nmay = \"replace\"\nwhere = \"project\""),
            "tools.toml:6: `editr` is no class of tools; did you mean `editor`?",
        ),
        (
            tool("class = \"editor\"\nmay = \"replce\"\nwhere = \"project\""),
            "tools.toml:7: `replce` is no deed of tools; did you mean `replace`?",
        ),
        (
            tool("class = \"editor\"\nmay = \"replace\"\nwhere = \"projct\""),
            "tools.toml:8: `projct` is no place; did you mean `project`?",
        ),
        (tool("class = \"editor\"\nmay = \"replace\""), "tools.toml:2: the tool has no `where`"),
        (tool(&format!("{good}wher = \"x\"")), "tools.toml:9: `wher` is no key here; did you mean `where`?"),
        (tool(&format!("{good}{}", &tool(good)[6..])), "tools.toml:9: there is a tool `x` already"),
        ("[[owner]]\nprogram = \"x\"".to_owned(), "tools.toml:1: the owner has no `file`"),
        ("[[tols]]".to_owned(), "tools.toml:1: `tols` is no key of a table of tools; did you mean `tool`?"),
    ] {
        let said = Ordinary::parse("tools", &text).map_err(|error| error.to_string());
        assert_eq!(said, Err(says.to_owned()), "{text}");
    }
}
