-- What those who watch the service ask of the queue: how long the oldest claim has waited, and what is leased. Both cost the
-- same however long the queue is.

CREATE INDEX queue_by_age ON queue (create_time);
CREATE INDEX queue_leased ON queue (lease_expire_time) WHERE lease_expire_time IS NOT NULL;
