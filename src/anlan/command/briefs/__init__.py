"""The daily brief 值班日报, composed from the day's facts, and the day sheet 每日调度 that lower units fill in."""
