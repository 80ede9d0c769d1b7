"""The field client's server side: one page, one sheet of data, one door through which everything is sent once."""
