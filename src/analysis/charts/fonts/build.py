"""Makes the two small Inter fonts of this folder from Debian's fonts-inter (3.19).

Run by hand, only when a glyph is missing::

    python src/analysis/charts/fonts/build.py /usr/share/fonts/opentype/inter
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WEIGHTS = ("Regular", "SemiBold")
TEXT = {*range(0x20, 0x7F), *range(0xA0, 0x180)}  # Latin-1 and Latin Extended-A
PUNCTUATION = set(map(ord, "–—‘’‚“”„…•‰−≤≥≈≠∞→←↑↓€●◆▲■\u2009\u2011\u202f"))
MAX_ERROR = 2.0  # font units (of 2816 an em) a quadratic outline may leave the cubic one


def subset(path: Path) -> TTFont:
    """The font with only the glyphs and the kerning that the pages use."""
    font = TTFont(path)
    options = Options()
    options.layout_features = ["kern", "mark", "ccmp"]
    options.hinting = False
    options.desubroutinize = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["DSIG", "meta"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=TEXT | PUNCTUATION)
    subsetter.subset(font)
    return font


def to_truetype(font: TTFont) -> None:
    """Replace the cubic outlines (CFF) by quadratic ones (glyf)."""
    order, glyphs = font.getGlyphOrder(), font.getGlyphSet()
    drawn = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        drawn[name] = pen.glyph()
    del font["CFF "], font["post"], font["maxp"]
    font.sfntVersion = "\000\001\000\000"
    builder = FontBuilder(font=font)
    builder.isTTF = True  # the constructor sets it only for a new font
    builder.setupMaxp()
    builder.setupGlyf(drawn)
    advances = {name: width for name, (width, _) in font["hmtx"].metrics.items()}
    builder.setupHorizontalMetrics({name: (advances[name], drawn[name].xMin) for name in order})
    builder.setupPost(keepGlyphNames=False)


def main(source: Path, target: Path) -> None:
    """Write one small TrueType file a weight to `target`."""
    for weight in WEIGHTS:
        font = subset(source / f"Inter-{weight}.otf")
        to_truetype(font)
        font.recalcTimestamp = False
        font.save(target / f"Inter-{weight}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
