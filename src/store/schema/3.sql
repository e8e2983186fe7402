-- What people may do on the whole server. A word that this version does not know gives nothing, and
-- nor does having no row.
CREATE TABLE rank (
    account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    rank TEXT NOT NULL
) STRICT;

-- Bans and mutes. The server gives them their numbers. AUTOINCREMENT: the highest of them is
-- remembered, also after all are lifted.
CREATE TABLE sanction (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- The room's number; without one, the whole server. It is no reference: the room may be one
    -- that is not kept, and the row of one that is goes and comes whenever it is saved.
    room INTEGER,
    -- A network; or somebody, by their account, by where they came from, or by both.
    network TEXT,
    account INTEGER REFERENCES account (id) ON DELETE SET NULL,
    -- Networks, with spaces between them.
    origins TEXT,
    name TEXT NOT NULL,
    imposed_by TEXT NOT NULL,
    imposed_at INTEGER NOT NULL,
    until INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX sanction_by_room ON sanction (room) WHERE room IS NOT NULL;
CREATE INDEX sanction_by_account ON sanction (account) WHERE account IS NOT NULL;

-- Who did what to keep order, as they and the rooms were called: it says the same when they are
-- gone.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    done_at INTEGER NOT NULL,
    done_by TEXT NOT NULL,
    deed TEXT NOT NULL,
    whom TEXT,
    room TEXT,
    until INTEGER,
    reason TEXT
) STRICT;

-- What holds for the whole server or for the lobby, by name: one that this version does not know is
-- left alone, and one that is not there has its default.
CREATE TABLE rule (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
