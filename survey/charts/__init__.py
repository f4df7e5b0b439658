"""Charts of a result, as files for documents and slides: drawn once as marks, written as SVG or as PNG."""
