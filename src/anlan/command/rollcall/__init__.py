"""点名: duty posts of lower levels and departments are asked whether somebody is there, and every answer has its time."""
