-- Who joins holds the lock of the seat (docs/locking.md), so no second entry gets the same number.
CREATE FUNCTION number_waitlist_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT coalesce(max(queue_number), 0) + 1 INTO NEW.queue_number
    FROM waitlist_entries WHERE seat_id = NEW.seat_id;
    RETURN NEW;
END
$$;

-- Counts one entry more or less in its block of each level, the largest block first: whoever has that one has the
-- whole queue to itself, so that two transactions never wait for each other's blocks.
CREATE FUNCTION count_waitlist_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry waitlist_entries := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    FOR current_level IN REVERSE 3..1 LOOP
        IF TG_OP <> 'DELETE' AND entry.status = 'WAITING' THEN
            INSERT INTO waitlist_blocks AS kept (seat_id, level, block, waiting)
            VALUES (entry.seat_id, current_level, entry.queue_number / (64 ^ current_level)::int, 1)
            ON CONFLICT (seat_id, level, block) DO UPDATE SET waiting = kept.waiting + 1;
        ELSE
            UPDATE waitlist_blocks SET waiting = waiting - 1
            WHERE seat_id = entry.seat_id AND level = current_level
              AND block = entry.queue_number / (64 ^ current_level)::int;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER number_entry BEFORE INSERT ON waitlist_entries
FOR EACH ROW EXECUTE FUNCTION number_waitlist_entry();

CREATE TRIGGER count_joined AFTER INSERT ON waitlist_entries
FOR EACH ROW WHEN (NEW.status = 'WAITING') EXECUTE FUNCTION count_waitlist_entry();

CREATE TRIGGER count_changed AFTER UPDATE OF status ON waitlist_entries
FOR EACH ROW WHEN ((OLD.status = 'WAITING') <> (NEW.status = 'WAITING')) EXECUTE FUNCTION count_waitlist_entry();

CREATE TRIGGER count_deleted AFTER DELETE ON waitlist_entries
FOR EACH ROW WHEN (OLD.status = 'WAITING') EXECUTE FUNCTION count_waitlist_entry();
