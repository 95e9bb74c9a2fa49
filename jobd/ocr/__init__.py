"""Words on pictures: an engine behind one small interface. Knows no SQL."""
