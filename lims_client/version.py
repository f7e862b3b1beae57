"""The library's version, as it names itself to the LIMS."""

VERSION = "0.1.0"
