"""One folder per source system; the kit in hub.connect finds each folder by its manifest."""
