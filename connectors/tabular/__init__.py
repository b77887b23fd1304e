"""Plans in CSV and XLSX files, described by a mapping file."""
