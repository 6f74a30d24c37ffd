"""Making workbooks anew from the definitions, with XlsxWriter."""
