-- Registered names. AUTOINCREMENT: a number is never reused, so nobody inherits what was meant for
-- an account that is gone. Two spellings with the same key are the same name.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- Users' settings, by name. This version ignores names that it does not know; a missing name has
-- its default.
CREATE TABLE setting (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT;

CREATE TABLE ignored (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    ignored INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (account, ignored)
) STRICT;
CREATE INDEX ignored_by_ignored ON ignored (ignored);

CREATE TABLE room (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    owner INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    topic TEXT,
    locked INTEGER NOT NULL,
    password TEXT,
    slow_secs INTEGER,
    hidden INTEGER NOT NULL
) STRICT;
CREATE INDEX room_by_owner ON room (owner);

CREATE TABLE invitation (
    room TEXT NOT NULL REFERENCES room (key) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (room, account)
) STRICT;
CREATE INDEX invitation_by_account ON invitation (account);

-- The sender's account may be removed before the message is read; nobody else gets its number then.
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sender INTEGER NOT NULL,
    sender_name TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_recipient ON message (recipient, sender);
