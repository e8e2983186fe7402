-- Rooms have numbers, by which the history knows them. The lobby is 0, and in no table of rooms.
ALTER TABLE room ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
UPDATE room SET id = rowid;
CREATE UNIQUE INDEX room_by_id ON room (id);

-- What was said in a room, as a whole. Another room that is later called the same is another log.
CREATE TABLE log (
    room INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    -- How many lines have been said there.
    last_seq INTEGER NOT NULL,
    -- The lines up to this one are in the index.
    indexed_seq INTEGER NOT NULL,
    -- Since when the room is no more.
    ended_at_ms INTEGER
) STRICT;
CREATE INDEX log_to_be_indexed ON log (room) WHERE indexed_seq < last_seq;

-- A line's place is its room's number times 2^36, and its own number in the room: one tree, in which
-- the lines of a room lie beside each other, in order.
CREATE TABLE line (
    place INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    -- Its identity: the number that its server drew at its start, and a count.
    origin INTEGER NOT NULL,
    number INTEGER NOT NULL,
    -- The author's account or, below zero, the client that a guest was, of that origin.
    author INTEGER NOT NULL,
    name TEXT NOT NULL,
    manner INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Lines that were said and could not be kept.
CREATE TABLE gap (
    room INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (room, first_seq)
) STRICT, WITHOUT ROWID;

-- Up to which line somebody has been in a room, and until when. Without the first they are still
-- there, and the second says since when.
CREATE TABLE mark (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    room INTEGER NOT NULL,
    seq INTEGER,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_by_room ON mark (room);

-- The words of the lines, by their places. They come separated and folded, so that what a word is does
-- not depend on SQLite's tables of Unicode.
CREATE VIRTUAL TABLE word USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii'
);
