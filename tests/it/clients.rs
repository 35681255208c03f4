//! Clients in other languages.

use std::{path::Path, process::Command};

use usher_proto::accounts::v1::Role;
use usher_tests::suite;

#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_learns_the_contract_by_reflection() {
    let python = tokio::task::block_in_place(python);
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let address = site.grpc().trim_start_matches("http://").to_owned();
    let token = site.token(&tenant, Role::Recruiter);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/client.py");
    let outcome = tokio::task::spawn_blocking(move || Command::new(python).arg(script).args([address, token]).output());
    let output = outcome.await.unwrap().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    for line in
        ["usher.ats.v1.JobService", "usher.eventlog.v1.EventLogService", "created and read job_", "refused: job_id"]
    {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
}

/// A Python of the tests' own with what the client needs, made the first time.
fn python() -> std::path::PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.usher/tools/python");
    let python = home.join("bin/python");
    let ready = home.join("ready");
    if !ready.exists() {
        let run = |command: &mut Command| {
            let output = command.output().expect("python3 is installed; script/bootstrap installs it");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/requirements.txt");
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements));
        std::fs::write(&ready, "").expect("the folder can be written to");
    }
    python
}
