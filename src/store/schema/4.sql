-- Who deleted the line: its text is empty then.
ALTER TABLE line ADD COLUMN deleted_by TEXT;

-- What can still be found in the file although it was removed, until that is overwritten: 'words' of
-- deleted lines in the index and in the write-ahead log, or anything in the unused parts of a 'file'
-- that a server before this version has written.
CREATE TABLE remains (what TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO remains SELECT 'file' WHERE EXISTS (SELECT 1 FROM account) OR EXISTS (SELECT 1 FROM log);

-- People whose data is to be erased, and how far that has come. Once it is done, nothing here says who
-- it was.
CREATE TABLE erasure (
    -- The number of the account, or a negative number for a guest.
    number INTEGER PRIMARY KEY,
    -- The key of the name.
    key TEXT NOT NULL,
    -- An account, or the time when a guest had the name.
    account INTEGER,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    keeps_messages INTEGER NOT NULL,
    -- The lines up to this place have been looked at.
    place INTEGER NOT NULL,
    done_at_ms INTEGER
) STRICT;
