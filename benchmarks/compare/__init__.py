"""Reports of benchmarks held against one another: `specimen compare A.json B.json`; docs/compare.md says how."""
