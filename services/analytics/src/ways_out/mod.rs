//! How figures leave: as a table that people read, as CSV and Parquet, as a chart.
//!
//! | module | what it makes |
//! |---|---|
//! | [`table`] | of any report, one table with named and typed columns |
//! | [`words`] | headings and cells as people read them, in two languages |
//! | [`chart`] | the chart that shows a report best |
//! | [`charts`] | how charts are drawn |
//! | [`file`](mod@file) | CSV and Parquet, piece by piece |
//! | [`insights`] | findings in words, in two languages |
//! | [`facts`] | the columns of facts |

pub mod chart;
pub mod charts;
pub mod facts;
pub mod file;
pub mod insights;
pub mod table;
pub mod words;
