"""Pages of decision."""
