"""The rules across sheets: data of `schemas/`, evaluated over stacked frames."""
