"""Formulas as data: what students write and what the claims export, read into one kind of tree and valued exactly.

Nothing here runs a formula's text: a grammar reads it, names are looked up in a table, and numbers are worked out on
fractions, or in 300 digits where a root or an exponential comes in.
"""
