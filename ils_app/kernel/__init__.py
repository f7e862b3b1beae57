"""What every room may use and no room owns: settings, transactions, facts, jobs, the live bus, the LIMS client."""
