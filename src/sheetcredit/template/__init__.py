"""What a workbook is: YAML to definition, to pandera schema, to an Excel template."""
