"""Makes the diagrams and the PDFs of the reports: `python -m docs.build`."""
