"""Whether reports were made as they should: suspicions explained from facts, decided by people; rates of timeliness."""
