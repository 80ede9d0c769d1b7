"""Watching: every reading of the journal judged by every criterion that applies, as it comes, from windows held in memory."""
