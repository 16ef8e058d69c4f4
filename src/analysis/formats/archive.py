"""A ZIP archive with the same bytes for the same parts: one date, one order, nothing of the machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that an archive knows


def zip_bytes(parts: Mapping[str, bytes]) -> bytes:
    """An archive of parts, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, NO_DATE)
            part.create_system, part.external_attr = 3, 0o644 << 16
            part.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
    return out.getvalue()
