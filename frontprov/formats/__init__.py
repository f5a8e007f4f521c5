"""How dates and times are written, everywhere: FORMAT_MODULE_PATH."""
