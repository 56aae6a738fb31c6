//! A canvas in chart units over plotters' SVG backend. The backend knows whole pixels only, so the canvas is eight times finer
//! than the chart; the picture is scaled back by its view box. Knows shapes and colours, not lifts or months.

use super::palette::Role;
use super::text_width::Type;
use crate::report::ReportError;
use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, ShapeStyle, TextStyle};

/// Backend pixels per chart unit.
const FINENESS: f64 = 8.0;
/// plotters writes a font size divided by this number.
const PLOTTERS_FONT_FACTOR: f64 = 1.24;
/// The family of the shipped fonts.
pub(crate) const FONT_FAMILY: &str = "Open Sans";

/// A point in chart units; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// A point from its coordinates.
pub(crate) const fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// A rectangle in chart units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Frame {
    /// Right edge.
    pub(crate) fn right(self) -> f64 {
        self.left + self.width
    }

    /// Lower edge.
    pub(crate) fn bottom(self) -> f64 {
        self.top + self.height
    }
}

/// Where a text stands relative to its point; vertically its middle is on the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(crate) struct Label<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: Point,
    pub(crate) kind: Type,
    pub(crate) role: Role,
    pub(crate) anchor: Anchor,
    pub(crate) is_upright: bool,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) role: Role,
    pub(crate) width: f64,
    /// Lengths of dash and gap; `None` for a solid line.
    pub(crate) dash: Option<(f64, f64)>,
}

/// How an area is filled: a colour and how much of what lies below it hides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) role: Role,
    pub(crate) opacity: f64,
}

/// Shapes of points, so that arms can be told apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
}

/// The canvas.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a chart of `width` × `height` units and returns it as SVG text.
pub(crate) fn draw_svg(
    (width, height): (u32, u32),
    paint: impl FnOnce(&Canvas<'_>) -> Result<(), ReportError>,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    let fine = (width * FINENESS as u32, height * FINENESS as u32);
    {
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, fine).into_drawing_area() };
        paint(&canvas)?;
        canvas.area.present().map_err(drawing)?;
    }
    let fine_size = format!("width=\"{}\" height=\"{}\"", fine.0, fine.1);
    Ok(svg.replacen(&fine_size, &format!("width=\"{width}\" height=\"{height}\""), 1))
}

fn drawing(error: impl std::fmt::Display) -> ReportError {
    ReportError::Drawing { reason: error.to_string() }
}

fn fine(length: f64) -> i32 {
    (length * FINENESS).round() as i32
}

fn fine_point(point: Point) -> (i32, i32) {
    (fine(point.x), fine(point.y))
}

impl Canvas<'_> {
    /// Writes a line of text.
    pub(crate) fn label(&self, label: &Label<'_>) -> Result<(), ReportError> {
        if label.text.is_empty() {
            return Ok(());
        }
        let weight = if label.kind.is_bold { FontStyle::Bold } else { FontStyle::Normal };
        let size = label.kind.size * FINENESS * PLOTTERS_FONT_FACTOR;
        let font = FontDesc::new(FontFamily::Name(FONT_FAMILY), size, weight);
        let font = if label.is_upright { font.transform(FontTransform::Rotate270) } else { font };
        let horizontal = match label.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle::from(font).color(&label.role.paper).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(label.text, fine_point(label.at), style)).map_err(drawing)
    }

    /// Draws a line through the points.
    pub(crate) fn line(&self, points: &[Point], stroke: Stroke) -> Result<(), ReportError> {
        let style = ShapeStyle { color: stroke.role.paper.to_rgba(), filled: false, stroke_width: fine(stroke.width) as u32 };
        let runs = match stroke.dash {
            Some(dash) => dashes(points, dash),
            None => vec![points.to_vec()],
        };
        for run in runs.iter().filter(|run| run.len() > 1) {
            let path: Vec<(i32, i32)> = run.iter().map(|point| fine_point(*point)).collect();
            self.area.draw(&PathElement::new(path, style)).map_err(drawing)?;
        }
        Ok(())
    }

    /// Fills a polygon.
    pub(crate) fn area(&self, points: &[Point], fill: Fill) -> Result<(), ReportError> {
        let corners: Vec<(i32, i32)> = points.iter().map(|point| fine_point(*point)).collect();
        let style = fill.role.paper.mix(fill.opacity).filled();
        self.area.draw(&Polygon::new(corners, style)).map_err(drawing)
    }

    /// Fills a rectangle.
    pub(crate) fn rectangle(&self, frame: Frame, fill: Fill) -> Result<(), ReportError> {
        let corners = [fine_point(at(frame.left, frame.top)), fine_point(at(frame.right(), frame.bottom()))];
        self.area.draw(&Rectangle::new(corners, fill.role.paper.mix(fill.opacity).filled())).map_err(drawing)
    }

    /// Draws a marker of about `size` units across.
    pub(crate) fn marker(&self, point: Point, marker: Marker, size: f64, role: Role) -> Result<(), ReportError> {
        let reach = size / 2.0;
        let corners = |offsets: &[(f64, f64)]| -> Vec<Point> {
            offsets.iter().map(|(x, y)| at(point.x + x * reach, point.y + y * reach)).collect()
        };
        let fill = Fill { role, opacity: 1.0 };
        match marker {
            Marker::Circle => {
                let circle = Circle::new(fine_point(point), fine(reach) as u32, role.paper.filled());
                self.area.draw(&circle).map_err(drawing)
            }
            Marker::Square => self.area(&corners(&[(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)]), fill),
            Marker::Triangle => self.area(&corners(&[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)]), fill),
            Marker::Diamond => self.area(&corners(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]), fill),
        }
    }
}

/// Cuts a path into dashes; lengths run on around corners.
fn dashes(points: &[Point], (dash, gap): (f64, f64)) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut left = dash;
    let mut is_drawn = true;
    if let Some(first) = points.first() {
        runs.push(vec![*first]);
    }
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.x - from.x).hypot(to.y - from.y);
            let step = left.min(length);
            let share = if length > 0.0 { step / length } else { 1.0 };
            from = at(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
            if is_drawn && let Some(run) = runs.last_mut() {
                run.push(from);
            }
            left -= step;
            if left > 0.0 {
                break;
            }
            is_drawn = !is_drawn;
            left = if is_drawn { dash } else { gap };
            if is_drawn {
                runs.push(vec![from]);
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_their_share_of_a_path_around_corners() {
        let runs = dashes(&[at(0.0, 0.0), at(10.0, 0.0), at(10.0, 10.0)], (3.0, 1.0));
        let drawn: f64 = runs
            .iter()
            .flat_map(|run| run.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).collect::<Vec<_>>())
            .sum();
        assert!((drawn - 15.0).abs() < 1e-9, "{drawn}");
    }
}
