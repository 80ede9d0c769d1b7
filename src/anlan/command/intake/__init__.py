"""From what people say to fields: one typed or pasted line → time, place, kind, people, things, source.

Pure: the clock and the gazetteer are arguments. Every field keeps the words it came from; what is not said is None.
"""
