"""The report as one page of HTML that opens from disk: tables, figures and a gallery of every view."""
