// SQLite, and what Swift does not import of it because its macros cast.
#include <sqlite3.h>

// "Copy the bytes now."
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
    return sqlite3_bind_text64(statement, index, (const char *)bytes, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
    // No bytes at all are an empty blob, not NULL.
    return length == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                       : sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_TRANSIENT);
}
