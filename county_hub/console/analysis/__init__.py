"""分析: where, when, whence and how long, each number a link to its cases; and the three rates with their bases."""
