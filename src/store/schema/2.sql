-- The history identifies rooms by number. The lobby is 0 and is not in this table.
ALTER TABLE room ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
UPDATE room SET id = rowid;
CREATE UNIQUE INDEX room_by_id ON room (id);

-- The history of a room. Another room that later has the same name has a log of its own.
CREATE TABLE log (
    room INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- The number of lines said there.
    last_seq INTEGER NOT NULL,
    -- The last line in the word index.
    indexed_seq INTEGER NOT NULL,
    -- When the room ended; NULL while it exists.
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX log_to_be_indexed ON log (room) WHERE indexed_seq < last_seq;

-- A line's place is its room's number times 2^36 plus its own number in the room: one tree, in
-- which the lines of a room are adjacent and in order.
CREATE TABLE line (
    place INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    -- The line's identity: the random number its server drew when it started, and a count.
    origin INTEGER NOT NULL,
    number INTEGER NOT NULL,
    -- The author's account; if negative, the guest's client number in that run of the server.
    author INTEGER NOT NULL,
    name TEXT NOT NULL,
    manner INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Lines that were said but could not be stored.
CREATE TABLE gap (
    room INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (room, first_seq)
) STRICT, WITHOUT ROWID;

-- The last line that was said while a user was in a room, and when they left. While they are there,
-- seq is NULL, and at_ms is when they joined.
CREATE TABLE mark (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    room INTEGER NOT NULL,
    seq INTEGER,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_by_room ON mark (room);

-- The words of the lines, by place. They arrive split and folded, so that word boundaries do not
-- depend on SQLite's Unicode tables.
CREATE VIRTUAL TABLE word USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii'
);
