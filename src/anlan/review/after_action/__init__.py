"""The after-action report: what happened, computed from the records, as a paper."""
