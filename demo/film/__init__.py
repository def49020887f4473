"""The film: made from a running platform by a browser, a typesetter and an encoder; nothing in it is drawn by hand."""
