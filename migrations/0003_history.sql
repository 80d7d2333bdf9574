-- Seals on the change log: each row has the hash of its content and of the row before it of the same article, so that what
-- is altered or taken out later does not fit any more. How a hash is made stands in src/claim/seal.rs; all that goes into it
-- are columns of the row.
--
-- Rows that were there before, and those that a version before this one still writes, have none.

ALTER TABLE change
    -- The hash of the article's last sealed row; empty for its first.
    ADD COLUMN previous_hash text,
    ADD COLUMN hash text,
    ADD CONSTRAINT change_seal_whole CHECK ((hash IS NULL) = (previous_hash IS NULL));

-- Up to which position of a shard rows may be without a seal.
ALTER TABLE stream_head ADD COLUMN sealed_after bigint NOT NULL DEFAULT 0;
UPDATE stream_head SET sealed_after = position;
