"""The engineering room hears nothing: it acts when an engineer does, and the catalog room follows the LIMS."""
