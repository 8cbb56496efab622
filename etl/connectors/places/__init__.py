"""Where files lie: each module lists and opens the files of one kind of place."""
