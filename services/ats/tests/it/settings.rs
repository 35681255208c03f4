//! How a tenant works.

use usher_proto::ats::v1::{GetJobRequest, GetSettingsRequest, Settings, UpdateSettingsRequest};

use super::*;

async fn read(site: &Site, tenant: &TenantId) -> Settings {
    let request = site.request(tenant, Role::Interviewer, GetSettingsRequest {});
    settings(site).get_settings(request).await.unwrap().into_inner().settings.unwrap()
}

async fn set(site: &Site, tenant: &TenantId, stages: &[(&str, i32)], etag: &str) -> Result<Settings, Status> {
    let stage = |(key, hours): &(&str, i32)| Stage {
        key: (*key).to_owned(),
        display_name: (*key).to_owned(),
        service_level_hours: *hours,
    };
    let request = UpdateSettingsRequest {
        settings: Some(Settings { default_stages: stages.iter().map(stage).collect(), ..Settings::default() }),
        update_mask: mask(&["default_stages"]),
        etag: etag.to_owned(),
        ..UpdateSettingsRequest::default()
    };
    Ok(settings(site).update_settings(site.request(tenant, Role::Admin, request)).await?.into_inner().settings.unwrap())
}

#[tokio::test]
async fn a_tenants_own_pipeline_is_what_its_next_jobs_have_and_nobody_elses() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let before = draft(&site, &tenant).await;
    let house = read(&site, &tenant).await;
    assert_eq!((house.default_stages.len(), house.update_time), (4, None));

    let own = set(&site, &tenant, &[("applied", 24), ("trial_day", 0)], &house.etag).await.unwrap();
    assert_eq!(read(&site, &tenant).await, own);
    assert!(own.update_time.is_some());
    assert_eq!(draft(&site, &tenant).await.stages, own.default_stages);
    let again = GetJobRequest { job_id: before.job_id.clone() };
    let again = jobs(&site).get_job(site.request(&tenant, Role::ReadOnly, again)).await.unwrap().into_inner();
    assert_eq!(again.job.unwrap().stages, before.stages, "what exists keeps what it was made with");
    assert_eq!(read(&site, &other).await, house);

    let stale = set(&site, &tenant, &[("applied", 1)], &house.etag).await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    for (stages, reason) in [(&[][..], "STAGES_EMPTY"), (&[("a", 1), ("a", 2)][..], "STAGE_REPEATED")] {
        let refused = set(&site, &tenant, stages, "").await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()));
        assert_eq!(fields(&refused), ["settings.default_stages"]);
    }
    site.finish().await;
}

#[tokio::test]
async fn two_who_set_at_once_do_not_lose_each_others_word() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let etag = read(&site, &tenant).await.etag;
    let outcomes = at_once(6, &site, |site| {
        let etag = etag.clone();
        async move { set(&site, &tenant, &[("applied", 24)], &etag).await }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refusal(&refused), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    }
    finish(site).await;
}
