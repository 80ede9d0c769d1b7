"""What runs underneath the platform: private cluster, private bus, supervisor, backup.

Nothing here imports Django: these modules work before settings can be read and while no database runs.
"""
