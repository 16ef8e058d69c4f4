"""The font, the numbers, the axes and the places of labels."""

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.resources import files

import numpy as np
import pytest

from analysis.charts import style
from analysis.charts.axes import day_number, month_labels, value_scale
from analysis.charts.labels import Label, lines, spread


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "color", [style.INK, style.MUTED, style.AFTER, style.WORSE, style.BEFORE, style.UNATTRIBUTED]
)
@pytest.mark.parametrize("ground", [style.PAPER])
def test_colours_of_words_and_marks_stand_out(color, ground):
    assert (luminance(ground) + 0.05) / (luminance(color) + 0.05) >= 4.5


def test_fonts_are_small_and_lie_in_the_page():
    css = style.font_face_css()
    fonts = [base64.b64decode(data) for data in re.findall(r"base64,([^)]+)\)", css)]
    assert re.findall(r"font-weight:(\d+)", css) == ["400", "600"]
    assert all(font[:4] == b"\0\1\0\0" and len(font) < 60_000 for font in fonts)
    assert "http" not in css
    assert "SIL OPEN FONT LICENSE" in (files("analysis.charts") / "fonts" / "OFL.txt").read_text()


def test_font_has_every_letter_of_swedish_and_english_reports():
    from matplotlib.ft2font import FT2Font

    wanted = "abcåäöÅÄÖéüß 0123456789 –—’‘“”…−≤≥×±·→§°½\xa0\u202f"
    for weight in (style.REGULAR, style.STRONG):
        font = FT2Font(style.font(9, weight).get_file())
        assert [letter for letter in wanted if not font.get_char_index(ord(letter))] == []


def test_kerning_is_kept():
    assert style.text_width("AV") < style.text_width("A") + style.text_width("V") - 0.1


def test_wrapped_lines_fit_and_nothing_is_lost():
    text = "Antalet utskrivningsklara vårddygn per månad ökade med 18\xa0% efter lagändringen"
    wrapped = style.wrap(text, 120)
    assert " ".join(wrapped) == text
    assert all(style.text_width(line) <= 120 for line in wrapped)
    assert len(style.wrap("18\xa0%\xa0mer", 5)) > 1
    assert "".join(style.wrap("samverkansavvikelserna", 40)) == "samverkansavvikelserna"
    assert style.wrap("", 100) == []


@pytest.mark.parametrize(
    ("value", "decimals", "language", "percent", "written"),
    [
        (1000, 0, "sv", False, "1\xa0000"),
        (1234567.5, 1, "sv", False, "1\xa0234\xa0567,5"),
        (-0.25, 2, "sv", False, "−0,25"),
        (-0.001, 1, "sv", False, "0,0"),
        (0.2, 0, "sv", True, "20\xa0%"),
        (0.125, 1, "sv", True, "12,5\xa0%"),
        (1000, 0, "en", False, "1,000"),
        (-1.5, 1, "en", False, "−1.5"),
        (0.2, 0, "en", True, "20%"),
    ],
)
def test_numbers_are_written_as_readers_write_them(value, decimals, language, percent, written):
    assert style.write_number(value, decimals, language, percent=percent) == written


@pytest.mark.parametrize("low", [0.0, 3.0, -7.0])
@pytest.mark.parametrize("high", [0.004, 0.11, 1.0, 42.0, 2080.0, 123456.0])
@pytest.mark.parametrize("zero", [True, False])
def test_value_axis_holds_all_values_with_few_different_labels(low, high, zero):
    values = np.array([low, high, np.nan, np.inf])
    scale = value_scale([values], zero=zero, percent=False, language="sv")
    assert scale.low < min(low, high) or (zero and scale.low == 0)
    assert scale.high > max(low, high)
    assert not zero or scale.low <= 0
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)
    assert 2 <= len(scale.ticks) <= 8
    assert len(set(scale.labels)) == len(scale.labels)


def test_value_axis_leaves_room_beyond_a_value_that_stands_at_a_tick():
    scale = value_scale([np.array([0.72, 0.8])], zero=False, percent=True, language="sv")
    assert (scale.low, scale.high) == pytest.approx((0.72 - 0.0032, 0.8 + 0.0032))
    assert (scale.ticks[0], scale.ticks[-1]) == pytest.approx((0.72, 0.8))


def test_value_axis_keeps_its_zero_unless_a_value_lies_below():
    assert value_scale([np.array([0.0, 10.0])], zero=True, percent=False, language="sv").low == 0
    assert value_scale([np.array([-0.1, 10.0])], zero=True, percent=False, language="sv").low < -0.1


def test_value_axis_without_values_is_still_an_axis():
    scale = value_scale([np.array([np.nan])], zero=True, percent=False, language="en")
    assert scale.high > scale.low == 0


def labels_between(first, last, width=357, language="sv"):
    return month_labels(day_number(first), day_number(last), width, language)


@pytest.mark.parametrize("last", ["2021-06-01", "2031-01-01"])
def test_label_of_a_month_stands_in_its_middle_or_at_its_first_day(last):
    ends = (day_number("2021-01-01"), day_number(last), 357, "sv")
    middle, start = month_labels(*ends), month_labels(*ends, at="start")
    assert start[0][0] == day_number("2021-01-01")
    assert middle[0][0] == day_number("2021-01-01") + 15.5
    assert [label[1:] for label in start] == [label[1:] for label in middle]


def test_long_series_is_labelled_by_year():
    labels = labels_between("2011-01-01", "2019-10-01")
    assert [(label, year) for _, label, year in labels] == [(str(y), "") for y in range(2011, 2020)]


@pytest.mark.parametrize(
    ("months", "step"), [(9, 1), (20, 3), (44, 3), (58, 6)], ids=["months", "20", "44", "58"]
)
def test_labels_are_as_close_as_can_be_read(months, step):
    last = np.datetime64("2021-01") + np.timedelta64(months, "M")
    labels = labels_between("2021-01-01", str(last) + "-01")
    assert len(labels) == -(-months // step)
    assert labels[0][1:] == ("jan", "2021")


def test_year_stands_below_the_first_label_and_each_january():
    labels = labels_between("2021-08-01", "2023-03-01")
    assert [(label, year) for _, label, year in labels if year] == [
        ("okt", "2021"),
        ("jan", "2022"),
        ("jan", "2023"),
    ]


def label(y, number=2):
    return Label(lines([(" ".join(["Skattat"] * number), style.TEXT, style.REGULAR)], 40.0), style.INK, y)


@pytest.mark.parametrize("heights", [(50, 50, 50), (10, 60, 200), (-80, -80, 5), (150, 151, 400)])
def test_labels_keep_order_room_and_distance(heights):
    labels = [label(y) for y in heights]
    middles = spread(labels, 20, 220)
    assert middles[0] - labels[0].height / 2 >= 20 - 1e-9
    assert middles[-1] + labels[-1].height / 2 <= 220 + 1e-9
    for above, below in zip(range(2), range(1, 3), strict=True):
        distance = middles[below] - middles[above]
        assert distance >= (labels[above].height + labels[below].height) / 2 + 5 - 1e-9


def test_labels_with_room_stand_where_they_are_wanted():
    assert spread([label(60), label(150)], 20, 220) == [60, 150]


def test_package_of_charts_is_light_to_import():
    code = "import sys, analysis.charts; print('matplotlib' in sys.modules, 'seaborn' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_drawing_needs_neither_pyplot_nor_seaborn():
    code = (
        "import sys, analysis.charts.interrupted, analysis.charts.run;"
        "print('matplotlib.pyplot' in sys.modules, 'seaborn' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]


def test_no_id_of_a_drawing_holds_a_long_run_of_digits() -> None:
    """Ten digits in a row may look like the number of a person to the final scan."""
    root = ET.fromstring('<svg><g id="a"/><use href="#a" x="url(#a)"/></svg>')
    style._rename_ids(root, "4201218312")
    written = ET.tostring(root, encoding="unicode")
    assert re.findall(r"\d{4,}", written) == []
    assert "c420f121f831f2-0" in written
