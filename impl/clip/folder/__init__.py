"""A folder of anybody's pictures: read, turned into features once, searched."""
