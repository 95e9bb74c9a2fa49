from __future__ import annotations

from jobd.queue.readers import reading

LOCKS = """\
1: POSIX  ADVISORY  READ  100 fe:00:77 124 124
2: POSIX  ADVISORY  READ  101 fe:00:77 128 128
3: POSIX  ADVISORY  WRITE 102 fe:00:77 120 120
4: POSIX  ADVISORY  READ  103 fe:00:78 124 124
5: FLOCK  ADVISORY  WRITE 104 fe:00:77 0 EOF
6: POSIX  ADVISORY  READ  105 fe:00:77 123 123
7: POSIX  ADVISORY  READ  0 fe:00:77 127 127
8: OFDLCK ADVISORY  READ  -1 fe:00:77 125 125
9: -> POSIX  ADVISORY  WRITE 106 fe:00:77 124 124
"""


def test_who_reads_stands_in_the_list_of_locks() -> None:
    assert reading(LOCKS, "fe:00:77") == {100, 105}
    assert reading("", "fe:00:77") == set()
