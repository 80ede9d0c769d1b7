"""指挥机构: which bodies a region has, who sits in them, which incidents belong to which, and the command post at the scene."""
