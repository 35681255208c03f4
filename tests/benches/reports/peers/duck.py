"""DuckDB, asked a statement a line, as JSON; answers with the rows and how long they took, a line each."""

import json
import sys
import time

import duckdb

connection = duckdb.connect()
print("ready", flush=True)
for line in sys.stdin:
    statement = json.loads(line)
    begun = time.perf_counter()
    rows = connection.execute(statement).fetchall()
    seconds = time.perf_counter() - begun
    if statement.startswith("EXPLAIN"):
        rows = [(text,) for _, text in rows]
    said = [[str(row[0])] + [float(value) for value in row[1:]] for row in rows]
    print(json.dumps({"seconds": seconds, "rows": said}), flush=True)
