"""行业应急指挥手册: what a commander of one industry's incidents has to know, and the cards by kind of incident."""
