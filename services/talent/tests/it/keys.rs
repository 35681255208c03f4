//! Keys are replaced while the service goes on.

use std::{collections::HashMap, time::Duration};

use chassis::TenantId;
use prost::Message;
use testkit::{Site, eventually};
use tonic::{Code, Request, Response, Status};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        GetCandidateRequest, GetResumeTextRequest, KeyVersion, ListKeysRequest, RotateKeyRequest,
        key_service_client::KeyServiceClient, resume_service_client::ResumeServiceClient,
    },
};
use usher_talent::{MasterKeys, Talent};

use super::{candidates, create, metadata, named, reason, resumes::upload, site, talent};

const MINUTE: Duration = Duration::from_mins(1);

async fn rotate(site: &Site, tenant: &TenantId) -> Result<KeyVersion, Status> {
    let request = site.request(tenant, Role::Admin, RotateKeyRequest::default());
    Ok(KeyServiceClient::new(site.channel()).rotate_key(request).await?.into_inner().key.unwrap())
}

async fn keys(site: &Site, tenant: &TenantId) -> Vec<KeyVersion> {
    let request = site.request(tenant, Role::Admin, ListKeysRequest {});
    KeyServiceClient::new(site.channel()).list_keys(request).await.unwrap().into_inner().keys
}

/// (version, values that it seals)
async fn sealed(site: &Site, tenant: &TenantId) -> Vec<(i32, i64)> {
    keys(site, tenant).await.iter().map(|key| (key.version, key.sealed_count)).collect()
}

async fn all_wrapped_by(site: &Site, tenants: [&TenantId; 2], name: &str) -> bool {
    for tenant in tenants {
        if keys(site, tenant).await.iter().any(|key| key.master_key != name) {
            return false;
        }
    }
    true
}

async fn email(site: &Site, tenant: &TenantId, candidate_id: &str) -> Result<String, Status> {
    let get = GetCandidateRequest { candidate_id: candidate_id.to_owned() };
    let read = candidates(site).get_candidate(site.request(tenant, Role::Recruiter, get)).await?;
    Ok(read.into_inner().candidate.unwrap().email)
}

#[tokio::test]
async fn a_tenants_key_is_replaced_and_the_old_one_destroyed() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let resume = upload(&site, &tenant, &ann, "cv.txt", b"Ann, engineer").await.unwrap().resume.unwrap();
    assert_eq!(rotate(&site, &tenant).await.unwrap().version, 2);
    let refused = rotate(&site, &tenant).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "KEY_ROTATING"));

    // Until every process knows the new version, the old one seals.
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    assert_eq!(sealed(&site, &tenant).await, [(0, 0), (1, 3), (2, 0)]);
    site.clock().advance(MINUTE * 3).unwrap();
    create(&site, &tenant, named("Eve", "eve@example.com")).await.unwrap();
    eventually("what the old version sealed is sealed anew", async || {
        sealed(&site, &tenant).await.iter().any(|(version, count)| (*version, *count) == (2, 4))
    })
    .await;
    site.clock().advance(MINUTE * 6).unwrap();
    eventually("the old version is destroyed", async || sealed(&site, &tenant).await == [(0, 0), (2, 4)]).await;

    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com");
    let get = GetResumeTextRequest { resume_id: resume.resume_id };
    let mut resumes = ResumeServiceClient::new(site.channel());
    let read = resumes.get_resume_text(site.request(&tenant, Role::Recruiter, get)).await.unwrap().into_inner();
    assert_eq!((read.text.as_str(), read.resume.unwrap().file_name.as_str()), ("Ann, engineer", "cv.txt"));
    let refused = create(&site, &tenant, named("Another", "bob@example.com")).await.unwrap_err();
    assert_eq!((reason(&refused).as_str(), metadata(&refused, "candidate_id")), ("CANDIDATE_EXISTS", bob));

    // And so it is after a restart, and again.
    let site = site.restart(vec![Box::new(talent())]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com");
    assert_eq!(rotate(&site, &tenant).await.unwrap().version, 3);
}

#[tokio::test]
async fn the_installations_key_is_replaced() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let old = keys(&site, &tenant).await[0].master_key.clone();
    assert!(!old.is_empty());

    let line = |byte: u8| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [byte; 32]);
    let with = |lines: String| {
        let master = MasterKeys::read(&lines.into()).unwrap();
        Talent::with_master_keys(master, outbox::Settings::default())
    };
    let site = site.restart(vec![Box::new(with(format!("{}\n{}", line(9), line(7))))]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com", "the old key still opens");
    eventually("the new key wraps", async || keys(&site, &tenant).await.iter().all(|key| key.master_key != old)).await;

    let site = site.restart(vec![Box::new(with(line(9)))]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com", "and the old one may go");
}

#[tokio::test]
async fn a_key_management_service_wraps() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("kms.sock");
    let plugin = plugin::serve(&socket);
    let with = || {
        let master = MasterKeys::service(socket.to_str().unwrap()).unwrap();
        let talent = Talent::with_master_keys(master, outbox::Settings::default());
        Box::new(talent.with_index_folder(folder.path().join("index")))
    };
    let site = Site::start(vec![with()]).await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    assert_eq!(keys(&site, &tenant).await[0].master_key, "key-1");
    let site = site.restart(vec![with()]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com");

    // While it is away nothing is lost, and who asks is told to try again.
    plugin.abort();
    let _ = plugin.await;
    std::fs::remove_file(&socket).unwrap();
    let site = site.restart(vec![with()]).await;
    let refused = email(&site, &tenant, &ann).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "KEYS_UNAVAILABLE"));
    let plugin = plugin::serve(&socket);
    eventually("it is back", async || email(&site, &tenant, &ann).await.is_ok()).await;
    plugin.abort();
}

#[tokio::test]
async fn keys_move_from_a_file_to_a_key_management_service_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("kms.sock");
    let plugin = plugin::serve(&socket);
    let file = || MasterKeys::from(&[7; 32]);
    let service = || MasterKeys::service(socket.to_str().unwrap()).unwrap();
    let with = |master: MasterKeys| {
        let talent = Talent::with_master_keys(master, outbox::Settings::default());
        Box::new(talent.with_index_folder(folder.path().join("index")))
    };
    let site = Site::start(vec![with(file())]).await;
    let (tenant, later) = (site.tenant(), site.tenant());
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let old = keys(&site, &tenant).await[0].master_key.clone();

    // First every process learns of the service, and what any of them wraps opens for all.
    let site = site.restart(vec![with(service().with_file(file(), false))]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com");
    let bob = create(&site, &later, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    assert_eq!(keys(&site, &later).await[0].master_key, old);

    let site = site.restart(vec![with(service().with_file(file(), true))]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com");
    eventually("the service wraps", async || all_wrapped_by(&site, [&tenant, &later], "key-1").await).await;
    let site = site.restart(vec![with(service())]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com", "the file may go");
    assert_eq!(email(&site, &later, &bob).await.unwrap(), "bob@example.com");

    let site = site.restart(vec![with(service().with_file(file(), false))]).await;
    eventually("the file wraps", async || all_wrapped_by(&site, [&tenant, &later], &old).await).await;
    plugin.abort();
    let site = site.restart(vec![with(file())]).await;
    assert_eq!(email(&site, &tenant, &ann).await.unwrap(), "ann@example.com", "the service may go");
}

/// A key management service of which nothing is secret.
mod plugin {
    use std::{convert::Infallible, path::Path};

    use futures::future::BoxFuture;
    use tokio::net::UnixListener;
    use tokio_stream::wrappers::UnixListenerStream;
    use tonic::{
        body::Body,
        codegen::{Service, http},
        server::{Grpc, NamedService, UnaryService},
        transport::Server,
    };
    use tonic_prost::ProstCodec;

    use super::{HashMap, Message, Request, Response, Status};

    #[derive(Clone, PartialEq, Message)]
    struct Nothing {}

    #[derive(Clone, PartialEq, Message)]
    struct State {
        #[prost(string, tag = "1")]
        version: String,
        #[prost(string, tag = "2")]
        healthz: String,
        #[prost(string, tag = "3")]
        key_id: String,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Plain {
        #[prost(bytes = "vec", tag = "1")]
        plaintext: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Encrypted {
        #[prost(bytes = "vec", tag = "1")]
        ciphertext: Vec<u8>,
        #[prost(string, tag = "2")]
        key_id: String,
        #[prost(map = "string, bytes", tag = "3")]
        annotations: HashMap<String, Vec<u8>>,
    }

    #[derive(Clone, PartialEq, Message)]
    struct Decrypt {
        #[prost(bytes = "vec", tag = "1")]
        ciphertext: Vec<u8>,
        #[prost(string, tag = "2")]
        uid: String,
        #[prost(string, tag = "3")]
        key_id: String,
        #[prost(map = "string, bytes", tag = "4")]
        annotations: HashMap<String, Vec<u8>>,
    }

    pub fn serve(socket: &Path) -> tokio::task::JoinHandle<()> {
        let listener = UnixListenerStream::new(UnixListener::bind(socket).unwrap());
        tokio::spawn(async move { Server::builder().add_service(Plugin).serve_with_incoming(listener).await.unwrap() })
    }

    #[derive(Clone)]
    struct Plugin;

    impl NamedService for Plugin {
        const NAME: &'static str = "v2.KeyManagementService";
    }

    fn turned(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().map(|byte| byte ^ 0x5a).collect()
    }

    struct Method<Q, A>(fn(Q) -> Result<A, Status>);

    impl<Q: Message, A: Message> UnaryService<Q> for Method<Q, A> {
        type Response = A;
        type Future = std::future::Ready<Result<Response<A>, Status>>;

        fn call(&mut self, request: Request<Q>) -> Self::Future {
            std::future::ready(self.0(request.into_inner()).map(Response::new))
        }
    }

    async fn answer<Q, A>(
        request: http::Request<Body>,
        method: fn(Q) -> Result<A, Status>,
    ) -> Result<http::Response<Body>, Infallible>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        Ok(Grpc::new(ProstCodec::<A, Q>::default()).unary(Method(method), request).await)
    }

    impl Service<http::Request<Body>> for Plugin {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: http::Request<Body>) -> Self::Future {
            Box::pin(async move {
                match request.uri().path() {
                    "/v2.KeyManagementService/Status" => {
                        answer(request, |_: Nothing| {
                            let [version, healthz, key_id] = ["v2", "ok", "key-1"].map(str::to_owned);
                            Ok(State { version, healthz, key_id })
                        })
                        .await
                    }
                    "/v2.KeyManagementService/Encrypt" => {
                        answer(request, |plain: Plain| {
                            let annotations = HashMap::from([("kms.example.com".to_owned(), b"note".to_vec())]);
                            let ciphertext = turned(&plain.plaintext);
                            Ok(Encrypted { ciphertext, key_id: "key-1".to_owned(), annotations })
                        })
                        .await
                    }
                    _ => {
                        answer(request, |sealed: Decrypt| {
                            if sealed.key_id != "key-1" || sealed.annotations.len() != 1 || sealed.uid.is_empty() {
                                return Err(Status::invalid_argument("what was handed out has not come back"));
                            }
                            Ok(Plain { plaintext: turned(&sealed.ciphertext) })
                        })
                        .await
                    }
                }
            })
        }
    }
}
