"""Settings, addresses and the command line. No logic lives here."""
