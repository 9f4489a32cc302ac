"""The replay: the past judged again by a programme, in memory, by the same engine as the till's, and its report."""
