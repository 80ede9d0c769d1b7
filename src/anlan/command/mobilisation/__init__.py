"""社会动员: appeals to residents and firms, their answers, who came with what, and what is paid for it."""
