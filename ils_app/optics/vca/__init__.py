"""VCA/OMA files (the Vision Council's data communication standard): read, checked, changed line by line, written."""

from ils_app.optics.vca.file import VcaFile, read

__all__ = ["VcaFile", "read"]
