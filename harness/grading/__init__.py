"""A class of submissions at a time.

gather.py: folders, archives and files -> submissions; places.py, exports.py: what lies in them, and how courses' systems
name it. submission.py: one of them, and its bytes; taking.py: read within limits; archives.py -> member.py, zipped.py,
tarred.py: out of archives; names.py: names that strangers chose. parts.py: which file is what, by
texts.py: their texts. similar.py: near-duplicates.
"""
