//! SVG to PNG with the fonts shipped in the crate, so that a chart looks the same on every machine. Draws nothing itself.

use super::canvas::FONT_FAMILY;
use crate::report::ReportError;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Open Sans (Apache-2.0, licence text beside the files).
const FONTS: [&[u8]; 2] = [include_bytes!("../fonts/OpenSans-Regular.ttf"), include_bytes!("../fonts/OpenSans-Semibold.ttf")];

/// Pixels per chart unit in a PNG: sharp at the width of a README and on paper.
const PIXELS_PER_UNIT: f32 = 2.0;

/// Rasterises a chart drawn by this module; same text in, same bytes out.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, ReportError> {
    let mut options = Options { font_family: FONT_FAMILY.to_owned(), ..Options::default() };
    let fonts = options.fontdb_mut();
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    let tree = Tree::from_str(svg, &options)?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width() * PIXELS_PER_UNIT as u32, size.height() * PIXELS_PER_UNIT as u32);
    let mut pixels = Pixmap::new(width, height).ok_or(ReportError::Image { width, height })?;
    resvg::render(&tree, Transform::from_scale(PIXELS_PER_UNIT, PIXELS_PER_UNIT), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| ReportError::Encoding { reason: error.to_string() })
}
