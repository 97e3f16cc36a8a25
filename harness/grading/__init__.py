"""A class of submissions at a time.

gather.py: folders, archives and files -> submissions; places.py, exports.py: what lies in them, and how courses' systems
name it; whose.py: whose it is. submission.py: one of them, and its bytes; taking.py: read within limits; archives.py ->
member.py, zipped.py, tarred.py: out of archives, spool.py: of which one that holds a class is unpacked once; names.py: names that strangers chose. parts.py: which file is what, by
texts.py: their texts. similar.py: near-duplicates.

grade.py: a class from end to end, as asked.py says how. executors.py: where it is judged, by child.py -> serve.py, a process
a worker, which task.py tells what to do; marking.py: one submission -> one record, with workers.py. journal.py: what was
judged; folder.py: what in a folder of grades is ours; room.py: where students' files lie meanwhile; finals.py: all of it
in the formats of others; progress.py, single.py: what is shown meanwhile.
"""
