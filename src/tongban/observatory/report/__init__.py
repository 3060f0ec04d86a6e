"""Results for readers: tables, figures and the report, each in Chinese or English."""
