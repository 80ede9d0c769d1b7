"""Anlan 安澜: one platform for emergency management, from the first reading to the last lesson."""
