-- A booking and the tombstone of its id exclude each other (docs/locking.md). Both take the advisory lock of the id and
-- look for the other only then. A statement inside this function has a snapshot of its own, taken after the lock, so it
-- sees every tombstone that was committed before; the statement that inserts the booking may have begun long ago.
CREATE FUNCTION refuse_abandoned_booking() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('booking ' || NEW.id, 0));
    IF EXISTS (SELECT FROM abandoned_bookings WHERE abandoned_bookings.id = NEW.id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;

-- The id of a promotion is made by ticket itself, in the transaction that inserts the booking.
CREATE TRIGGER refuse_abandoned BEFORE INSERT ON bookings
FOR EACH ROW WHEN (NEW.origin = 'DIRECT') EXECUTE FUNCTION refuse_abandoned_booking();
