//! The results as a chart: a bar per server for each main figure.
//!
//! This module decides what is drawn where; `plotters` writes the SVG. The background is white and
//! the text dark, whatever the surrounding page.

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::case::Case;
use super::metric::{Better, Metric, main_metrics};
use super::report::Report;
use super::results::shortened;
use super::server::ServerName;
use super::statistics::Summary;
use crate::quantity::Scale;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

type Drawn = anyhow::Result<()>;

const WIDTH: i32 = 1000;
const MARGIN: i32 = 28;
const HEADER_HEIGHT: i32 = 104;
const FOOTER_LINE_HEIGHT: i32 = 20;
const PANELS_ABREAST: usize = 2;
const PANEL_GAP: i32 = 44;
const PANEL_TITLE_HEIGHT: i32 = 52;
const ROW_HEIGHT: i32 = 27;
const BAR_HEIGHT: f64 = 0.62;
const NAMES_WIDTH: i32 = 72;
const VALUES_WIDTH: i32 = 168;

/// The distance of the spread from the end of the median.
const SPREAD_OFFSET: i32 = 76;

/// Maximum length of a bar as a share of its area, so that a spread beyond it is visible.
const LONGEST_BAR: f64 = 0.86;

/// Maximum length of a failure beside a name, in characters.
const FAILURE_CHARS_MAX: usize = 56;

const TEXT: RGBColor = RGBColor(0x1f, 0x23, 0x28);
const QUIET: RGBColor = RGBColor(0x65, 0x6d, 0x76);
const LINE: RGBColor = RGBColor(0xd0, 0xd7, 0xde);

/// The whole chart as the text of an SVG file.
///
/// # Errors
/// The drawing library's errors.
pub(crate) fn svg(report: &Report) -> anyhow::Result<String> {
    let panels: Vec<_> = main_metrics(&report.cases).collect();
    let panel_height = PANEL_TITLE_HEIGHT + ROW_HEIGHT * report.servers.len() as i32;
    let strips = panels.len().div_ceil(PANELS_ABREAST) as i32;
    let footer_top = HEADER_HEIGHT + strips * (panel_height + MARGIN);
    let height = footer_top + FOOTER_LINE_HEIGHT * report.cases.len() as i32 + MARGIN / 2;

    let mut text = String::new();
    {
        let size = (WIDTH as u32, height as u32);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        header(&root, report)?;
        let abreast = PANELS_ABREAST as i32;
        let panel_width = (WIDTH - 2 * MARGIN - (abreast - 1) * PANEL_GAP) / abreast;
        for (index, (case, metric)) in panels.into_iter().enumerate() {
            let (column, strip) = (index % PANELS_ABREAST, index / PANELS_ABREAST);
            let left = MARGIN + column as i32 * (panel_width + PANEL_GAP);
            let top = HEADER_HEIGHT + strip as i32 * (panel_height + MARGIN);
            let place = Place { left, top, width: panel_width };
            panel(&root, &place, report, case, metric)?;
        }
        footer(&root, footer_top, report)?;
        root.present().map_err(failed)?;
    }
    Ok(text)
}

struct Place {
    left: i32,
    top: i32,
    width: i32,
}

fn header(root: &Area<'_>, report: &Report) -> Drawn {
    let rounds = report.rounds;
    let plural = if rounds == 1 { "round" } else { "rounds" };
    let lines =
        format!("Bars: median of {rounds} {plural}. Lines across their ends: minimum to maximum.");
    let title = Style { size: 22, color: TEXT, bold: true, at: HPos::Left };
    let quiet = Style { size: 14, color: QUIET, bold: false, at: HPos::Left };
    write(root, "hobnob, a minimal server (limit), and other servers", (MARGIN, 34), title)?;
    write(root, &report.machine.line(), (MARGIN, 60), quiet)?;
    write(root, &lines, (MARGIN, 80), quiet)
}

fn footer(root: &Area<'_>, top: i32, report: &Report) -> Drawn {
    let quiet = Style { size: 13, color: QUIET, bold: false, at: HPos::Left };
    for (index, case) in report.cases.iter().enumerate() {
        let line = format!("{}: {}", case.name(), report.plans.describe(*case));
        write(root, &line, (MARGIN, top + FOOTER_LINE_HEIGHT * index as i32), quiet)?;
    }
    Ok(())
}

fn panel(root: &Area<'_>, place: &Place, report: &Report, case: Case, metric: &Metric) -> Drawn {
    let summaries = report.column(case, metric);
    let title = format!("{}: {}", case.name(), metric.name);
    let direction = match metric.better {
        Better::Lower => "shorter is better",
        Better::Higher => "longer is better",
    };
    let bold = Style { size: 16, color: TEXT, bold: true, at: HPos::Left };
    let quiet = Style { size: 13, color: QUIET, bold: false, at: HPos::Left };
    write(root, &title, (place.left, place.top + 10), bold)?;
    write(root, direction, (place.left, place.top + 31), quiet)?;

    let bars = Bars::new(place, &summaries);
    let scale = metric.unit.scale(summaries.iter().flatten().map(|summary| summary.median));
    for (row, (server, summary)) in report.servers_in(case).zip(&summaries).enumerate() {
        let middle = bars.top + ROW_HEIGHT * row as i32 + ROW_HEIGHT / 2;
        let is_hobnob = server.name == ServerName::Hobnob;
        let name = Style { size: 14, color: TEXT, bold: is_hobnob, at: HPos::Right };
        write(root, server.name.name(), (bars.left - 8, middle), name)?;
        match summary {
            Some(summary) => {
                bars.draw(root, row, summary, server.name)?;
                values(root, place, middle, scale, summary, is_hobnob)?;
            }
            None => {
                let failure = report.results.failure(case, server.name);
                let why = failure.map_or("no figure", |failure| failure.brief.as_str());
                let why = shortened(why, FAILURE_CHARS_MAX);
                write(root, &why, (bars.left + 6, middle), quiet)?;
            }
        }
    }
    bars.axis(root, summaries.len())
}

/// Writes the medians, right-aligned, each followed by the spread.
fn values(
    root: &Area<'_>,
    place: &Place,
    middle: i32,
    scale: Scale,
    summary: &Summary,
    is_hobnob: bool,
) -> Drawn {
    let end = place.left + place.width - VALUES_WIDTH + SPREAD_OFFSET;
    let median = Style { size: 14, color: TEXT, bold: is_hobnob, at: HPos::Right };
    write(root, &scale.with_unit(summary.median), (end, middle), median)?;
    let spread = Style { size: 12, color: QUIET, bold: false, at: HPos::Left };
    write(root, &scale.range(summary.min, summary.max), (end + 10, middle), spread)
}

/// The part of a panel in which bars are drawn to scale.
///
/// The scale is linear from zero, because otherwise the length of a bar would mean nothing. If one
/// server needs far more than the others, their figures stand beside their short bars.
struct Bars {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    rows: usize,
    most: f64,
}

impl Bars {
    fn new(place: &Place, summaries: &[Option<Summary>]) -> Self {
        let longest = summaries.iter().flatten().map(|summary| summary.median).fold(0.0, f64::max);
        let top = place.top + PANEL_TITLE_HEIGHT - 6;
        Self {
            left: place.left + NAMES_WIDTH,
            right: place.left + place.width - VALUES_WIDTH,
            top,
            bottom: top + ROW_HEIGHT * summaries.len() as i32,
            rows: summaries.len(),
            most: if longest > 0.0 { longest / LONGEST_BAR } else { 1.0 },
        }
    }

    /// Draws the bar of one row, and across its end a line from the minimum to the maximum. A line
    /// that would leave the panel ends at its edge with an arrowhead: one bad round must not
    /// shorten all bars.
    fn draw(&self, root: &Area<'_>, row: usize, summary: &Summary, server: ServerName) -> Drawn {
        let area = root.clone().apply_coord_spec(self.coordinates());
        let middle = row as f64 + 0.5;
        let (above, below) = (middle - BAR_HEIGHT / 2.0, middle + BAR_HEIGHT / 2.0);
        let corners = [(0.0, above), (summary.median, below)];
        area.draw(&Rectangle::new(corners, color(server).filled())).map_err(failed)?;

        let stroke = TEXT.stroke_width(1);
        let (from, to) = (summary.min, summary.max.min(self.most));
        let cap = BAR_HEIGHT / 4.0;
        let line =
            |points: Vec<(f64, f64)>| area.draw(&PathElement::new(points, stroke)).map_err(failed);
        line(vec![(from, middle), (to, middle)])?;
        line(vec![(from, middle - cap), (from, middle + cap)])?;
        if summary.max > self.most {
            let behind = to - 0.02 * self.most;
            return line(vec![(behind, middle - cap), (to, middle), (behind, middle + cap)]);
        }
        line(vec![(to, middle - cap), (to, middle + cap)])
    }

    /// Draws the line where all bars begin.
    fn axis(&self, root: &Area<'_>, rows: usize) -> Drawn {
        let area = root.clone().apply_coord_spec(self.coordinates());
        let ends = vec![(0.0, 0.0), (0.0, rows as f64)];
        area.draw(&PathElement::new(ends, LINE.stroke_width(1))).map_err(failed)
    }

    fn coordinates(&self) -> Cartesian2d<RangedCoordf64, RangedCoordf64> {
        let pixels = (self.left..self.right, self.top..self.bottom);
        Cartesian2d::new(0.0..self.most, 0.0..self.rows as f64, pixels)
    }
}

#[derive(Clone, Copy)]
struct Style {
    size: i32,
    color: RGBColor,
    bold: bool,
    at: HPos,
}

fn write(root: &Area<'_>, words: &str, at: (i32, i32), style: Style) -> Drawn {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(style.size), weight);
    let style = TextStyle::from(font).color(&style.color).pos(Pos::new(style.at, VPos::Center));
    root.draw(&Text::new(words, at, style)).map_err(failed)
}

/// One colour per server in all panels. hobnob's is the only strong one; the others also differ in
/// lightness.
fn color(server: ServerName) -> RGBColor {
    match server {
        ServerName::Hobnob => RGBColor(0xd9, 0x48, 0x0f),
        ServerName::Baseline => RGBColor(0xf4, 0xa2, 0x7c),
        ServerName::Memory => RGBColor(0xf8, 0xd3, 0xbe),
        ServerName::Telnet => RGBColor(0xc7, 0x7d, 0x5a),
        ServerName::Guess => RGBColor(0xe5, 0x8e, 0x5f),
        ServerName::Tls => RGBColor(0xb0, 0x3a, 0x2e),
        ServerName::Stunnel => RGBColor(0xc9, 0xa8, 0x4c),
        ServerName::Nginx => RGBColor(0x8f, 0x9e, 0x3f),
        ServerName::LimitTls => RGBColor(0x8b, 0x94, 0x9e),
        ServerName::NginxBare => RGBColor(0xb5, 0xbf, 0x7a),
        ServerName::Limit => RGBColor(0x57, 0x60, 0x6a),
        ServerName::Redis => RGBColor(0x6e, 0x9f, 0xd4),
        ServerName::Nats => RGBColor(0x9c, 0xc5, 0xa1),
        ServerName::Ngircd => RGBColor(0xb9, 0xa4, 0xd1),
    }
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw the results: {error}")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn everything_is_in_the_picture() {
        let picture = svg(&sample::full_report()).expect("it can be drawn");
        assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
        let check = |words: &str, times: usize| {
            assert_eq!(picture.matches(words).count(), times, "{words}");
        };
        // Texts are on lines of their own.
        check("\nflood: CPU/delivery\n", 1);
        check("\nstall: p99 latency\n", 1);
        check("\nhobnob\n", 6);
        check("\nrefused to continue: the channel is full\n", 3);
        check("\n0.055 µs\n", 1);
        check("\nA Processor, 2 cores, 8.00 GiB, Linux 6.1\n", 1);
        check("fill=\"#FFFFFF\"", 1);
    }

    #[test]
    fn a_bad_round_shortens_no_bar() {
        let place = Place { left: 0, top: 0, width: 400 };
        let summary = |median, max| Some(Summary { rounds: 3, median, min: median, max });
        let bars = Bars::new(&place, &[summary(1.0, 1.1), None, summary(2.0, 500.0)]);
        assert!((bars.most - 2.0 / LONGEST_BAR).abs() < 1e-9);
        assert!((Bars::new(&place, &[None]).most - 1.0).abs() < 1e-9);
    }
}
