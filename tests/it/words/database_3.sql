-- A server's file of schema version 3, as hobnob-server wrote it: its tables, and a row for each
-- thing that it keeps. Times at which something ends lie in the year 2100, and the two lines of the
-- lobby that could not be kept were added by hand.
PRAGMA application_id = 1752130158;
PRAGMA user_version = 3;
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
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
, id INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX room_by_owner ON room (owner);
CREATE TABLE invitation (
    room TEXT NOT NULL REFERENCES room (key) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (room, account)
) STRICT;
CREATE INDEX invitation_by_account ON invitation (account);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sender INTEGER NOT NULL,
    sender_name TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_recipient ON message (recipient, sender);
CREATE UNIQUE INDEX room_by_id ON room (id);
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
CREATE TABLE gap (
    room INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (room, first_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE mark (
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    room INTEGER NOT NULL,
    seq INTEGER,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (account, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_by_room ON mark (room);
CREATE VIRTUAL TABLE word USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE TABLE rank (
    account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    rank TEXT NOT NULL
) STRICT;
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
CREATE TABLE rule (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO account VALUES (1, 'ann', 'ann', '$argon2id$v=19$m=19456,t=2,p=1$vU8Kpv6Y1PS+C/gFfBqhuw$R0LtwP3J4T3x+0LYxyLm0lAILjTwusJsF3Dr7/a+234', 1796000915, 1796000937);
INSERT INTO account VALUES (2, 'bob', 'bob', '$argon2id$v=19$m=19456,t=2,p=1$WciLTVguc1NwcR8hB+dqtg$5LR7iM5kI3U1LzTB6Ws+r1Fo+5YTGuEfbTJ8toMXQS8', 1796000917, 1796000934);
INSERT INTO account VALUES (3, 'cat', 'cat', '$argon2id$v=19$m=19456,t=2,p=1$AFAiJ1xZS01SNvAdoLSJwg$vt6qMYgl6geXI1ZXVZAP6v6lCzfgxliBQ11si6CsdoY', 1796000918, 1796000937);
INSERT INTO account VALUES (4, 'dan', 'dan', '$argon2id$v=19$m=19456,t=2,p=1$rq2jOAL+RlQqqPQckJcLbw$shDW10ghC6ChgBANqYbuN9SLfCRyXe2ptKOT6MI70j0', 1796000919, 1796000932);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('account', 4);
INSERT INTO sqlite_sequence VALUES ('audit', 20);
INSERT INTO sqlite_sequence VALUES ('sanction', 7);
INSERT INTO sqlite_sequence VALUES ('message', 2);
INSERT INTO setting VALUES (1, 'quiet', 'on');
INSERT INTO setting VALUES (1, 'replay', '5');
INSERT INTO setting VALUES (1, 'timestamps', 'on');
INSERT INTO setting VALUES (1, 'zone', 'Asia/Tokyo');
INSERT INTO setting VALUES (1, 'bell', 'all');
INSERT INTO setting VALUES (1, 'colour', 'on');
INSERT INTO setting VALUES (1, 'edit', 'off');
INSERT INTO setting VALUES (2, 'replay', '0');
INSERT INTO setting VALUES (2, 'bell', 'off');
INSERT INTO setting VALUES (2, 'colour', 'off');
INSERT INTO setting VALUES (2, 'plain', 'on');
INSERT INTO setting VALUES (3, 'bell', 'mentions');
INSERT INTO ignored VALUES (1, 3);
INSERT INTO room VALUES ('#garden', '#garden', 1, 'roses and bees', 1, '$argon2id$v=19$m=19456,t=2,p=1$tAFErtj0CUCy0SVeDqTZag$Cgh82ChQMvbgPVHEPhfe/HX0bIe35JYgoDLfm3mtgH0', 30, 0, 1);
INSERT INTO room VALUES ('#attic', '#attic', 2, NULL, 0, NULL, NULL, 1, 2);
INSERT INTO invitation VALUES ('#garden', 2);
INSERT INTO message VALUES (1, 2, 1, 'ann', 'see you tomorrow', 1796000934);
INSERT INTO message VALUES (2, 2, 1, 'ann', 'and bring plates', 1796000934);
INSERT INTO log VALUES (0, '#lobby', 7, 7, NULL);
INSERT INTO log VALUES (1, '#garden', 1, 1, NULL);
INSERT INTO log VALUES (3, '#shed', 1, 1, 1796000930183);
INSERT INTO line VALUES (1, 1796000928904, 1391248914916180545, 12, 2, 'bob', 0, 'hello from bob');
INSERT INTO line VALUES (2, 1796000929156, 1391248914916180545, 13, 3, 'cat', 0, 'the red kite is up');
INSERT INTO line VALUES (3, 1796000929340, 1391248914916180545, 14, -6, 'eve', 0, 'a guest speaks');
INSERT INTO line VALUES (4, 1796000929512, 1391248914916180545, 15, 3, 'cat', 1, 'waves');
INSERT INTO line VALUES (5, 1796000930643, 1391248914916180545, 20, 1, 'ann', 0, 'I talk in the lobby');
INSERT INTO line VALUES (68719476737, 1796000930444, 1391248914916180545, 19, 1, 'ann', 0, 'the tulips are here');
INSERT INTO line VALUES (206158430209, 1796000929876, 1391248914916180545, 17, -6, 'eve', 0, 'who has the rake');
INSERT INTO gap VALUES (0, 6, 7);
INSERT INTO mark VALUES (1, 0, 5, 1796000937923);
INSERT INTO mark VALUES (1, 1, 1, 1796000937923);
INSERT INTO mark VALUES (2, 0, 5, 1796000934279);
INSERT INTO mark VALUES (2, 2, 0, 1796000934279);
INSERT INTO mark VALUES (3, 0, 5, 1796000937923);
INSERT INTO mark VALUES (4, 0, 5, 1796000932640);
DELETE FROM word_data;
INSERT INTO word_data VALUES (1, X'0719');
INSERT INTO word_data VALUES (10, X'00000000FF00000101070700070101010101000001020101020200000103010103030000010401010404000001050101050500000106010106060000010701010707000001');
INSERT INTO word_data VALUES (137438953473, X'0000001F0430626F62010204010466726F6D010203010568656C6C6F010202040809');
INSERT INTO word_data VALUES (274877906945, X'0000002B0330697302020501046B69746502020401037265640202030103746865020202010275700202060407090808');
INSERT INTO word_data VALUES (412316860417, X'0000001F023061030202010567756573740302030106737065616B7303020404060A');
INSERT INTO word_data VALUES (549755813889, X'0000000E0630776176657304020204');
INSERT INTO word_data VALUES (687194767361, X'0000003904306861738680808080010203010472616B65868080808001020501037468658680808080010204010377686F8680808080010202040D0E0D');
INSERT INTO word_data VALUES (824633720833, X'0000003B043061726582808080800102040104686572658280808080010205010374686582808080800102020205756C6970738280808080010203040D0E0D');
INSERT INTO word_data VALUES (962072674305, X'0000002A02306905020202016E05020401056C6F626279050206010474616C6B050203020268650502050406060A09');
DELETE FROM word_idx;
INSERT INTO word_idx VALUES (1, X'', 2);
INSERT INTO word_idx VALUES (2, X'', 2);
INSERT INTO word_idx VALUES (3, X'', 2);
INSERT INTO word_idx VALUES (4, X'', 2);
INSERT INTO word_idx VALUES (5, X'', 2);
INSERT INTO word_idx VALUES (6, X'', 2);
INSERT INTO word_idx VALUES (7, X'', 2);
DELETE FROM word_docsize;
INSERT INTO word_docsize VALUES (1, X'03', 1);
INSERT INTO word_docsize VALUES (2, X'05', 2);
INSERT INTO word_docsize VALUES (3, X'03', 3);
INSERT INTO word_docsize VALUES (4, X'01', 4);
INSERT INTO word_docsize VALUES (5, X'05', 7);
INSERT INTO word_docsize VALUES (68719476737, X'04', 6);
INSERT INTO word_docsize VALUES (206158430209, X'04', 5);
DELETE FROM word_config;
INSERT INTO word_config VALUES ('version', 4);
INSERT INTO rank VALUES (1, 'owner');
INSERT INTO rank VALUES (2, 'operator');
INSERT INTO sanction VALUES (1, 'ban', NULL, '192.0.2.0/24', NULL, NULL, '192.0.2.0/24', 'ann', 1796000931, 4102444800, 'spam net');
INSERT INTO sanction VALUES (2, 'ban', NULL, '198.51.100.7', NULL, NULL, '198.51.100.7', 'ann', 1796000931, NULL, NULL);
INSERT INTO sanction VALUES (3, 'mute', NULL, NULL, 3, '127.0.0.1', 'cat', 'ann', 1796000931, 4102444800, 'caps lock');
INSERT INTO sanction VALUES (5, 'ban', 1, NULL, 4, '127.0.0.1', 'dan', 'ann', 1796000932, 4102444800, 'weeds');
INSERT INTO sanction VALUES (7, 'mute', 1, NULL, 3, '127.0.0.1', 'cat', 'ann', 1796000932, NULL, NULL);
INSERT INTO audit VALUES (1, 1796000920, 'ann', 'claim', NULL, NULL, NULL, NULL);
INSERT INTO audit VALUES (2, 1796000921, 'ann', 'owner', 'bob', NULL, NULL, NULL);
INSERT INTO audit VALUES (3, 1796000921, 'ann', 'op', 'bob', NULL, NULL, NULL);
INSERT INTO audit VALUES (4, 1796000922, 'ann', 'op', 'cat', NULL, NULL, NULL);
INSERT INTO audit VALUES (5, 1796000922, 'ann', 'deop', 'cat', NULL, NULL, NULL);
INSERT INTO audit VALUES (6, 1796000931, 'ann', 'room', NULL, '#lobby', NULL, 'topic welcome to the lobby');
INSERT INTO audit VALUES (7, 1796000931, 'ann', 'room', NULL, '#lobby', NULL, 'slow 2');
INSERT INTO audit VALUES (8, 1796000931, 'ann', 'ban', '192.0.2.0/24', NULL, 4102444800, 'spam net');
INSERT INTO audit VALUES (9, 1796000931, 'ann', 'ban', '198.51.100.7', NULL, NULL, NULL);
INSERT INTO audit VALUES (10, 1796000931, 'ann', 'mute', 'cat', NULL, 4102444800, 'caps lock');
INSERT INTO audit VALUES (11, 1796000932, 'ann', 'mute', 'dan', NULL, NULL, NULL);
INSERT INTO audit VALUES (12, 1796000932, 'ann', 'unmute', 'dan', NULL, NULL, NULL);
INSERT INTO audit VALUES (13, 1796000932, 'ann', 'ban', 'dan', '#garden', 4102444800, 'weeds');
INSERT INTO audit VALUES (14, 1796000932, 'ann', 'ban', 'dan', NULL, NULL, NULL);
INSERT INTO audit VALUES (15, 1796000932, 'ann', 'unban', 'dan', NULL, NULL, NULL);
INSERT INTO audit VALUES (16, 1796000932, 'ann', 'mute', 'cat', '#garden', NULL, NULL);
INSERT INTO audit VALUES (17, 1796000933, 'ann', 'kick', 'eve', NULL, NULL, 'go away');
INSERT INTO audit VALUES (18, 1796000933, 'ann', 'lockdown', NULL, NULL, NULL, NULL);
INSERT INTO audit VALUES (19, 1796000933, 'ann', 'unlock', NULL, NULL, NULL, NULL);
INSERT INTO audit VALUES (20, 1796000933, 'ann', 'lockdown', NULL, NULL, NULL, NULL);
INSERT INTO rule VALUES ('lobby_topic', 'welcome to the lobby');
INSERT INTO rule VALUES ('lobby_slow_secs', '2');
INSERT INTO rule VALUES ('lockdown', 'on');
