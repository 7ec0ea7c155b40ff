import Database

/// The migrations of what the server keeps itself. They are part of the program, so that it runs from anywhere; own
/// ones come from a folder (`MigrationFolder`). A text that was released is never changed: its checksum is kept.
///
/// Moments are bound by the server, ids are made by it, and nothing refers to another table by a foreign key: messages
/// and candles come from publishers that may know a sector or a room before this database does.
enum MarketMigrations {
    static func all() throws(MigrationError) -> [Migration] {
        [
            try Migration(file: "0001_market.sql", market),
            try Migration(file: "0002_candles.sql", candles),
            try Migration(file: "0003_unpublished.sql", unpublished),
        ]
    }

    private static let market = """
        -- Sectors, the agents that work in them, and what is talked about there.

        -- migrate:up
        CREATE TABLE sectors (
            id {{id}} PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            symbol TEXT NOT NULL,
            description TEXT,
            index_value {{f64}},
            created_at {{ts}} NOT NULL,
            updated_at {{ts}} NOT NULL
        ){{strict}};

        CREATE TABLE agents (
            id {{id}} PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            sector_id {{id}},
            status TEXT NOT NULL,
            performance {{f64}} NOT NULL DEFAULT 0,
            trades INTEGER NOT NULL DEFAULT 0,
            personality {{json}} NOT NULL,
            config {{json}} NOT NULL,
            last_seen_at {{ts}},
            created_at {{ts}} NOT NULL,
            updated_at {{ts}} NOT NULL
        ){{strict}};
        CREATE INDEX agents_by_sector ON agents (sector_id);

        CREATE TABLE discussions (
            id {{id}} PRIMARY KEY NOT NULL,
            sector_id {{id}},
            title TEXT NOT NULL,
            created_by TEXT,
            created_at {{ts}} NOT NULL,
            last_message_at {{ts}},
            closed_at {{ts}}
        ){{strict}};
        CREATE INDEX discussions_by_sector ON discussions (sector_id, last_message_at DESC);

        CREATE TABLE messages (
            id {{id}} PRIMARY KEY NOT NULL,
            discussion_id {{id}} NOT NULL,
            author_id TEXT NOT NULL,
            author_name TEXT NOT NULL,
            type TEXT NOT NULL,
            content TEXT NOT NULL,
            "timestamp" {{ts}} NOT NULL
        ){{strict}};
        -- A page is read from a moment and an id backwards.
        CREATE INDEX messages_by_discussion ON messages (discussion_id, "timestamp" DESC, id DESC);

        -- migrate:down
        DROP TABLE messages;
        DROP TABLE discussions;
        DROP TABLE agents;
        DROP TABLE sectors;
        """

    /// Each key contains the time, as TimescaleDB asks for, and there is no other index: each would cost every row.
    private static let candles = """
        -- Prices over time. With TimescaleDB's extension in the database both tables become hypertables; where it
        -- comes later: SELECT create_hypertable('sector_candles', 'timestamp', migrate_data => true);

        -- migrate:up
        CREATE TABLE sector_candles (
            sector_id {{id}} NOT NULL,
            "timestamp" {{ts}} NOT NULL,
            value {{f64}} NOT NULL,
            open {{f64}},
            high {{f64}},
            low {{f64}},
            close {{f64}},
            volume {{f64}},
            PRIMARY KEY (sector_id, "timestamp")
        ){{strict}};

        CREATE TABLE bars (
            symbol TEXT NOT NULL,
            resolution TEXT NOT NULL,
            "time" {{ts}} NOT NULL,
            open {{f64}} NOT NULL,
            high {{f64}} NOT NULL,
            low {{f64}} NOT NULL,
            close {{f64}} NOT NULL,
            volume {{f64}},
            PRIMARY KEY (symbol, resolution, "time")
        ){{strict}};

        -- only: postgres
        DO $$
        BEGIN
            IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
                PERFORM create_hypertable('sector_candles', 'timestamp');
                PERFORM create_hypertable('bars', 'time');
            END IF;
        END
        $$;
        -- end

        -- migrate:down
        DROP TABLE bars;
        DROP TABLE sector_candles;
        """

    private static let unpublished = """
        -- Messages that are stored, but that could not be published when they were said.

        -- migrate:up
        ALTER TABLE messages ADD COLUMN unpublished_since {{ts}};

        -- migrate:down
        ALTER TABLE messages DROP COLUMN unpublished_since;
        """
}
