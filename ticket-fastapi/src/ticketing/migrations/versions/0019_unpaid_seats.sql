-- Whether a buyer may take `wanted` more seats of an event: neither the buyer's unpaid seats there nor those of the address, at all events,
-- would be more than the limits. 0 is no limit.
--
-- It is called inside the statement that takes the seats (db/sql/take_seats.sql). It is volatile, so that each of its queries sees what was
-- committed before the query: whoever waited for the lock counts the bookings of whoever held it, which the calling statement does not see.
-- The locks are kept until the end of the transaction, the buyer's before the address's.
--
-- Both counts use a small index of unpaid bookings. The plan is made once per connection, perhaps while the tables were empty: it must not
-- read whole tables later.
CREATE FUNCTION may_take_unpaid_seats(
    buyer uuid, at_event uuid, address text, wanted integer, per_buyer integer, per_address integer
) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
DECLARE
    unpaid bigint;
BEGIN
    IF per_buyer > 0 THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(buyer::text || at_event::text, 0));
        SELECT count(*) INTO unpaid
        FROM bookings JOIN booking_seats ON booking_seats.booking_id = bookings.id
        WHERE bookings.customer_id = buyer AND bookings.event_id = at_event
            AND bookings.status IN ('HOLDING', 'AWAITING_PAYMENT');
        IF unpaid + wanted > per_buyer THEN
            RETURN false;
        END IF;
    END IF;
    IF per_address > 0 AND address IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(address, 1));
        SELECT count(*) INTO unpaid
        FROM bookings JOIN booking_seats ON booking_seats.booking_id = bookings.id
        WHERE bookings.buyer_address = address AND bookings.status IN ('HOLDING', 'AWAITING_PAYMENT');
        IF unpaid + wanted > per_address THEN
            RETURN false;
        END IF;
    END IF;
    RETURN true;
END
$$
