"""The documentation: pages in Markdown, and what makes a site and pictures of them."""
