//! Charts of a world's figures, as files: what reports look like.

use std::{fs, path::Path};

use usher_proto::analytics::v1::{
    Dimension, ExportReportRequest, FileFormat, Filter, ReportQuery,
    report_output_service_client::ReportOutputServiceClient,
};

use super::drive::town::Place;

/// What is drawn: the file's name, the report, by what, and of which messages alone.
const PICTURES: [(&str, &str, Option<Dimension>, &str); 4] = [
    ("no-shows", "no_show_rate", Some(Dimension::FollowUp), ""),
    ("replies", "template_reply_rate", Some(Dimension::Arm), "interview_invitation"),
    ("time-to-hire", "time_to_hire", Some(Dimension::Source), ""),
    ("funnel", "funnel", None, ""),
];

/// Draws them into a folder.
pub async fn draw(place: &Place, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for (file, report, by, kind) in PICTURES {
        let filters = Some(kind)
            .filter(|kind| !kind.is_empty())
            .map(|kind| Filter { dimension: Dimension::MessageKind.into(), values: vec![kind.to_owned()] });
        let query = ReportQuery {
            group_by: by.into_iter().map(i32::from).collect(),
            filters: filters.into_iter().collect(),
            ..ReportQuery::default()
        };
        let request = ExportReportRequest {
            name: report.to_owned(),
            query: Some(query),
            format: FileFormat::Svg.into(),
            language: "en".to_owned(),
        };
        let mut client = ReportOutputServiceClient::new(place.desk.channel.clone());
        let mut pieces = client.export_report(place.desk.request(request)).await.expect("a chart").into_inner();
        let mut svg = Vec::new();
        while let Some(piece) = pieces.message().await.expect("a piece") {
            svg.extend(piece.chunk);
        }
        fs::write(folder.join(format!("{file}.svg")), svg).expect("a file");
    }
}
