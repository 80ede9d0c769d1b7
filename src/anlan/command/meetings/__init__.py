"""议事会议: a headquarters or commission meets: members called with an agenda, attendance, signed minutes, decisions that are done."""
