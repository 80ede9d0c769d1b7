"""通讯录: who is where and how to reach them, by level and organisation; a personal number is shown on demand and noted."""
