//! `usher privacy` as a person uses it.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Output};

use usher::client::{Client, Dev};
use usher_proto::talent::v1::{
    CandidateProfile, CreateCandidateRequest, candidate_service_client::CandidateServiceClient,
};
use usher_tests::program::{Program, usher};

const EMAIL: &str = "ada@example.com";

async fn somebody(dev: &Dev) -> String {
    let client = Client::connect(&dev.grpc, &dev.tokens["recruiter"]).await.unwrap();
    let profile = CandidateProfile {
        display_name: "Ada Example".to_owned(),
        email: EMAIL.to_owned(),
        ..CandidateProfile::default()
    };
    let request = CreateCandidateRequest { profile: Some(profile), request_id: String::new() };
    let answer = CandidateServiceClient::new(client.channel()).create_candidate(client.request(request)).await.unwrap();
    answer.into_inner().candidate.unwrap().candidate_id
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn privacy(arguments: &[&str]) -> Output {
    usher(&[&["privacy"], arguments].concat(), &[])
}

fn works(arguments: &[&str]) -> String {
    let output = privacy(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

fn fails(arguments: &[&str], why: &str) {
    let output = privacy(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    assert!(said(&output).contains(why), "{arguments:?}: {}", said(&output));
}

fn profile(export: &Path) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(export).unwrap()).unwrap();
    std::io::read_to_string(archive.by_name("talent/profile.json").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_gets_all_that_is_kept_and_then_a_receipt_that_nothing_is() {
    let home = tempfile::Builder::new().prefix("usher-privacy").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = Program::start(home.path(), &["--without-samples"], &[]);
    let dev = Dev::read(home.path()).unwrap();
    let id = somebody(&dev).await;
    let place = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (dir, file, late) = (place(""), place("person.zip"), place("late.zip"));
    let (receipt, again, keys, spoilt) =
        (place("receipt.json"), place("again.json"), place("keys.json"), place("spoilt.json"));
    let why = "their letter of 3 March";

    let told = works(&["export", &id, "--out", &file, "--dir", &dir]);
    assert!(told.contains(&file), "{told}");
    assert!(profile(Path::new(&file)).contains(EMAIL));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it is for whoever asked, and nobody else of this machine");
    let recruiter = dev.tokens["recruiter"].as_str();
    let as_recruiter = ["--dir", &dir, "--token", recruiter];
    fails(&[["export", &id, "--out", &late].as_slice(), &as_recruiter].concat(), "may not");
    let erase = ["erase", id.as_str(), "--reason", why, "--receipt"];
    fails(&[erase.as_slice(), &[receipt.as_str()], &as_recruiter].concat(), "may not");
    fails(&["erase", "cand_7", "--reason", why, "--receipt", &receipt, "--dir", &dir], "candidate_id");

    let told = works(&[erase.as_slice(), &[receipt.as_str(), "--dir", &dir]].concat());
    assert!(told.contains("erase_"), "{told}");
    works(&[erase.as_slice(), &[again.as_str(), "--dir", &dir]].concat());
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&receipt).unwrap(), "it is forgotten once");
    fails(&["export", &id, "--out", &late, "--dir", &dir], "CANDIDATE_NOT_FOUND");
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().starts_with("late")), "{left:?}");

    let told = works(&["verify", &receipt, "--dir", &dir]);
    assert!(told.contains("usher.erasure_receipt/1") && !told.contains(&id) && !told.contains(EMAIL), "{told}");
    works(&["keys", "--out", &keys, "--dir", &dir]);
    program.interrupt();
    // Nobody is asked any more.
    assert_eq!(works(&["verify", &receipt, "--keys", &keys]), told);
    let mut text = std::fs::read(&receipt).unwrap();
    let middle = text.len() / 2;
    text[middle] ^= 1;
    std::fs::write(&spoilt, text).unwrap();
    fails(&["verify", &spoilt, "--keys", &keys], "receipt");
    fails(&["verify", &receipt, "--dir", &place("nowhere")], "usher up");
}
