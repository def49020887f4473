"""Makes the figures, the diagrams and the PDFs of the documents: `python -m docs.build`."""
