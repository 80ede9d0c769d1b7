"""Timelines, after-action reports, exercises and replays."""
