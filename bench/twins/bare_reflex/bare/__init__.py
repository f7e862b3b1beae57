"""The bare twin of a page that changes by itself."""
