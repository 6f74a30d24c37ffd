"""The next quarter's work: sheets of template version 2, proposed from the data, rolled forward."""
