"""Scripts of the developers: set-up, generated pages, benchmarks. Not part of the package."""
