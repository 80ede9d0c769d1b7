"""What others may ask of the command room."""
