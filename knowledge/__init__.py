"""Files in, one answer out: reading notices, understanding dates, searching, answering or abstaining."""
