-- Registered names. AUTOINCREMENT: a number is never used again, so that nobody inherits what was
-- meant for somebody who is gone. The key is what makes two spellings the same name.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- What people chose, by name: one that this version does not know is left alone, and one that is
-- not there has its default.
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

-- The sender's account may go before the message is read, and its number means nobody else then.
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sender INTEGER NOT NULL,
    sender_name TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_recipient ON message (recipient, sender);
