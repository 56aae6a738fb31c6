//! Charts: drawn as SVG with plotters, rasterised with the shipped fonts. One chart per file; the rest is paper and ink.

mod axis;
mod canvas;
pub(super) mod palette;
mod panel;
mod raster;
mod text_width;
mod trial_effects;
mod trial_looks;
mod trial_paper;
mod trial_periods;
mod uplift;

pub(super) use axis::{Range, month_stride, ticks};
pub(super) use canvas::{Anchor, Canvas, Fill, Frame, Label, Marker, Point, Stroke, at, draw_svg};
pub(super) use palette::{GRID, INK, MUTED, NEUTRAL, PAPER, Role, SERIES};
pub(super) use panel::arm_look;
pub(super) use raster::png;
pub(super) use text_width::{Type, cut, text_width, wrap};
pub(super) use trial_effects::trial_effects_svg;
pub(super) use trial_looks::trial_looks_svg;
pub(super) use trial_periods::trial_periods_svg;
pub(super) use uplift::{legend_svgs, panel_svg, short_digest, uplift_svg};
