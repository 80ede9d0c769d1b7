"""协同: departments, neighbouring districts, the military and social forces, with agreements and requests that have a clock."""
