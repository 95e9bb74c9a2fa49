-- What a person should mend: told by the daemon.
ALTER TABLE daemon ADD COLUMN warning TEXT;
