//! Charts for reports: figures in, one self-contained SVG out.
//!
//! Every estimate comes with its interval and its n. Nothing is told by colour alone: shape, dash and pattern say it again,
//! for print in black and white and for eyes that see colours differently; `<title>` and `<desc>` say it in words. A chart
//! is 680 px wide and fits an A4 page. It holds no script, no style sheet and nothing that has to be fetched.
//!
//! Everything here is a pure function of its input: the same figures give the same bytes. What is not finite is shown as
//! "not known", and more rows than fit are counted, never dropped in silence.

mod axis;
mod calibration;
mod difference;
mod figure;
mod funnel;
mod marks;
mod page;
mod palette;
mod rates;
mod survival;
mod svg;
mod text;
mod trend;
mod words;

pub use calibration::{Bin, Calibration};
pub use difference::{Comparison, Design, Difference};
pub use figure::Interval;
pub use funnel::{Conversion, Funnel, Stage};
pub use page::Head;
pub use rates::{Rate, Rates};
pub use survival::{AtRisk, Curve, Median, Step, Survival};
pub use trend::{Point, Trend};
pub use words::Lang;
