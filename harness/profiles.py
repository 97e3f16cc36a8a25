"""How many examples a law draws, by the name of a profile; `ci` is derandomised."""

PROFILES = {"check": 25, "ci": 25, "thorough": 1000}
