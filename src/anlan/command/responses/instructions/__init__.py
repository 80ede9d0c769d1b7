"""指令: one order in words, to whoever is picked, named or drawn around; it becomes one task for each organisation."""
