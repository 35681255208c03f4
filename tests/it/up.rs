//! `usher up`, as a newcomer meets it.

use std::{net::TcpStream, os::unix::fs::PermissionsExt, path::Path, process::Output};

use usher_tests::program::{Program, usher};

fn dir() -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix("usher-up").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn up(dir: &Path, environment: &[(&'static str, String)]) -> Output {
    usher(&["up", "--without-samples", "--dir", dir.to_str().unwrap()], environment)
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The host and port of `scheme://user@host:port/path`.
fn place(url: &str) -> String {
    let rest = url.rsplit_once('@').unwrap().1;
    rest.split('/').next().unwrap().to_owned()
}

#[test]
fn it_says_where_everything_is_tells_the_story_and_leaves_nothing_running() {
    let home = dir();
    let mut program = Program::start(home.path(), &[], &[]);
    let text = std::fs::read_to_string(home.path().join("dev.json")).unwrap();
    let dev: serde_json::Value = serde_json::from_str(&text).unwrap();
    let at = |name: &str| dev[name].as_str().unwrap().to_owned();
    for role in ["owner", "admin", "recruiter", "hiring_manager", "interviewer", "read_only"] {
        assert!(dev["tokens"][role].is_string(), "a token for {role}");
    }
    let servers = [at("grpc"), at("http").replace("http://", ""), place(&at("database_url")), place(&at("redis_url"))];
    let answering = || servers.iter().map(|place| TcpStream::connect(place).is_ok()).collect::<Vec<_>>();
    assert_eq!(answering(), [true; 4], "{servers:?}");
    for secret in ["internal.pem", "issuer.pem", "master.key", "link.key", "dev.json"] {
        let mode = std::fs::metadata(home.path().join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret} is for its owner alone");
    }

    let told = usher(&["demo", "--dir", home.path().to_str().unwrap()], &[]);
    let story = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success(), "{story}{}", String::from_utf8_lossy(&told.stderr));
    for line in ["14 people, among them", "(FACTS_MISSING)", "multipart mail with text, HTML and .ics", "100 % (95 %"] {
        assert!(story.contains(line), "{line} is not in\n{story}");
    }

    // Another one does this one no harm.
    let twice = complaint(&up(home.path(), &[]));
    assert!(twice.contains("is in use by an usher that runs already"), "{twice}");
    let other = dir();
    let taken = complaint(&up(other.path(), program.environment()));
    assert!(taken.contains("is taken by another program") && taken.contains("USHER_GRPC_LISTEN"), "{taken}");
    assert_eq!(answering(), [true; 4]);
    assert_eq!(std::fs::read_to_string(home.path().join("dev.json")).unwrap(), text);

    assert!(program.interrupt().success(), "{}", program.said());
    assert_eq!(answering(), [false; 4], "nothing is left running");
    assert!(!home.path().join("dev.json").exists());

    let first = program.said().len();
    program.again();
    let again = program.said().split_off(first);
    assert!(again.contains("0 new, 0 updated"), "{again}");
}
