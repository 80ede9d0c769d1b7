"""通知通报: circulars and instructions, from above or to lower units, each read by a named person and done with words."""
