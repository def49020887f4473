-- Sells the seats of bookings whose invoices are paid (docs/booking.md, step 7). One statement for any number of bookings, inside the transaction
-- that stores the webhooks' ids.
--
--  $1 booking ids (uuid[])   $2 versions of their invoices (int[])   $3 request ids (text[])   $4 actor
--
-- Does the common case alone: the booking is AWAITING_PAYMENT, did not come from a queue, has all of its seats, and the version is newer than the
-- last applied one. Returns one row for each booking that it has sold, in the order of their ids; the rows have the columns of `SELECT_BOOKING`.
-- Changes nothing of the others, which `apply_payment` then takes one by one.
--
-- Locks, in this order (docs/locking.md): the bookings in the order of their ids, then their seats in the order of theirs. Both are read again
-- after a wait for their locks, and the conditions hold of what was read then.
WITH paid AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[]) AS paid (id, invoice_version, request_id)
),
awaiting AS MATERIALIZED (
    SELECT bookings.id, paid.invoice_version, paid.request_id
    FROM paid JOIN bookings ON bookings.id = paid.id
    WHERE bookings.status = 'AWAITING_PAYMENT' AND bookings.invoice_version < paid.invoice_version AND bookings.waitlist_entry_id IS NULL
    ORDER BY bookings.id
    FOR NO KEY UPDATE OF bookings
),
held AS MATERIALIZED (
    SELECT seats.id, seats.booking_id
    FROM awaiting JOIN booking_seats ON booking_seats.booking_id = awaiting.id JOIN seats ON seats.id = booking_seats.seat_id
    WHERE seats.booking_id = awaiting.id AND seats.status = 'ON_GOING'
    ORDER BY seats.id
    FOR NO KEY UPDATE OF seats
),
whole AS MATERIALIZED (
    SELECT awaiting.id, awaiting.invoice_version, awaiting.request_id
    FROM awaiting
    WHERE (SELECT count(*) FROM held WHERE held.booking_id = awaiting.id)
        = (SELECT count(*) FROM booking_seats WHERE booking_seats.booking_id = awaiting.id)
),
booked AS (
    UPDATE bookings
    SET status = 'BOOKED', version = bookings.version + 1, invoice_version = whole.invoice_version, next_step_at = now(), updated_at = now()
    FROM whole
    WHERE bookings.id = whole.id AND bookings.status = 'AWAITING_PAYMENT'
    RETURNING bookings.*
),
sold AS (
    UPDATE seats SET status = 'BOOKED', updated_at = now()
    FROM held JOIN booked ON booked.id = held.booking_id
    WHERE seats.id = held.id AND seats.booking_id = booked.id AND seats.status = 'ON_GOING'
),
audited AS (
    INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, seat_action, from_status, to_status, request_id)
    SELECT 'booking', booked.id, booked.id, $4, 'PAY', 'SELL', 'AWAITING_PAYMENT', 'BOOKED', whole.request_id
    FROM booked JOIN whole ON whole.id = booked.id
)
SELECT
    booked.*,
    events.name AS event_name, events.venue AS event_venue, events.time_zone AS event_time_zone, events.starts_at AS event_starts_at,
    events.currency AS event_currency,
    organizers.slug AS organizer_slug, organizers.base_url, organizers.api_key, organizers.previous_api_key,
    (
        SELECT json_agg(json_build_array(seat_id, section, row, number, price) ORDER BY section, row, number)
        FROM booking_seats WHERE booking_seats.booking_id = booked.id
    ) AS seats
FROM booked JOIN events ON events.id = booked.event_id JOIN organizers ON organizers.id = events.organizer_id
ORDER BY booked.id
