"""Common Alerting Protocol messages: read without trust, judged completely, written canonically.

``parse`` reads, ``rules`` judges, ``compose`` writes, ``container`` opens envelopes, ``china`` maps the Chinese
profile to a ``WarningNotice``. Pure: no Django, no network, no clock.
"""
