"""Ways to reach a person: in the app, by mail, by a simulated telephone, by a person who dials."""
