-- Users' ranks on the whole server. An account without a row, or with a rank that this version does
-- not know, has none.
CREATE TABLE rank (
    account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    rank TEXT NOT NULL
) STRICT;

-- Bans and mutes, numbered by the server. AUTOINCREMENT: the highest number is remembered, even
-- after all of them have been lifted.
CREATE TABLE sanction (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- The room's number; NULL for the whole server. Not a foreign key: the room may be one that is
    -- not stored, and the row of a stored one is deleted and inserted again whenever it is saved.
    room INTEGER,
    -- The subject: a network, or a person by account, by addresses, or by both.
    network TEXT,
    account INTEGER REFERENCES account (id) ON DELETE SET NULL,
    -- Networks, separated by spaces.
    origins TEXT,
    name TEXT NOT NULL,
    imposed_by TEXT NOT NULL,
    imposed_at INTEGER NOT NULL,
    until INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX sanction_by_room ON sanction (room) WHERE room IS NOT NULL;
CREATE INDEX sanction_by_account ON sanction (account) WHERE account IS NOT NULL;

-- The audit log. It stores names rather than numbers, so that it reads the same after they are
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

-- Rules for the whole server or for the lobby, by name. This version ignores names that it does not
-- know; a missing name has its default.
CREATE TABLE rule (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
