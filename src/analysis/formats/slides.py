"""A page as a short presentation for PowerPoint: few parts, all of them written here, nothing of a machine.

The text is text (titles and bodies are real placeholders, each with its language), a figure is a picture
with its alt text, and what every reader must know first stands on every slide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from analysis.formats.archive import zip_bytes
from analysis.formats.blocks import Document, Verdict
from analysis.formats.deck import Deck, Slide, deck_of
from analysis.words import LOCALES, Words

WIDTH, HEIGHT = 12_192_000, 6_858_000  # of a slide; all sizes are in EMU, 914 400 an inch
INCH, POINT = 914_400, 12_700
BOX = tuple[int, int, int, int]
TITLE: BOX = (INCH // 2, int(0.55 * INCH), WIDTH - INCH, int(1.0 * INCH))
WHOLE: BOX = (INCH // 2, int(1.6 * INCH), WIDTH - INCH, int(4.85 * INCH))
LEFT: BOX = (INCH // 2, int(1.6 * INCH), int(7.7 * INCH), int(4.85 * INCH))
RIGHT: BOX = (int(8.45 * INCH), int(1.6 * INCH), int(4.4 * INCH), int(4.85 * INCH))
BANNER: BOX = (INCH // 2, int(0.2 * INCH), WIDTH - INCH, int(0.3 * INCH))
FOOT: BOX = (INCH // 2, int(6.95 * INCH), int(10.3 * INCH), int(0.3 * INCH))
NUMBER: BOX = (int(11.3 * INCH), int(6.95 * INCH), int(1.53 * INCH), int(0.3 * INCH))
MUTED, WARNING = "515B68", "4A3600"
VERDICTS = {
    "improved": ("084B85", "◆"),
    "worsened": ("932B00", "▲"),
    "no_clear_change": ("38434F", "~"),
    "cannot_be_attributed": ("5A3577", "?"),
    "too_little_data": ("4B5561", "○"),
}
SIZES = ((260, 18), (420, 16), (640, 14), (900, 13), (10_000, 12))  # letters to points
EDGES = 'lIns="0" tIns="0" rIns="0" bIns="0"'
DRAWN = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CONTENT = "application/vnd.openxmlformats-officedocument.presentationml"


def pptx_bytes(document: Document, drawn: Mapping[str, bytes]) -> bytes:
    """A page as a presentation.

    Parameters
    ----------
    document : Document
        The page.
    drawn : mapping of str to bytes
        Its figures as pictures, from `analysis.formats.figures.pictures`.

    Returns
    -------
    bytes
        The file; no date and no name is in it.
    """
    return written(deck_of(document), drawn)


def written(deck: Deck, drawn: Mapping[str, bytes]) -> bytes:
    """A deck as a file.

    Parameters
    ----------
    deck : Deck
        What the slides say.
    drawn : mapping of str to bytes
        Drawings to their pictures.

    Returns
    -------
    bytes
        The file.
    """
    count = len(deck.slides)
    parts = {"[Content_Types].xml": _content_types(count), "_rels/.rels": _whole(), **_about(deck)}
    parts |= {"ppt/presentation.xml": _presentation(count), "ppt/_rels/presentation.xml.rels": _related(
        [("slideMaster", "slideMasters/slideMaster1.xml"), ("theme", "theme/theme1.xml"),
         *(("slide", f"slides/slide{n}.xml") for n in range(1, count + 1))])}  # fmt: skip
    parts |= _frame(deck.language)
    media: dict[str, bytes] = {}
    for number, slide in enumerate(deck.slides, 1):
        related = [("slideLayout", "../slideLayouts/slideLayout1.xml")]
        if slide.figure:
            media[f"ppt/media/image{number}.png"] = drawn[slide.figure.svg]
            related.append(("image", f"../media/image{number}.png"))
        parts[f"ppt/slides/slide{number}.xml"] = _slide(deck, slide, number)
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = _related(related)
    return zip_bytes({name: text.encode() for name, text in parts.items()} | media)


@cache
def blank() -> bytes:
    """A presentation that says as good as nothing: what every one of ours has."""
    slide = Slide("–", ("–",), Verdict("improved", "–"), is_list=True)
    return written(Deck("en", "–", (), (slide,)), {})


def _slide(deck: Deck, slide: Slide, number: int) -> str:
    language = LOCALES[deck.language].replace("_", "-")
    place = RIGHT if slide.figure else WHOLE
    shapes = [
        _shape(2, "title", '<p:ph type="title"/>', TITLE, [_paragraph(slide.title, language)]),
        _shape(3, "body", '<p:ph type="body" idx="1"/>', place, list(_body(slide, language))),
    ]
    if slide.figure:
        shapes.insert(1, _picture(slide.figure.svg, slide.figure.alt))
    if deck.banners:
        said = " ".join(deck.banners)
        shapes.append(_shape(5, "notice", "", BANNER, [_paragraph(said, language, 10, WARNING, bold=True)]))
    shapes.append(_shape(6, "source", "", FOOT, [_paragraph(deck.title, language, 10, MUTED)]))
    told = Words(deck.language).text("formats/slide", number=number, count=len(deck.slides))
    shapes.append(_shape(7, "number", "", NUMBER, [_paragraph(told, language, 10, MUTED, align="r")]))
    colors = "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>"
    return f"{HEAD}<p:sld {SPACES}><p:cSld>{_tree(shapes)}</p:cSld>{colors}</p:sld>"


def _body(slide: Slide, language: str) -> Iterator[str]:
    letters = sum(map(len, slide.text)) * (1 if slide.figure else 0.45)
    size = next(points for most, points in SIZES if letters <= most)
    if slide.verdict:
        color, sign = VERDICTS.get(slide.verdict.verdict, (MUTED, "~"))
        yield _paragraph(f"{sign} {slide.verdict.text}", language, size, color, bold=True)
    for text in slide.text:
        yield _paragraph(text, language, size, bullet=slide.is_list)


def _paragraph(
    text: str,
    language: str,
    size: int = 0,
    color: str = "",
    *,
    bold: bool = False,
    bullet: bool = False,
    align: str = "l",
) -> str:
    own = (f' sz="{100 * size}"' if size else "") + (' b="1"' if bold else "")
    fill = f'<a:solidFill><a:srgbClr val="{color}"/></a:solidFill>' if color else ""
    indent = ' marL="228600" indent="-228600"' if bullet else ""
    sign = '<a:buChar char="•"/>' if bullet else "<a:buNone/>"
    look = f'{fill}<a:latin typeface="+{"mn" if size else "mj"}-lt"/>'
    return (
        f'<a:p><a:pPr algn="{align}"{indent}>{sign}</a:pPr><a:r><a:rPr lang="{language}"{own}>{look}</a:rPr>'
        f"<a:t>{escape(text, quote=False)}</a:t></a:r></a:p>"
    )


def _shape(number: int, name: str, kind: str, place: BOX, paragraphs: Sequence[str]) -> str:
    own = '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>' if kind else '<p:cNvSpPr txBox="1"/>'
    shape = "" if kind else '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/>'
    fit = "<a:normAutofit/>" if kind else ""
    text = "".join(paragraphs) or "<a:p/>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{name} {number}"/>{own}<p:nvPr>{kind}</p:nvPr>'
        f"</p:nvSpPr><p:spPr>{_place(place)}{shape}</p:spPr><p:txBody><a:bodyPr {EDGES}>{fit}</a:bodyPr>"
        f"<a:lstStyle/>{text}</p:txBody></p:sp>"
    )


def _picture(svg: str, alt: str) -> str:
    found = DRAWN.search(svg)
    wide, high = (float(found[1]), float(found[2])) if found else (16.0, 9.0)
    scale = min(LEFT[2] / wide, LEFT[3] / high)
    place = (LEFT[0], LEFT[1], round(wide * scale), round(high * scale))
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="4" name="figure 4" descr="{escape(alt)}"/>'
        '<p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>'
        '<p:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        f'<p:spPr>{_place(place)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'
    )


def _place(box: BOX) -> str:
    left, top, width, height = box
    return f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'


def _tree(shapes: Sequence[str]) -> str:
    return (
        '<p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr>'
        '<a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/>'
        f'<a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>{"".join(shapes)}</p:spTree>'
    )


def _frame(language: str) -> dict[str, str]:
    """The master, its layout and the theme, which all slides share."""
    code = LOCALES[language].replace("_", "-")
    shapes = _tree(
        [
            _shape(2, "title", '<p:ph type="title"/>', TITLE, ["<a:p/>"]),
            _shape(3, "body", '<p:ph type="body" idx="1"/>', WHOLE, ["<a:p/>"]),
        ]
    )
    named = {"SHAPES": shapes, "SPACES": SPACES, "LANGUAGE": code}
    found = {}
    for name in ("slideMaster", "slideLayout", "theme"):
        text = (files(__package__) / "frame" / f"{name}.xml").read_text("utf-8")
        for key, value in named.items():
            text = text.replace(f"{{{key}}}", value)
        found[f"ppt/{name}{'' if name == 'theme' else 's'}/{name}1.xml"] = text
    master = [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
    found["ppt/slideMasters/_rels/slideMaster1.xml.rels"] = _related(master)
    found["ppt/slideLayouts/_rels/slideLayout1.xml.rels"] = _related(
        [("slideMaster", "../slideMasters/slideMaster1.xml")]
    )
    return found


def _presentation(count: int) -> str:
    slides = "".join(f'<p:sldId id="{255 + n}" r:id="rId{2 + n}"/>' for n in range(1, count + 1))
    return (
        f'{HEAD}<p:presentation {SPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/>'
        f"</p:sldMasterIdLst><p:sldIdLst>{slides}</p:sldIdLst>"
        f'<p:sldSz cx="{WIDTH}" cy="{HEIGHT}"/><p:notesSz cx="{HEIGHT}" cy="{WIDTH}"/></p:presentation>'
    )


def _related(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{KIND}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _whole() -> str:
    core = f"{PACKAGE}/relationships/metadata/core-properties"
    rows = _related([("officeDocument", "ppt/presentation.xml"), ("extended-properties", "docProps/app.xml")])
    more = f'<Relationship Id="rId3" Type="{core}" Target="docProps/core.xml"/></Relationships>'
    return rows.replace("</Relationships>", more)


def _about(deck: Deck) -> dict[str, str]:
    """The title and the language; no person, program or time."""
    core = (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(deck.title, quote=False)}</dc:title><dc:language>{deck.language}</dc:language>"
        "</cp:coreProperties>"
    )
    space = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    app = f'{HEAD}<Properties xmlns="{space}"><Slides>{len(deck.slides)}</Slides></Properties>'
    return {"docProps/core.xml": core, "docProps/app.xml": app}


def _content_types(count: int) -> str:
    parts = {
        "/ppt/presentation.xml": f"{CONTENT}.presentation.main+xml",
        "/ppt/slideMasters/slideMaster1.xml": f"{CONTENT}.slideMaster+xml",
        "/ppt/slideLayouts/slideLayout1.xml": f"{CONTENT}.slideLayout+xml",
        "/ppt/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
        **{f"/ppt/slides/slide{n}.xml": f"{CONTENT}.slide+xml" for n in range(1, count + 1)},
    }
    rows = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="png" ContentType="image/png"/>{rows}</Types>'
    )
