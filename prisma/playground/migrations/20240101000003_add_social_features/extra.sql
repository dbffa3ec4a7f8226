-- Indexes for "newest first" lists. The runner executes each statement on its own, outside any transaction, as
-- CONCURRENTLY demands.

CREATE INDEX CONCURRENTLY idx_favorites_user_created ON favorites(user_id, created_at DESC);
CREATE INDEX CONCURRENTLY idx_follows_follower_created ON follows(follower_id, created_at DESC);
