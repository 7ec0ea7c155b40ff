"""`maxserver migrate` as processes: several at once, one that is killed, and a program that was moved."""

import shutil
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor

from waiting import eventually

SERVERS_OWN = ["0001_market", "0002_candles", "0003_unpublished"]


def tables(folder) -> set:
    with sqlite3.connect(folder / "max.db") as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


class TestOneProcess:
    def test_goes_up_and_down_and_tells_where_it_is(self, run_maxserver, tmp_path):
        assert run_maxserver("migrate", "current").returncode == 1
        up = run_maxserver("migrate", "up")
        assert up.returncode == 0 and up.stderr == ""
        assert up.stdout.splitlines()[-1] == f"the schema is at {SERVERS_OWN[-1]}"
        assert {"sectors", "agents", "discussions", "messages", "sector_candles", "bars"} <= tables(tmp_path)
        assert run_maxserver("migrate", "current").returncode == 0
        history = run_maxserver("migrate", "history").stdout.splitlines()
        assert [line.split()[0] for line in history] == SERVERS_OWN
        assert run_maxserver("migrate", "down", str(len(SERVERS_OWN))).returncode == 0
        assert tables(tmp_path) == {"schema_migrations"}

    def test_runs_own_migrations(self, run_maxserver, tmp_path):
        made = run_maxserver("migrate", "new", "add notes")
        assert made.stdout == "made migrations/1000_add_notes.sql\n"
        refused = run_maxserver("migrate", "up")
        assert refused.returncode == 1 and "1000_add_notes.sql" in refused.stderr
        file = tmp_path / "migrations/1000_add_notes.sql"
        file.write_text("-- migrate:up\nCREATE TABLE notes (id {{id}}){{strict}};\n")
        assert run_maxserver("migrate", "up").returncode == 0
        assert "notes" in tables(tmp_path)

    def test_tells_what_failed_and_leaves_nothing_of_it(self, run_maxserver, tmp_path):
        (tmp_path / "migrations").mkdir()
        (tmp_path / "migrations/1000_bad.sql").write_text("-- migrate:up\nCREATE TABLE a (x TEXT);\nSELECT no_such;\n")
        done = run_maxserver("migrate", "up")
        assert done.returncode == 1
        assert "1000_bad failed" in done.stderr and "no such column: no_such" in done.stderr
        assert "nothing of it stayed" in done.stderr and "a" not in tables(tmp_path)

    def test_takes_the_database_from_the_settings(self, run_maxserver, tmp_path):
        path = tmp_path / "other.db"
        assert run_maxserver("migrate", "up", DATABASE_URL=f"sqlite:///{path}").returncode == 0
        assert path.exists() and not (tmp_path / "max.db").exists()
        refused = run_maxserver("migrate", "up", DATABASE_URL="mysql://ann:secret@h/max")
        assert refused.returncode == 78 and "DATABASE_URL" in refused.stderr and "secret" not in refused.stderr

    def test_works_where_it_was_moved_to(self, bin_dir, tmp_path):
        program = shutil.copy(bin_dir / "maxserver", tmp_path / "moved")
        done = subprocess.run([program, "migrate", "up"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


class TestSeveralProcesses:
    def test_at_once_apply_each_migration_once(self, run_maxserver, tmp_path):
        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(lambda _: run_maxserver("migrate", "up"), range(6)))
        assert [process.returncode for process in done] == [0] * 6
        applied = [line.split()[1] for process in done for line in process.stdout.splitlines() if "applied" in line]
        assert sorted(applied) == SERVERS_OWN
        assert not (tmp_path / "max.db.migrating").exists()

    def test_one_that_was_killed_holds_up_nobody(self, bin_dir, run_maxserver, tmp_path):
        assert run_maxserver("migrate", "up").returncode == 0
        (tmp_path / "migrations").mkdir()
        file = tmp_path / "migrations/1000_endless.sql"
        endless = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r;"
        file.write_text(f"-- migrate:up\nCREATE TABLE half (x TEXT);\n{endless}\n")
        process = subprocess.Popen([bin_dir / "maxserver", "migrate", "up"], cwd=tmp_path)
        eventually("it has the lock", (tmp_path / "max.db.migrating").exists)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "half" not in tables(tmp_path)
        file.write_text("-- migrate:up\nCREATE TABLE whole (x TEXT);\n")
        assert run_maxserver("migrate", "up").returncode == 0
        assert "whole" in tables(tmp_path)
