-- The change log of a copy.

DROP TABLE IF EXISTS seed.numbered;
CREATE TABLE seed.numbered AS
SELECT s.article_id AS old, s.position AS old_position, x.article_id, x.shard, x.uri, x.old_uri, x.publisher, x.old_publisher,
       s.change_time + x.shift AS change_time,
       h.position + row_number() OVER (PARTITION BY x.shard ORDER BY s.change_time + x.shift, s.article_id, s.position) AS position
  FROM seed.change s JOIN seed.copy x ON x.old = s.article_id JOIN public.stream_head h ON h.shard = x.shard;
CREATE INDEX ON seed.numbered (old, old_position);
ANALYZE seed.numbered;

INSERT INTO public.change (article_id, shard, position, claim_id, kind, before, after, actor, reason, change_time,
                           previous_hash, hash)
SELECT article_id, shard, position, claim_id, kind, before,
       CASE WHEN claim_id IS NULL THEN
           after || jsonb_build_object('uri', uri, 'publisher', publisher)
       ELSE after END,
       actor, reason, change_time, coalesce(lag(hash) OVER of_article, ''), hash
  FROM (SELECT n.*, s.claim_id, s.kind, s.before, s.after, s.actor, s.reason,
               seed.sealed(
                   CASE WHEN s.claim_id IS NULL THEN
                       replace(replace(s.head, '"uri":"' || n.old_uri || '"', '"uri":"' || n.uri || '"'),
                               '"publisher":"' || n.old_publisher || '"', '"publisher":"' || n.publisher || '"')
                   ELSE s.head END
                   || n.article_id || s.middle
                   || to_char(n.change_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                   || '","claim":' || coalesce(s.claim_id::text, 'null') || ',"kind":"' || s.kind || '","position":'
                   || n.position || ',"previous_hash":"', s.tail)
                   OVER (PARTITION BY s.article_id ORDER BY s.position ROWS UNBOUNDED PRECEDING) AS hash
          FROM seed.sealing s JOIN seed.numbered n ON n.old = s.article_id AND n.old_position = s.position) AS sealed
WINDOW of_article AS (PARTITION BY old ORDER BY old_position);

UPDATE public.stream_head h SET position = m.position
  FROM (SELECT shard, max(position) AS position FROM seed.numbered GROUP BY shard) AS m WHERE m.shard = h.shard;
