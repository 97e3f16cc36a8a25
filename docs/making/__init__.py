"""What the site is made by: `sections` for docstrings, `site` for pages outside docs/."""
