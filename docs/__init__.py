"""Documents of the platform, and `docs.build`, which makes their diagrams and PDFs."""
