"""What a sweep says: isoFLOP profiles, scaling laws, and how sure they are."""
