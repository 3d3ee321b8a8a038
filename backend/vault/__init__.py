"""Personal data of applicants, encrypted record by record."""
