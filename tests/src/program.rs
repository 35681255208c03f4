//! The real program in a process of its own, which can be killed.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use usher::client::Dev;

/// `usher up` in a folder of its own.
#[derive(Debug)]
pub struct Program {
    dir: PathBuf,
    environment: Vec<(&'static str, String)>,
    arguments: Vec<&'static str>,
    child: Option<Child>,
}

impl Program {
    /// Starts it and waits until it says where it is. Always on the same ports, so that clients find it again.
    pub fn start(dir: &Path, arguments: &[&'static str], environment: &[(&'static str, String)]) -> Self {
        let port = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
            listener.local_addr().expect("a listener has an address").to_string()
        };
        let mut environment = environment.to_vec();
        environment.push(("USHER_GRPC_LISTEN", port()));
        environment.push(("USHER_HTTP_LISTEN", port()));
        let mut program = Self { dir: dir.to_owned(), environment, arguments: arguments.to_vec(), child: None };
        program.again();
        program
    }

    /// Starts it again on the same data. The answer is where everything is.
    pub fn again(&mut self) -> Dev {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.join("up.log")).expect("a log");
        // The servers that tests share are not this program's to use.
        let child = Command::new(binary())
            .arg("up")
            .arg("--dir")
            .arg(&self.dir)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("usher can be started");
        self.child = Some(child);
        let start = Instant::now();
        loop {
            if let Ok(dev) = Dev::read(&self.dir) {
                return dev;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "usher up ended with {ended:?}:\n{}", self.said());
            assert!(start.elapsed() < Duration::from_secs(90), "usher up is not ready:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens, for settings of another one.
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// What it has printed so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.dir.join("up.log")).unwrap_or_default()
    }

    /// Ctrl-C, and how it ended.
    pub fn interrupt(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        interrupt(&child);
        child.wait().expect("it ends")
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        // Removed by the program when it ends well; it does not end well here.
        let _ = std::fs::remove_file(Dev::path(&self.dir));
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("and is gone");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            interrupt(&child);
            let _ = child.wait();
        }
    }
}

/// Runs `usher` with these arguments until it ends.
pub fn usher(arguments: &[&str], environment: &[(&'static str, String)]) -> Output {
    let environment = environment.iter().map(|(name, value)| (*name, value));
    Command::new(binary()).args(arguments).envs(environment).output().expect("usher can be started")
}

fn interrupt(child: &Child) {
    let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
}

/// Where the program stands that is built with these tests.
pub fn place() -> PathBuf {
    let tests = std::env::current_exe().expect("a test knows where it is");
    tests.parent().and_then(Path::parent).expect("target/debug/deps").join("usher")
}

/// The program that was built with these tests.
pub fn binary() -> PathBuf {
    let binary = place();
    assert!(binary.exists(), "{} is not built; run script/test, which builds it", binary.display());
    binary
}
