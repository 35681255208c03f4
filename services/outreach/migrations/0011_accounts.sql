-- By which of the tenant's channels a message goes, so that the limit of the account behind it is asked before it is claimed.
-- Nothing for the installation's own.
ALTER TABLE open_messages ADD COLUMN channel_id uuid;
UPDATE open_messages o SET channel_id = m.channel_id
FROM messages m WHERE m.tenant_id = o.tenant_id AND m.message_id = o.message_id AND m.channel_id IS NOT NULL;
