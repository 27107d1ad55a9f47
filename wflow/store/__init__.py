"""What keeps runs: a journal, a lock and a letter box for each on disk, a disk cache beside them, a twin in memory."""
