"""Dates and times as pages, mails and messages write them (25 Nov 2026, 14:05 UTC), in this one place.

Every time says its zone, which is UTC; in a column of times the heading says it instead.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i T"
TIME_FORMAT = "H:i"
MONTH_DAY_FORMAT = "j M"
EXACT_FORMAT = "j M Y, H:i:s T"
COLUMN_FORMAT = "j M Y, H:i"
EXACT_COLUMN_FORMAT = "j M Y, H:i:s"

FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%Y-%m-%d"]  # what a browser's own field for dates sends and takes
