"""One monthly series: its months, terms, fits, checks."""
